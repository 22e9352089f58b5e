// What `evolve archive export CANDIDATE --format header -o histogram.hpp` writes, its provenance left out.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>
#include <parlay/parallel.h>

namespace evolved {

inline void histogram(const std::uint32_t* keys, std::size_t n, std::size_t m, std::int64_t* counts) {
    const std::size_t blocks = std::min<std::size_t>(4 * parlay::num_workers(), n / std::max<std::size_t>(1 << 14, 4 * m) + 1);
    std::vector<std::uint32_t> own(blocks * m, 0);
    parlay::parallel_for(0, blocks, [&](std::size_t k) {
        std::uint32_t* mine = own.data() + k * m;
        const std::size_t end = (k + 1) * n / blocks;
        for (std::size_t i = k * n / blocks; i < end; ++i) ++mine[keys[i]];
    }, 1);
    parlay::parallel_for(0, m, [&](std::size_t key) {
        for (std::size_t k = 0; k < blocks; ++k) counts[key] += own[k * m + key];
    });
}

}  // namespace evolved
