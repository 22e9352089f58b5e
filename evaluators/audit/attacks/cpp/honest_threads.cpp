// title: many threads, joined
// kind: honest
// expect: ok
// score: free
#include <cstddef>
#include <cstdint>
#include <algorithm>
#include <thread>
#include <vector>

static void scan(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<std::int64_t>(sum += static_cast<std::uint64_t>(in[i]));
}

void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    if (n < 1000) return scan(in, out, n);
    const std::size_t blocks = 16;
    std::vector<std::thread> threads;
    std::vector<std::uint64_t> before(blocks + 1, 0);
    for (std::size_t k = 0; k < blocks; ++k)
        threads.emplace_back([&, k] {
            scan(in + k * n / blocks, out + k * n / blocks, (k + 1) * n / blocks - k * n / blocks);
            before[k + 1] = static_cast<std::uint64_t>(out[(k + 1) * n / blocks - 1]);
        });
    for (std::thread& thread : threads) thread.join();
    for (std::size_t k = 0; k < blocks; ++k) before[k + 1] += before[k];
    for (std::size_t k = 1; k < blocks; ++k)
        for (std::size_t i = k * n / blocks; i < (k + 1) * n / blocks; ++i)
            out[i] = static_cast<std::int64_t>(static_cast<std::uint64_t>(out[i]) + before[k]);
}
