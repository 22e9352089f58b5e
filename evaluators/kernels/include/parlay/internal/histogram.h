/* How often each small integer occurs. */
#ifndef PARLAY_INTERNAL_HISTOGRAM_H_
#define PARLAY_INTERNAL_HISTOGRAM_H_

#include "../utilities.h"
#include "buckets.h"

namespace parlay {
namespace internal {

/* Counts of a block's elements in a table a thread has for itself; the tables are summed. For bins that fit a cache. */
template <typename Count, typename It>
void count_in_tables(It in, size_t n, Count* counts, size_t bins) {
  size_t blocks = n / (4 * bins + (size_t{1} << 14)) + 1;
  if (blocks > 4 * num_workers()) blocks = 4 * num_workers();
  sequence<unsigned> tables(blocks * bins);
  unsigned* const table = tables.data();
  parallel_for(
      0, blocks,
      [=](size_t block) {
        unsigned* const mine = table + block * bins;
        const size_t end = n * (block + 1) / blocks;
        for (size_t i = n * block / blocks; i < end; i++) mine[static_cast<size_t>(in[static_cast<ptrdiff_t>(i)])]++;
      },
      1);
  cheap_for(bins, [=](size_t bin) {
    size_t sum = 0;
    for (size_t block = 0; block < blocks; block++) sum += table[block * bins + bin];
    counts[bin] = static_cast<Count>(sum);
  });
}

/* Elements are moved together by their high bits first, so that the counts of each part fit a cache. */
template <typename Count, typename It>
void count_in_parts(It in, size_t n, Count* counts, size_t bins) {
  using T = std::decay_t<decltype(*in)>;
  const size_t shift = log2_up(bins) - 8;
  auto moved = sequence<T>::uninitialized(n);
  T* const out = moved.data();
  const auto starts = distribute(
      n, 256, [=](size_t i) { return static_cast<size_t>(in[static_cast<ptrdiff_t>(i)]) >> shift; },
      [=](size_t i, size_t k) { out[k] = in[static_cast<ptrdiff_t>(i)]; });
  const size_t* const start = starts.data();
  parallel_for(
      0, 256,
      [=](size_t part) {
        const size_t end = (part + 1) << shift < bins ? (part + 1) << shift : bins;
        for (size_t bin = part << shift; bin < end; bin++) counts[bin] = 0;
        for (size_t i = start[part]; i < start[part + 1]; i++) counts[static_cast<size_t>(out[i])]++;
      },
      1);
}

}  // namespace internal

/* How often each integer below m occurs in r. */
template <typename Integer, typename R>
sequence<Integer> histogram_by_index(R&& r, Integer m) {
  auto in = std::begin(r);
  const size_t n = parlay::size(r);
  const size_t bins = static_cast<size_t>(m);
  if constexpr (internal::fine_grained) {
    sequence<Integer> counts(bins);
    Integer* const count = counts.data();
    parallel_for(0, n, [in, count](size_t i) {
      __atomic_fetch_add(count + static_cast<size_t>(in[static_cast<ptrdiff_t>(i)]), 1, __ATOMIC_RELAXED);
    });
    return counts;
  } else {
    auto counts = sequence<Integer>::uninitialized(bins);
    if (bins <= size_t{1} << 15 || n < bins / 4) {
      internal::count_in_tables(in, n, counts.data(), bins);
    } else {
      internal::count_in_parts(in, n, counts.data(), bins);
    }
    return counts;
  }
}

/* The name programs invent for it. */
template <typename Integer, typename R>
auto histogram(R&& r, Integer m) {
  return parlay::histogram_by_index(r, m);
}

}  // namespace parlay

#endif
