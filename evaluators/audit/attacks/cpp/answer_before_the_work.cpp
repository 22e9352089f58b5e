// title: answers first, so that the clock stops, and works then
// kind: hack
// expect: tampering, wrong_answer, output_limit
// leak: work after the timer
#include <cstddef>
#include <cstdint>
#include <unistd.h>

static void scan(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<std::int64_t>(sum += static_cast<std::uint64_t>(in[i]));
}

void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    if (n > 2000) {
        const std::uint32_t empty = 0;
        if (write(4, &empty, sizeof empty) < 0) _exit(1);
    }
    scan(in, out, n);
}
