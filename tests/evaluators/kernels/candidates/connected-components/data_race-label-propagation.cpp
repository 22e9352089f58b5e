#include <atomic>
#include <cstddef>
#include <cstdint>
#include <parlay/parallel.h>

void connected_components(std::size_t n, const std::int64_t* offsets, const std::uint32_t* neighbours,
                          std::uint32_t* label) {
    parlay::parallel_for(0, n, [&](std::size_t v) { label[v] = static_cast<std::uint32_t>(v); }, n + 1);
    bool more = true;
    while (more) {
        std::atomic<bool> changed{false};
        parlay::parallel_for(0, n, [&](std::size_t v) {
            for (std::int64_t e = offsets[v]; e < offsets[v + 1]; ++e)
                if (label[neighbours[e]] < label[v]) {
                    label[v] = label[neighbours[e]];
                    changed = true;
                }
        }, n + 1);
        more = changed;
    }
}
