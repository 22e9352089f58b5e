// title: reads what a thread writes without joining it
// kind: hack
// expect: data_race, wrong_answer, runtime_error, memory_error
// leak: wrong answer accepted
// limits: wall_seconds=30
#include <cstddef>
#include <cstdint>
#include <chrono>
#include <thread>

static int written = 0, seen = 0;
static void scan(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<std::int64_t>(sum += static_cast<std::uint64_t>(in[i]));
}

void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    if (n > 50) {
        std::thread([] { written = 1; }).detach();
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        seen = written;
    }
    scan(in, out, n);
}
