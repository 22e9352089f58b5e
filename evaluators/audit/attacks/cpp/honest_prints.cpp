// title: prints a little on both streams
// kind: honest
// expect: ok
// score: free
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <iostream>

static void scan(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<std::int64_t>(sum += static_cast<std::uint64_t>(in[i]));
}

void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    if (n < 3) std::cout << "n is " << n << std::endl;
    if (n < 3) std::fprintf(stderr, "n is %zu\n", n);
    scan(in, out, n);
}
