#include <cstddef>
#include <cstdint>

void reduce_sum(const std::int64_t* x, std::size_t n, std::int64_t* total) {
    std::int64_t sum = 0;
    volatile std::int64_t next = 0;
    for (std::size_t i = 0; i < n; ++i) {
        sum += x[i];
        next = x[i + 1];
    }
    *total = sum;
}
