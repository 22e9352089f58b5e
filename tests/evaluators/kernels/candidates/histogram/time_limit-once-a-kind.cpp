#include <cstddef>
#include <cstdint>

void histogram(const std::uint32_t* keys, std::size_t n, std::size_t m, std::int64_t* counts) {
    for (std::size_t k = 0; k < m; ++k)
        for (std::size_t i = 0; i < n; ++i) counts[k] += keys[i] == k;
}
