#include <cstddef>
#include <cstdint>

void maximal_independent_set(std::size_t n, const std::int64_t* offsets, const std::uint32_t* neighbours,
                             std::uint8_t* chosen) {
    for (std::size_t v = 0; v < n; ++v) {
        bool free = true;
        for (std::int64_t e = offsets[v]; e < offsets[v + 1] && neighbours[e] < v && free; ++e)
            free = chosen[neighbours[e]] == 0;
        chosen[v] = free;
    }
}
