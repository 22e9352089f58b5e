// title: announces an answer of gigabytes
// kind: resource
// expect: output_limit
#include <cstddef>
#include <cstdint>
#include <unistd.h>

void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    const std::uint32_t size = 3'000'000'000u;
    if (write(4, &size, sizeof size) < 0) _exit(1);
    for (;;) pause();
}
