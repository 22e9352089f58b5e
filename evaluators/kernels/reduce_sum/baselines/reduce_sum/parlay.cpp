// The library's own reduction: blocks summed in parallel, then their sums.
#include <cstddef>
#include <cstdint>
#include <parlay/parallel.h>
#include <parlay/primitives.h>
#include <parlay/sequence.h>

void reduce_sum(const std::int64_t* x, std::size_t n, std::int64_t* total) {
    *total = parlay::reduce(parlay::make_slice(x, x + n));
}
