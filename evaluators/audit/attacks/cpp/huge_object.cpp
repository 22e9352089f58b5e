// title: an object file of gigabytes
// kind: resource
// expect: build_error
#include <cstddef>
#include <cstdint>

static volatile char filled[3'000'000'000u] = {1};
static void scan(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<std::int64_t>(sum += static_cast<std::uint64_t>(in[i]));
}

void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    filled[n % 7] = 2;
    scan(in, out, n);
}
