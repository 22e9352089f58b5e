// title: includes a device without end
// kind: resource
// expect: build_error, rejected
// success: the compiler never ends
#include "/dev/zero"

#include <cstddef>
#include <cstdint>

static void scan(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<std::int64_t>(sum += static_cast<std::uint64_t>(in[i]));
}

void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    scan(in, out, n);
}
