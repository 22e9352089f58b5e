// The library's own comparison sort, in place on a copy.
#include <cstddef>
#include <cstdint>
#include <parlay/parallel.h>
#include <parlay/primitives.h>
#include <parlay/sequence.h>

void sort_integers(const std::int64_t* x, std::size_t n, std::int64_t* y) {
    parlay::parallel_for(0, n, [&](std::size_t i) { y[i] = x[i]; });
    parlay::sort_inplace(parlay::make_slice(y, y + n));
}
