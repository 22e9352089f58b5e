/* Merging and merge sort, both stable. */
#ifndef PARLAY_INTERNAL_MERGE_H_
#define PARLAY_INTERNAL_MERGE_H_

#include <functional>

#include "scan.h"

namespace parlay {
namespace internal {

/* Moves a value from where there is one to where there is none. */
template <typename T>
void relocate(T* to, T* from) {
  ::new (static_cast<void*>(to)) T(std::move(*from));
  from->~T();
}

template <typename T>
void relocate_all(T* to, T* from, size_t n) {
  if constexpr (is_plain_v<T>) {
    copy_bytes(static_cast<void*>(to), from, n * sizeof(T));
  } else {
    cheap_for(n, [to, from](size_t i) { relocate(to + i, from + i); });
  }
}

/* The first of n sorted elements that does not satisfy `before`. */
template <typename It, typename Before>
size_t partition_point(It sorted, size_t n, const Before& before) {
  size_t low = 0;
  while (n > 0) {
    const size_t half = n / 2;
    if (before(sorted[static_cast<ptrdiff_t>(low + half)])) {
      low += half + 1;
      n -= half + 1;
    } else {
      n = half;
    }
  }
  return low;
}

/* Merges two sorted runs into `out`, calling place(out, k, element) for each; equal elements of `a` come first. */
template <typename A, typename B, typename Place, typename Less>
void merge_runs(A a, size_t na, B b, size_t nb, size_t out, const Place& place, const Less& less) {
  constexpr size_t length = fine_grained ? 8 : 4096;
  const auto at = [](size_t i) { return static_cast<ptrdiff_t>(i); };
  if (na + nb <= length) {
    size_t i = 0;
    size_t j = 0;
    while (i < na && j < nb) {
      if (less(b[at(j)], a[at(i)])) {
        place(out++, b[at(j++)]);
      } else {
        place(out++, a[at(i++)]);
      }
    }
    while (i < na) place(out++, a[at(i++)]);
    while (j < nb) place(out++, b[at(j++)]);
    return;
  }
  size_t cut_a;
  size_t cut_b;
  if (na >= nb) {
    cut_a = na / 2;
    cut_b = partition_point(b, nb, [&](const auto& x) { return less(x, a[at(cut_a)]); });
  } else {
    cut_b = nb / 2;
    cut_a = partition_point(a, na, [&](const auto& x) { return !less(b[at(cut_b)], x); });
  }
  par_do([&] { merge_runs(a, cut_a, b, cut_b, out, place, less); },
         [&] { merge_runs(a + at(cut_a), na - cut_a, b + at(cut_b), nb - cut_b, out + cut_a + cut_b, place, less); });
}

template <typename T, typename Less>
void insertion_sort(T* data, size_t n, const Less& less) {
  for (size_t i = 1; i < n; i++) {
    if (!less(data[i], data[i - 1])) continue;
    T moving(std::move(data[i]));
    size_t k = i;
    do {
      data[k] = std::move(data[k - 1]);
      k--;
    } while (k > 0 && less(moving, data[k - 1]));
    data[k] = std::move(moving);
  }
}

/* Sorts `data`, to `other`, which is memory without values, if to_other. */
template <typename T, typename Less>
void merge_sort(T* data, T* other, size_t n, bool to_other, const Less& less) {
  constexpr size_t length = fine_grained ? 1 : 24;
  if (n <= length) {
    insertion_sort(data, n, less);
    if (to_other) {
      for (size_t i = 0; i < n; i++) relocate(other + i, data + i);
    }
    return;
  }
  const size_t half = n / 2;
  const auto left = [&] { merge_sort(data, other, half, !to_other, less); };
  const auto right = [&] { merge_sort(data + half, other + half, n - half, !to_other, less); };
  par_do_if(fine_grained || n > 4096, left, right);
  T* const from = to_other ? data : other;
  T* const to = to_other ? other : data;
  merge_runs(
      from, half, from + half, n - half, 0, [to](size_t k, T& element) { relocate(to + k, &element); }, less);
}

template <typename T, typename Less>
void merge_sort(T* data, size_t n, const Less& less) {
  if (n < 2) return;
  T* const other = allocator<T>().allocate(n);
  merge_sort(data, other, n, false, less);
  allocator<T>().deallocate(other, n);
}

}  // namespace internal

/* The elements of two sorted ranges, sorted; of equal ones those of the first come first. */
template <typename R1, typename R2, typename Less>
auto merge(R1&& r1, R2&& r2, Less&& less) {
  using T = range_value_type_t<R1>;
  const size_t n = parlay::size(r1);
  const size_t m = parlay::size(r2);
  auto merged = sequence<T>::uninitialized(n + m);
  T* const out = merged.data();
  internal::merge_runs(
      std::begin(r1), n, std::begin(r2), m, 0,
      [out](size_t k, const T& element) { ::new (static_cast<void*>(out + k)) T(element); }, less);
  return merged;
}
template <typename R1, typename R2>
auto merge(R1&& r1, R2&& r2) {
  return parlay::merge(r1, r2, std::less<>());
}

}  // namespace parlay

#endif
