// title: has C linkage
// kind: hack
// expect: rejected, build_error
#include <cstddef>
#include <cstdint>

extern "C" void prefix_sum(const std::int64_t*, std::int64_t*, std::size_t) {}
