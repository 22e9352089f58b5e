#include <algorithm>
#include <cstddef>
#include <cstdint>

void sort_integers(const std::int64_t* x, std::size_t n, std::int64_t* y) {
    std::copy(x, x + n, y);
    std::sort(y, y + n);
}
