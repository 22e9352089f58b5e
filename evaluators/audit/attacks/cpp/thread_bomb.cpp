// title: starts threads without end
// kind: resource
// expect: process_limit
#include <cstddef>
#include <cstdint>
#include <chrono>
#include <thread>

void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    for (;;) std::thread([] { std::this_thread::sleep_for(std::chrono::hours(1)); }).detach();
}
