#include <cstddef>
#include <cstdint>

void maximal_independent_set(std::size_t n, const std::int64_t* offsets, const std::uint32_t* neighbours,
                             std::uint8_t* chosen) {
    for (std::size_t v = 0; v < n; ++v) {
        std::uint8_t free = 1;
        for (std::int64_t e = offsets[v]; e <= offsets[v + 1]; ++e)
            if (neighbours[e] < v && e < offsets[v + 1] && chosen[neighbours[e]]) free = 0;
        chosen[v] = free;
    }
}
