#include <cstddef>
#include <cstdint>

void histogram(const std::uint32_t* keys, std::size_t n, std::size_t m, std::int64_t* counts) {
    for (std::size_t i = 1; i < n; ++i) ++counts[keys[i]];
}
