#include <cstddef>
#include <cstdint>

void spmv(std::size_t n, const std::int64_t* offsets, const std::uint32_t* columns, const double* values,
          const double* x, double* y) {
    std::int64_t from = offsets[0];
    for (std::size_t i = 0; i < n; ++i) {
        double sum = 0.0;
        const std::int64_t to = offsets[i + 1];
        for (std::int64_t e = from; e <= to; ++e) sum += e < to ? values[e] * x[columns[e]] : 0.0 * values[e];
        y[i] = sum;
        from = to;
    }
}
