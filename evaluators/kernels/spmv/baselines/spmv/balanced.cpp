// Stretches of equal work, rows and entries counted together, so that neither long nor empty rows leave a core idle
// (merge-based SpMV: Merrill & Garland, SC 2016). A row that two stretches share is added up afterwards.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <parlay/parallel.h>

namespace {

constexpr std::size_t kWork = 1 << 14;  // rows and entries in a stretch

struct Carry {
    std::size_t row;
    double sum;
};

}  // namespace

void spmv(std::size_t n, const std::int64_t* offsets, const std::uint32_t* columns, const double* values, const double* x,
          double* y) {
    if (n == 0) return;
    const std::size_t total = n + static_cast<std::size_t>(offsets[n]);
    const std::size_t stretches = (total + kWork - 1) / kWork;
    std::vector<Carry> carries(stretches, Carry{n, 0.0});
    // Rows that have ended once `work` rows and entries are behind: the last i with offsets[i] + i <= work.
    const auto rows_before = [&](std::size_t work) {
        std::size_t low = 0, high = n;
        while (low < high) {
            const std::size_t middle = (low + high + 1) / 2;
            if (static_cast<std::size_t>(offsets[middle]) + middle <= work) low = middle;
            else high = middle - 1;
        }
        return low;
    };
    parlay::parallel_for(0, stretches, [&](std::size_t k) {
        const std::size_t from = k * kWork, to = std::min(total, from + kWork);
        std::size_t row = rows_before(from);
        const std::size_t last = rows_before(to);
        std::int64_t e = static_cast<std::int64_t>(from - row);
        for (; row < last; ++row) {
            double sum = 0.0;
            for (; e < offsets[row + 1]; ++e) sum += values[e] * x[columns[e]];
            y[row] = sum;
        }
        double sum = 0.0;
        for (const std::int64_t end = static_cast<std::int64_t>(to - last); e < end; ++e) sum += values[e] * x[columns[e]];
        carries[k] = Carry{last, sum};
    }, 1);
    for (const Carry& carry : carries)
        if (carry.row < n) y[carry.row] += carry.sum;
}
