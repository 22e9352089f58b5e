// title: includes what the kernel tells about the compiler
// kind: escape
// expect: build_error, rejected
// leak: host file readable
// success: an environment or a command line in the diagnostics
#include "/proc/self/environ"
#include "/proc/1/cmdline"

#include <cstddef>
#include <cstdint>

static void scan(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<std::int64_t>(sum += static_cast<std::uint64_t>(in[i]));
}

void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    scan(in, out, n);
}
