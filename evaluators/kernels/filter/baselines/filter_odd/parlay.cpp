// The library's own filter straight into the result.
#include <cstddef>
#include <cstdint>
#include <parlay/parallel.h>
#include <parlay/primitives.h>
#include <parlay/sequence.h>

void filter_odd(const std::int64_t* x, std::size_t n, std::int64_t* y, std::size_t* kept) {
    *kept = parlay::filter_into_uninitialized(parlay::make_slice(x, x + n), parlay::make_slice(y, y + n),
                                              [](std::int64_t value) { return (value & 1) != 0; });
}
