#include <cstddef>
#include <cstdint>
#include <parlay/parallel.h>

void histogram(const std::uint32_t* keys, std::size_t n, std::size_t m, std::int64_t* counts) {
    parlay::parallel_for(0, n, [&](std::size_t i) { ++counts[keys[i]]; }, n + 1);
}
