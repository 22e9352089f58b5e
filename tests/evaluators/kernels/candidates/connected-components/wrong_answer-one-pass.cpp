#include <cstddef>
#include <cstdint>

void connected_components(std::size_t n, const std::int64_t* offsets, const std::uint32_t* neighbours,
                          std::uint32_t* label) {
    for (std::size_t v = 0; v < n; ++v) {
        label[v] = static_cast<std::uint32_t>(v);
        if (offsets[v] < offsets[v + 1] && neighbours[offsets[v]] < v) label[v] = label[neighbours[offsets[v]]];
    }
}
