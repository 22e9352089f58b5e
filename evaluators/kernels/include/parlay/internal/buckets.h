/* Moving elements to buckets, in order: counted by block, the counts summed across blocks, then written. */
#ifndef PARLAY_INTERNAL_BUCKETS_H_
#define PARLAY_INTERNAL_BUCKETS_H_

#include "mapping.h"

namespace parlay {
namespace internal {

/* Calls place(i, k) once for each i of n, where k is i's place when sorted stably by bucket(i) < buckets; returns where
 * each bucket begins, and n. bucket(i) is called twice and must be cheap. */
template <typename Bucket, typename Place>
sequence<size_t> distribute(size_t n, size_t buckets, const Bucket& bucket, const Place& place) {
  const size_t length = (fine_grained ? 16 : size_t{1} << 13) + 8 * buckets;
  const size_t blocks = n / length + 1;
  const auto begin_of = [n, blocks](size_t block) {
    return n / blocks * block + (block < n % blocks ? block : n % blocks);
  };
  sequence<size_t> counts(blocks * buckets);
  size_t* const count = counts.data();
  parallel_for(
      0, blocks,
      [=, &bucket](size_t block) {
        size_t* const mine = count + block * buckets;
        const size_t end = begin_of(block + 1);
        for (size_t i = begin_of(block); i < end; i++) mine[bucket(i)]++;
      },
      1);
  auto starts = sequence<size_t>::uninitialized(buckets + 1);
  size_t* const start = starts.data();
  const auto sum_up = [=](size_t b) {
    size_t sum = 0;
    for (size_t block = 0; block < blocks; block++) {
      const size_t here = count[block * buckets + b];
      count[block * buckets + b] = sum;
      sum += here;
    }
    start[b] = sum;
  };
  parallel_for(0, buckets, sum_up, blocks > 2048 ? 1 : 2048 / static_cast<long>(blocks));
  start[buckets] = 0;
  scan_inplace(starts);
  parallel_for(
      0, blocks,
      [=, &bucket, &place](size_t block) {
        size_t* const mine = count + block * buckets;
        for (size_t b = 0; b < buckets; b++) mine[b] += start[b];
        const size_t end = begin_of(block + 1);
        for (size_t i = begin_of(block); i < end; i++) place(i, mine[bucket(i)]++);
      },
      1);
  return starts;
}

/* Copies of r's elements, stably by ids, which are below `buckets`, and where each bucket begins. */
template <typename R, typename Ids>
auto count_sort(R&& r, Ids&& ids, size_t buckets) {
  using T = range_value_type_t<R>;
  const size_t n = parlay::size(r);
  auto in = std::begin(r);
  auto id = std::begin(ids);
  auto sorted = sequence<T>::uninitialized(n);
  T* const out = sorted.data();
  auto starts = distribute(
      n, buckets, [id](size_t i) { return static_cast<size_t>(id[static_cast<ptrdiff_t>(i)]); },
      [in, out](size_t i, size_t k) { ::new (static_cast<void*>(out + k)) T(in[static_cast<ptrdiff_t>(i)]); });
  return std::make_pair(std::move(sorted), std::move(starts));
}

}  // namespace internal

/* Copies of r's elements, stably by key(element) < buckets, and where each bucket begins: buckets + 1 numbers. */
template <typename R, typename Key>
auto counting_sort(R&& r, size_t buckets, Key&& key) {
  using Id = std::decay_t<decltype(key(*std::begin(r)))>;
  auto ids = parlay::map(r, [&](const auto& element) { return static_cast<std::make_unsigned_t<Id>>(key(element)); });
  return internal::count_sort(r, ids, buckets);
}
template <typename R>
auto counting_sort(R&& r, size_t buckets) {
  return internal::count_sort(r, r, buckets);
}

}  // namespace parlay

#endif
