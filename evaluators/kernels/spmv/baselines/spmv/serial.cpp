#include <cstddef>
#include <cstdint>

void spmv(std::size_t n, const std::int64_t* offsets, const std::uint32_t* columns, const double* values, const double* x,
          double* y) {
    for (std::size_t i = 0; i < n; ++i) {
        double sum = 0.0;
        for (std::int64_t e = offsets[i]; e < offsets[i + 1]; ++e) sum += values[e] * x[columns[e]];
        y[i] = sum;
    }
}
