// Union-find with path halving, the smaller root above (Tarjan & van Leeuwen, J. ACM 31(2), 1984).
#include <cstddef>
#include <cstdint>

namespace {

std::uint32_t root(std::uint32_t* parent, std::uint32_t v) {
    while (parent[v] != v) v = parent[v] = parent[parent[v]];
    return v;
}

}  // namespace

void connected_components(std::size_t n, const std::int64_t* offsets, const std::uint32_t* neighbours,
                          std::uint32_t* label) {
    for (std::size_t v = 0; v < n; ++v) label[v] = static_cast<std::uint32_t>(v);
    for (std::uint32_t v = 0; v < n; ++v)
        for (std::int64_t e = offsets[v]; e < offsets[v + 1] && neighbours[e] < v; ++e) {
            const std::uint32_t one = root(label, v), other = root(label, neighbours[e]);
            if (one < other) label[other] = one;
            else label[one] = other;
        }
    for (std::uint32_t v = 0; v < n; ++v) label[v] = root(label, v);
}
