#include <cstddef>
#include <cstdint>

void connected_components(std::size_t n, const std::int64_t* offsets, const std::uint32_t* neighbours,
                          std::uint32_t* label) {
    std::int32_t mixed = 1;
    for (std::size_t v = 0; v < n; ++v) {
        label[v] = static_cast<std::uint32_t>(v);
        mixed = mixed * 1103515245 + 12345;  // wraps around, which is undefined
    }
    for (bool more = mixed != 1; more;) {
        more = false;
        for (std::size_t v = 0; v < n; ++v)
            for (std::int64_t e = offsets[v]; e < offsets[v + 1]; ++e)
                if (label[neighbours[e]] < label[v]) label[v] = label[neighbours[e]], more = true;
    }
}
