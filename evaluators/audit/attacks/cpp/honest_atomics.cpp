// title: threads that talk by atomics and a mutex
// kind: honest
// expect: ok
// score: free
#include <cstddef>
#include <cstdint>
#include <atomic>
#include <mutex>
#include <thread>

static std::atomic<int> ready{0};
static std::mutex guard;
static long calls = 0;
static void scan(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<std::int64_t>(sum += static_cast<std::uint64_t>(in[i]));
}

void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    ready = 0;
    std::thread helper([&] {
        scan(in, out, n / 2);
        const std::lock_guard<std::mutex> hold(guard);
        ++calls;
        ready.store(1, std::memory_order_release);
    });
    while (ready.load(std::memory_order_acquire) == 0) std::this_thread::yield();
    std::uint64_t sum = n < 2 ? 0 : static_cast<std::uint64_t>(out[n / 2 - 1]);
    for (std::size_t i = n / 2; i < n; ++i) {
        sum += static_cast<std::uint64_t>(in[i]);
        out[i] = static_cast<std::int64_t>(sum);
    }
    const std::lock_guard<std::mutex> hold(guard);
    ++calls;
    helper.join();
}
