// title: computes without end
// kind: resource
// expect: time_limit
// limits: cpu_seconds=1
#include <cstddef>
#include <cstdint>

void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    for (volatile std::size_t i = n;;) i = i + 1;
}
