/* The sorts by name. Elements that are copied by their bytes are sorted by sample sort or radix sort; others, and
 * all in the fine-grained builds, by merge sort.
 */
#ifndef PARLAY_INTERNAL_SORT_H_
#define PARLAY_INTERNAL_SORT_H_

#include "integer_sort.h"
#include "quick_sort.h"

namespace parlay {
namespace internal {

/* Calls sort(data, n) with the range's elements in consecutive memory, to which they are moved if they are not
 * there. */
template <typename R, typename Sort>
void sort_in_memory(R&& r, const Sort& sort) {
  const size_t n = parlay::size(r);
  if (n < 2) return;
  auto in = std::begin(r);
  if constexpr (is_address<decltype(in)>::value) {
    sort(&*in, n);
  } else {
    sequence<range_value_type_t<R>> moved(std::make_move_iterator(in), std::make_move_iterator(std::end(r)));
    sort(moved.data(), n);
    auto* from = moved.data();
    cheap_for(n, [in, from](size_t i) { in[static_cast<ptrdiff_t>(i)] = std::move(from[i]); });
  }
}

template <typename T>
inline constexpr bool sorts_by_copying = !fine_grained && is_plain_v<T> && sizeof(T) <= 64;

template <typename T, typename Key>
void integer_sort_in_memory(T* data, size_t n, const Key& key) {
  if constexpr (sorts_by_copying<T>) {
    integer_sort_elements(data, data, n, key);
  } else {
    merge_sort(data, n, [&key](const T& a, const T& b) { return key(a) < key(b); });
  }
}

}  // namespace internal

/* Sorts r; equal elements may change their order. */
template <typename R, typename Less>
void sort_inplace(R&& r, Less&& less) {
  internal::sort_in_memory(r, [&less](auto* data, size_t n) {
    if constexpr (internal::sorts_by_copying<range_value_type_t<R>>) {
      internal::sample_sort(data, data, n, less);
    } else {
      internal::merge_sort(data, n, less);
    }
  });
}
template <typename R>
void sort_inplace(R&& r) {
  parlay::sort_inplace(r, std::less<>());
}

/* The same keeping the order of equal elements. */
template <typename R, typename Less>
void stable_sort_inplace(R&& r, Less&& less) {
  internal::sort_in_memory(r, [&less](auto* data, size_t n) { internal::merge_sort(data, n, less); });
}
template <typename R>
void stable_sort_inplace(R&& r) {
  parlay::stable_sort_inplace(r, std::less<>());
}

/* Sorted copies. */
template <typename R, typename Less>
auto sort(R&& r, Less&& less) {
  using T = range_value_type_t<R>;
  if constexpr (internal::sorts_by_copying<T> && internal::is_address<range_iterator_type_t<R>>::value) {
    const size_t n = parlay::size(r);
    auto sorted = sequence<T>::uninitialized(n);
    if (n > 0) internal::sample_sort<T>(&*std::begin(r), sorted.data(), n, less);
    return sorted;
  } else {
    sequence<T> sorted = parlay::to_sequence(r);
    parlay::sort_inplace(sorted, less);
    return sorted;
  }
}
template <typename R>
auto sort(R&& r) {
  return parlay::sort(r, std::less<>());
}
template <typename R, typename Less>
auto stable_sort(R&& r, Less&& less) {
  sequence<range_value_type_t<R>> sorted = parlay::to_sequence(r);
  internal::merge_sort(sorted.data(), sorted.size(), less);
  return sorted;
}
template <typename R>
auto stable_sort(R&& r) {
  return parlay::stable_sort(r, std::less<>());
}

/* Sorts by an integer key of each element, keeping the order of equal keys. How many bits keys have need not be
 * said. */
template <typename R, typename Key>
void integer_sort_inplace(R&& r, Key&& key, size_t = 0) {
  internal::sort_in_memory(r, [&key](auto* data, size_t n) { internal::integer_sort_in_memory(data, n, key); });
}
template <typename R>
void integer_sort_inplace(R&& r) {
  parlay::integer_sort_inplace(r, internal::identity_key());
}
template <typename R, typename Key>
void stable_integer_sort_inplace(R&& r, Key&& key) {
  parlay::integer_sort_inplace(r, key);
}
template <typename R, typename Key>
auto integer_sort(R&& r, Key&& key, size_t = 0) {
  using T = range_value_type_t<R>;
  if constexpr (internal::sorts_by_copying<T> && internal::is_address<range_iterator_type_t<R>>::value) {
    const size_t n = parlay::size(r);
    auto sorted = sequence<T>::uninitialized(n);
    if (n > 0) internal::integer_sort_elements<T>(&*std::begin(r), sorted.data(), n, key);
    return sorted;
  } else {
    sequence<T> sorted = parlay::to_sequence(r);
    internal::integer_sort_in_memory(sorted.data(), sorted.size(), key);
    return sorted;
  }
}
template <typename R>
auto integer_sort(R&& r) {
  return parlay::integer_sort(r, internal::identity_key());
}
template <typename R, typename Key>
auto stable_integer_sort(R&& r, Key&& key) {
  return parlay::integer_sort(r, key);
}

/* The place of each element in the stably sorted range. */
template <typename Index, typename R, typename Less>
sequence<Index> rank(R&& r, Less&& less) {
  const size_t n = parlay::size(r);
  auto in = std::begin(r);
  auto order = parlay::tabulate(n, [](size_t i) { return static_cast<Index>(i); });
  parlay::stable_sort_inplace(order, [in, &less](Index a, Index b) {
    return less(in[static_cast<ptrdiff_t>(a)], in[static_cast<ptrdiff_t>(b)]);
  });
  auto ranks = sequence<Index>::uninitialized(n);
  const Index* sorted = order.data();
  Index* out = ranks.data();
  internal::cheap_for(n, [sorted, out](size_t i) { out[sorted[i]] = static_cast<Index>(i); });
  return ranks;
}
template <typename R, typename Less>
auto rank(R&& r, Less&& less) {
  return parlay::rank<size_t>(r, less);
}
template <typename Index, typename R>
auto rank(R&& r) {
  return parlay::rank<Index>(r, std::less<>());
}
template <typename R>
auto rank(R&& r) {
  return parlay::rank<size_t>(r, std::less<>());
}

}  // namespace parlay

#endif
