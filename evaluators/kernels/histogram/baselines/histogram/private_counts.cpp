// Counts of its own for each block of keys, added up at the end: the way for few kinds (Shun et al., "Brief announcement:
// the Problem Based Benchmark Suite", SPAA 2012). With many kinds the blocks are few and long, so that adding stays cheap.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <parlay/parallel.h>

namespace {

constexpr std::size_t kLeast = 1 << 14;  // keys below which a block does not pay
constexpr std::size_t kStretch = 1 << 12;  // counts added up in one go

}  // namespace

void histogram(const std::uint32_t* keys, std::size_t n, std::size_t m, std::int64_t* counts) {
    const std::size_t blocks =
        std::min<std::size_t>(4 * parlay::num_workers(), n / std::max<std::size_t>(kLeast, 4 * m) + 1);
    std::vector<std::uint32_t> own(blocks * m, 0);
    parlay::parallel_for(0, blocks, [&](std::size_t k) {
        std::uint32_t* mine = own.data() + k * m;
        const std::size_t end = (k + 1) * n / blocks;
        for (std::size_t i = k * n / blocks; i < end; ++i) ++mine[keys[i]];
    }, 1);
    parlay::parallel_for(0, (m + kStretch - 1) / kStretch, [&](std::size_t stretch) {
        const std::size_t end = std::min(m, (stretch + 1) * kStretch);
        for (std::size_t k = 0; k < blocks; ++k)
            for (std::size_t key = stretch * kStretch; key < end; ++key) counts[key] += own[k * m + key];
    }, 1);
}
