// Counts of its own for each block of keys, added up at the end: the way for few kinds (Shun et al., "Brief announcement:
// the Problem Based Benchmark Suite", SPAA 2012). Neighbours of few kinds are often alike, and an addition to what was
// just stored waits for it: four counts in turn do not. With many kinds the blocks are few and long, so that adding up
// stays cheap; where that leaves one block, it counts in place.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <parlay/parallel.h>
#include <parlay/sequence.h>

namespace {

constexpr std::size_t kLeast = 1 << 14;    // keys below which a block does not pay
constexpr std::size_t kWorth = 8;          // keys a block has for each kind, at least
constexpr std::size_t kFew = 1 << 11;      // kinds of which four counts stay in the first-level cache
constexpr std::size_t kStretch = 1 << 12;  // counts added up in one go

}  // namespace

void histogram(const std::uint32_t* keys, std::size_t n, std::size_t m, std::int64_t* counts) {
    const std::size_t blocks =
        std::min<std::size_t>(4 * parlay::num_workers(), n / std::max<std::size_t>(kLeast, kWorth * m));
    if (blocks < 2) {
        for (std::size_t i = 0; i < n; ++i) ++counts[keys[i]];
        return;
    }
    const std::size_t sets = m <= kFew ? 4 : 1;
    parlay::sequence<std::uint32_t> own(blocks * sets * m, 0);
    parlay::parallel_for(0, blocks, [&](std::size_t k) {
        std::uint32_t* mine = own.data() + k * sets * m;
        std::size_t i = k * n / blocks;
        const std::size_t end = (k + 1) * n / blocks;
        if (sets == 4) {
            for (; i + 4 <= end; i += 4) {
                ++mine[keys[i]];
                ++mine[m + keys[i + 1]];
                ++mine[2 * m + keys[i + 2]];
                ++mine[3 * m + keys[i + 3]];
            }
        }
        for (; i < end; ++i) ++mine[keys[i]];
    }, 1);
    parlay::parallel_for(0, (m + kStretch - 1) / kStretch, [&](std::size_t stretch) {
        const std::size_t end = std::min(m, (stretch + 1) * kStretch);
        for (std::size_t row = 0; row < blocks * sets; ++row)
            for (std::size_t key = stretch * kStretch; key < end; ++key) counts[key] += own[row * m + key];
    }, 1);
}
