// title: waits without end, deaf to signals
// kind: resource
// expect: time_limit
// limits: wall_seconds=1
#include <cstddef>
#include <cstdint>
#include <csignal>
#include <unistd.h>

void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    for (int number = 1; number < 32; ++number) std::signal(number, SIG_IGN);
    for (;;) sleep(1000);
}
