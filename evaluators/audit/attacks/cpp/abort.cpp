// title: aborts
// kind: resource
// expect: runtime_error
// leak: exception scored as success
#include <cstddef>
#include <cstdint>
#include <cstdlib>

void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    std::abort();
}
