// Sums of blocks, a serial scan of these, then each block scanned from the sum of those before it (Blelloch, "Prefix sums
// and their applications", 1990, section 1.2), straight into the result.
#include <cstddef>
#include <cstdint>
#include <vector>

#include <parlay/parallel.h>

namespace {

constexpr std::size_t kBlock = 1 << 14;

}  // namespace

void exclusive_scan(const std::int64_t* x, std::size_t n, std::int64_t* y, std::int64_t* total) {
    const std::size_t blocks = (n + kBlock - 1) / kBlock;
    std::vector<std::int64_t> before(blocks + 1, 0);
    const auto end = [&](std::size_t k) { return k + 1 < blocks ? (k + 1) * kBlock : n; };
    parlay::parallel_for(0, blocks, [&](std::size_t k) {
        std::int64_t sum = 0;
        for (std::size_t i = k * kBlock; i < end(k); ++i) sum += x[i];
        before[k + 1] = sum;
    }, 1);
    for (std::size_t k = 0; k < blocks; ++k) before[k + 1] += before[k];
    parlay::parallel_for(0, blocks, [&](std::size_t k) {
        std::int64_t sum = before[k];
        for (std::size_t i = k * kBlock; i < end(k); ++i) {
            y[i] = sum;
            sum += x[i];
        }
    }, 1);
    *total = before[blocks];
}
