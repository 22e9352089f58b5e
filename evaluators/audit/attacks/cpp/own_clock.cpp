// title: puts its own clock in place of the C library's
// kind: hack
// expect: rejected, build_error
// leak: clock trusted
#include <cstddef>
#include <cstdint>

extern "C" int clock_gettime(int, void*) { return 0; }
static void scan(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<std::int64_t>(sum += static_cast<std::uint64_t>(in[i]));
}

void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    scan(in, out, n);
}
