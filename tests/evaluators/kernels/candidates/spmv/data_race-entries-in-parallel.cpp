#include <cstddef>
#include <cstdint>
#include <parlay/parallel.h>

void spmv(std::size_t n, const std::int64_t* offsets, const std::uint32_t* columns, const double* values,
          const double* x, double* y) {
    for (std::size_t i = 0; i < n; ++i) {
        double sum = 0.0;
        parlay::parallel_for(static_cast<std::size_t>(offsets[i]), static_cast<std::size_t>(offsets[i + 1]),
                             [&](std::size_t e) { sum += values[e] * x[columns[e]]; }, 1 << 30);
        y[i] = sum;
    }
}
