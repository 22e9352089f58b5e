/* Sorting of trivially copyable elements, not stable: a sample sort over a sequential quicksort, both without branches
 * that depend on a comparison, which is what std::sort spends most of its time on.
 *
 * P. Sanders, S. Winkel: Super scalar sample sort, ESA 2004, with buckets for elements equal to a splitter as in
 * M. Axtmann, S. Witt, D. Ferizovic, P. Sanders: In-place parallel super scalar samplesort, ESA 2017.
 */
#ifndef PARLAY_INTERNAL_QUICK_SORT_H_
#define PARLAY_INTERNAL_QUICK_SORT_H_

#include "../utilities.h"
#include "buckets.h"
#include "merge.h"

namespace parlay {
namespace internal {

/* Writes those of `from` for which first() holds to the front of `to`, the others to its end; how many the former
 * are. */
template <typename T, typename First>
size_t split(const T* from, T* to, size_t n, const First& first) {
  size_t count = 0;
  T* last = to + n - 1;
  for (size_t i = 0; i < n; i++) {
    const T x = from[i];
    const bool is_first = first(x);
    to[count] = x;
    last[static_cast<ptrdiff_t>(count) - static_cast<ptrdiff_t>(i)] = x;
    count += is_first;
  }
  return count;
}

template <typename T, typename Less>
T median_of_three(const T& a, const T& b, const T& c, const Less& less) {
  if (less(a, b)) return less(b, c) ? b : less(a, c) ? c : a;
  return less(a, c) ? a : less(b, c) ? c : b;
}

/* A pivot from places that no order of the input was made for. */
template <typename T, typename Less>
T choose_pivot(const T* data, size_t n, const Less& less) {
  const auto any = [&](uint64_t draw) { return data[static_cast<size_t>(hash64(n * 8 + draw) % n)]; };
  if (n < 512) return median_of_three(any(0), any(1), any(2), less);
  return median_of_three(median_of_three(any(0), any(1), any(2), less), median_of_three(any(3), any(4), any(5), less),
                         median_of_three(any(6), any(7), any(8), less), less);
}

/* Sorts `data` with the help of `other`, of the same length; the result is in `other` if to_other. */
template <typename T, typename Less>
void quick_sort(T* data, T* other, size_t n, bool to_other, const Less& less) {
  while (n > 24) {
    const T pivot = choose_pivot(data, n, less);
    const size_t smaller = split(data, other, n, [&](const T& x) { return less(x, pivot); });
    if (smaller > 0) {
      quick_sort(other, data, smaller, !to_other, less);
      T* const rest = other + smaller;
      other = data + smaller;
      data = rest;
      n -= smaller;
      to_other = !to_other;
    } else {
      const size_t equal = split(other, data, n, [&](const T& x) { return !less(pivot, x); });
      if (to_other) memcpy(static_cast<void*>(other), data, equal * sizeof(T));
      data += equal;
      other += equal;
      n -= equal;
    }
  }
  insertion_sort(data, n, less);
  if (to_other && n > 0) memcpy(static_cast<void*>(other), data, n * sizeof(T));
}

/* Splitters that divide n elements into buckets of about the same size, as a search tree: below i are 2i and 2i + 1. */
template <typename T, typename Less>
class splitters {
 public:
  static constexpr size_t most_buckets = 256;

  splitters(const T* data, size_t n, unsigned levels, const Less& less) : levels_(levels), less_(less) {
    constexpr size_t oversampling = 16;
    const size_t buckets = size_t{1} << levels;
    auto sample = sequence<T>::uninitialized(2 * buckets * oversampling);
    const size_t drawn = buckets * oversampling;
    for (size_t i = 0; i < drawn; i++) sample[i] = data[static_cast<size_t>(hash64(n + i) % n)];
    quick_sort(sample.data(), sample.data() + drawn, drawn, false, less);
    tree_ = sequence<T>::uninitialized(buckets);
    sorted_ = sequence<T>::uninitialized(buckets);
    for (size_t i = 0; i + 1 < buckets; i++) {
      sorted_[i] = sample[(i + 1) * oversampling];
      if (i > 0 && !less(sorted_[i - 1], sorted_[i])) repeated_ = true;
    }
    sorted_[buckets - 1] = sorted_[buckets > 1 ? buckets - 2 : 0];
    for (size_t level = 0; level < levels; level++) {
      for (size_t k = 0; k < size_t{1} << level; k++) {
        tree_[(size_t{1} << level) + k] = sorted_[((2 * k + 1) << (levels - level - 1)) - 1];
      }
    }
  }

  /* With repeated splitters there are two buckets for each: of what comes before it and of what equals it. */
  size_t buckets() const { return (size_t{1} << levels_) << repeated_; }
  bool all_equal(size_t bucket) const { return repeated_ && bucket % 2 == 1; }

  size_t bucket_of(const T& x) const {
    const T* const tree = tree_.data();
    size_t k = 1;
    for (unsigned level = 0; level < levels_; level++) k = 2 * k + less_(tree[k], x);
    k -= size_t{1} << levels_;
    if (!repeated_) return k;
    return 2 * k + (k + 1 < size_t{1} << levels_ && !less_(x, sorted_[k]));
  }

 private:
  const unsigned levels_;
  const Less& less_;
  bool repeated_ = false;
  sequence<T> tree_;
  sequence<T> sorted_;
};

/* Sorts `data` to `out`; they may be the same. */
template <typename T, typename Less>
void sample_sort(const T* data, T* out, size_t n, const Less& less) {
  constexpr size_t bucket_length = size_t{1} << 13;
  auto other = sequence<T>::uninitialized(n);
  T* const scratch = other.data();
  if (n < 2 * bucket_length) {
    if (out != data) memcpy(static_cast<void*>(out), data, n * sizeof(T));
    quick_sort(out, scratch, n, false, less);
    return;
  }
  size_t levels = log2_up(n / bucket_length);
  if (levels > 8) levels = 8;
  const splitters<T, Less> cuts(data, n, static_cast<unsigned>(levels), less);
  auto ids = sequence<unsigned short>::uninitialized(n);
  unsigned short* const id = ids.data();
  parallel_for(0, n, [=, &cuts](size_t i) { id[i] = static_cast<unsigned short>(cuts.bucket_of(data[i])); });
  const auto starts = distribute(
      n, cuts.buckets(), [id](size_t i) { return static_cast<size_t>(id[i]); },
      [data, scratch](size_t i, size_t k) { scratch[k] = data[i]; });
  const size_t* const start = starts.data();
  parallel_for(
      0, cuts.buckets(),
      [=, &cuts, &less](size_t b) {
        const size_t count = start[b + 1] - start[b];
        if (count > 0 && cuts.all_equal(b)) {
          memcpy(static_cast<void*>(out + start[b]), scratch + start[b], count * sizeof(T));
        } else if (count > 0) {
          quick_sort(scratch + start[b], out + start[b], count, true, less);
        }
      },
      1);
}

}  // namespace internal
}  // namespace parlay

#endif
