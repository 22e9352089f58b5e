#include <cstddef>
#include <cstdint>
#include <vector>

void bfs(std::size_t n, const std::int64_t* offsets, const std::uint32_t* neighbours, std::size_t source,
         std::int32_t* distance) {
    for (std::size_t v = 0; v < n; ++v) distance[v] = -1;
    std::vector<std::uint32_t> stack{static_cast<std::uint32_t>(source)};
    distance[source] = 0;
    while (!stack.empty()) {
        const std::uint32_t v = stack.back();
        stack.pop_back();
        for (std::int64_t e = offsets[v]; e < offsets[v + 1]; ++e)
            if (distance[neighbours[e]] < 0) {
                distance[neighbours[e]] = distance[v] + 1;
                stack.push_back(neighbours[e]);
            }
    }
}
