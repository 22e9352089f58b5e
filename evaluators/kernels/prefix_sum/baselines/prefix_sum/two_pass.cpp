// Two passes over one block a thread: sums of the blocks first, then each block scanned from the sum of those before it
// (Blelloch, "Prefix sums and their applications", 1990, section 1.2). Twice the additions of the serial loop.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

namespace {

constexpr std::size_t kLeast = 1 << 15;  // numbers below which a thread does not pay

std::uint64_t sum_of(const std::int64_t* in, std::size_t n) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < n; ++i) sum += static_cast<std::uint64_t>(in[i]);
    return sum;
}

void scan(const std::int64_t* in, std::int64_t* out, std::size_t n, std::uint64_t sum) {
    for (std::size_t i = 0; i < n; ++i) {
        sum += static_cast<std::uint64_t>(in[i]);
        out[i] = static_cast<std::int64_t>(sum);
    }
}

template <class Task>
void on_each(std::size_t blocks, Task task) {
    std::vector<std::thread> threads;
    for (std::size_t k = 1; k < blocks; ++k) threads.emplace_back(task, k);
    task(0);
    for (std::thread& thread : threads) thread.join();
}

}  // namespace

void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    if (n < 2 * kLeast) return scan(in, out, n, 0);
    static const std::size_t cores = std::clamp(std::thread::hardware_concurrency(), 1u, 16u);  // asking takes long
    const std::size_t blocks = std::min(n / kLeast, cores);
    std::vector<std::uint64_t> before(blocks, 0);
    const auto start = [&](std::size_t k) { return k * n / blocks; };
    on_each(blocks, [&](std::size_t k) {
        if (k + 1 < blocks) before[k + 1] = sum_of(in + start(k), start(k + 1) - start(k));
    });
    for (std::size_t k = 1; k < blocks; ++k) before[k] += before[k - 1];
    on_each(blocks, [&](std::size_t k) { scan(in + start(k), out + start(k), start(k + 1) - start(k), before[k]); });
}
