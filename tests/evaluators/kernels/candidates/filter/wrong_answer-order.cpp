#include <cstddef>
#include <cstdint>

void filter_odd(const std::int64_t* x, std::size_t n, std::int64_t* y, std::size_t* kept) {
    std::size_t k = 0;
    for (std::size_t i = n; i > 0; --i)
        if (x[i - 1] & 1) y[k++] = x[i - 1];
    *kept = k;
}
