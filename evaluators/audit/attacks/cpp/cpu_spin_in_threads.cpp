// title: computes without end in several threads
// kind: resource
// expect: time_limit
// limits: cpu_seconds=1
#include <cstddef>
#include <cstdint>
#include <thread>

void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    for (int k = 0; k < 4; ++k) std::thread([] { for (volatile int i = 0;;) i = i + 1; }).detach();
    for (volatile std::size_t i = n;;) i = i + 1;
}
