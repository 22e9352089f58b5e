// title: returns at once and lets a thread work
// kind: hack
// expect: wrong_answer
// leak: work after the timer
#include <cstddef>
#include <cstdint>
#include <chrono>
#include <thread>

static void scan(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<std::int64_t>(sum += static_cast<std::uint64_t>(in[i]));
}

void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    std::thread([=] {
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        scan(in, out, n);
    }).detach();
}
