/* Looking for elements, counting them, comparing ranges. */
#ifndef PARLAY_INTERNAL_SEARCHING_H_
#define PARLAY_INTERNAL_SEARCHING_H_

#include "filter.h"
#include "mapping.h"
#include "quick_sort.h"

namespace parlay {
namespace internal {

/* The least i < n with holds(i), or n. What follows the first few is looked at in parallel, in rounds of growing
 * length, so that an early find costs little. */
template <typename Holds>
size_t first_index(size_t n, const Holds& holds) {
  size_t length = fine_grained ? n : 4 * block_length;
  for (size_t begin = 0; begin < n; begin += length, length *= 2) {
    const size_t count = n - begin < length ? n - begin : length;
    minimum<size_t> least(n);
    size_t found = n;
    if constexpr (fine_grained) {
      const auto found_at = delayed_tabulate(count, [&](size_t i) { return holds(begin + i) ? begin + i : n; });
      found = reduce_elements<size_t>(found_at.begin(), count, least);
    } else {
      const auto found_in = delayed_tabulate(blocks_of(count), [&](size_t block) {
        const size_t end = (block + 1) * block_length < count ? (block + 1) * block_length : count;
        for (size_t i = block * block_length; i < end; i++) {
          if (holds(begin + i)) return begin + i;
        }
        return n;
      });
      const auto places = to_sequence(found_in);
      found = reduce_in_order<size_t>(places.begin(), 0, places.size(), least);
    }
    if (found < n) return found;
  }
  return n;
}

/* The index of the element that is before all others; the first of equals. */
template <typename It, typename Before>
size_t index_of_first(It in, size_t n, const Before& before) {
  const auto better = binary_op(
      [in, n, &before](size_t a, size_t b) {
        if (a == n || b == n) return a == n ? b : a;
        const auto at = [](size_t i) { return static_cast<ptrdiff_t>(i); };
        return before(in[at(b)], in[at(a)]) ? b : a;
      },
      n);
  return reduce_elements<size_t>(iota(n).begin(), n, better);
}

}  // namespace internal

/* How many elements satisfy f. */
template <typename R, typename F>
size_t count_if(R&& r, F&& f) {
  auto in = std::begin(r);
  const auto ones = delayed_tabulate(parlay::size(r),
                                     [in, &f](size_t i) -> size_t { return f(in[static_cast<ptrdiff_t>(i)]) ? 1 : 0; });
  return parlay::reduce(ones);
}
template <typename R, typename T>
size_t count(R&& r, const T& value) {
  return parlay::count_if(r, [&value](const auto& x) { return x == value; });
}

/* An iterator to the first element that satisfies f, or the end. */
template <typename R, typename F>
auto find_if(R&& r, F&& f) {
  auto in = std::begin(r);
  return in + static_cast<ptrdiff_t>(internal::first_index(
                  parlay::size(r), [in, &f](size_t i) -> bool { return f(in[static_cast<ptrdiff_t>(i)]); }));
}
template <typename R, typename F>
auto find_if_not(R&& r, F&& f) {
  return parlay::find_if(r, [&f](const auto& x) { return !f(x); });
}
template <typename R, typename T>
auto find(R&& r, const T& value) {
  return parlay::find_if(r, [&value](const auto& x) { return x == value; });
}
template <typename R1, typename R2, typename Equal>
auto find_first_of(R1&& r1, R2&& r2, Equal&& equal) {
  return parlay::find_if(r1, [&](const auto& x) {
    for (const auto& y : r2) {
      if (equal(x, y)) return true;
    }
    return false;
  });
}
template <typename R1, typename R2>
auto find_first_of(R1&& r1, R2&& r2) {
  return parlay::find_first_of(r1, r2, std::equal_to<>());
}

template <typename R, typename F>
bool any_of(R&& r, F&& f) {
  return parlay::find_if(r, f) != std::end(r);
}
template <typename R, typename F>
bool none_of(R&& r, F&& f) {
  return !parlay::any_of(r, f);
}
template <typename R, typename F>
bool all_of(R&& r, F&& f) {
  return !parlay::any_of(r, [&f](const auto& x) { return !f(x); });
}

/* The first element equal to the next. */
template <typename R, typename Equal>
auto adjacent_find(R&& r, Equal&& equal) {
  auto in = std::begin(r);
  const size_t n = parlay::size(r);
  const size_t found = internal::first_index(n == 0 ? 0 : n - 1, [in, &equal](size_t i) -> bool {
    return equal(in[static_cast<ptrdiff_t>(i)], in[static_cast<ptrdiff_t>(i) + 1]);
  });
  return in + static_cast<ptrdiff_t>(n > 0 && found == n - 1 ? n : found);
}
template <typename R>
auto adjacent_find(R&& r) {
  return parlay::adjacent_find(r, std::equal_to<>());
}

/* Iterators to the first place where the ranges differ. */
template <typename R1, typename R2, typename Equal>
auto mismatch(R1&& r1, R2&& r2, Equal&& equal) {
  auto a = std::begin(r1);
  auto b = std::begin(r2);
  const ptrdiff_t found = static_cast<ptrdiff_t>(internal::first_index(internal::shortest(r1, r2), [&](size_t i) {
    return !equal(a[static_cast<ptrdiff_t>(i)], b[static_cast<ptrdiff_t>(i)]);
  }));
  return std::make_pair(a + found, b + found);
}
template <typename R1, typename R2>
auto mismatch(R1&& r1, R2&& r2) {
  return parlay::mismatch(r1, r2, std::equal_to<>());
}

template <typename R1, typename R2, typename Equal>
bool equal(R1&& r1, R2&& r2, Equal&& same) {
  return parlay::size(r1) == parlay::size(r2) && parlay::mismatch(r1, r2, same).first == std::end(r1);
}
template <typename R1, typename R2>
bool equal(R1&& r1, R2&& r2) {
  return parlay::equal(r1, r2, std::equal_to<>());
}

template <typename R1, typename R2, typename Less>
bool lexicographical_compare(R1&& r1, R2&& r2, Less&& less) {
  const auto differ =
      parlay::mismatch(r1, r2, [&less](const auto& x, const auto& y) { return !less(x, y) && !less(y, x); });
  if (differ.second == std::end(r2)) return false;
  return differ.first == std::end(r1) || less(*differ.first, *differ.second);
}
template <typename R1, typename R2>
bool lexicographical_compare(R1&& r1, R2&& r2) {
  return parlay::lexicographical_compare(r1, r2, std::less<>());
}

namespace internal {

/* Whether r2 is found in r1 from place i on. */
template <typename It1, typename It2, typename Equal>
bool occurs_at(It1 in, size_t i, It2 pattern, size_t length, const Equal& equal) {
  for (size_t k = 0; k < length; k++) {
    if (!equal(in[static_cast<ptrdiff_t>(i + k)], pattern[static_cast<ptrdiff_t>(k)])) return false;
  }
  return true;
}

}  // namespace internal

/* Where r2 occurs in r1 for the first time, or for the last. */
template <typename R1, typename R2, typename Equal>
auto search(R1&& r1, R2&& r2, Equal&& equal) {
  const size_t n = parlay::size(r1);
  const size_t m = parlay::size(r2);
  if (m > n) return std::begin(r1) + static_cast<ptrdiff_t>(n);
  const size_t places = n - m + 1;
  const size_t found = internal::first_index(
      places, [&](size_t i) { return internal::occurs_at(std::begin(r1), i, std::begin(r2), m, equal); });
  return std::begin(r1) + static_cast<ptrdiff_t>(found == places ? n : found);
}
template <typename R1, typename R2>
auto search(R1&& r1, R2&& r2) {
  return parlay::search(r1, r2, std::equal_to<>());
}
template <typename R1, typename R2, typename Equal>
auto find_end(R1&& r1, R2&& r2, Equal&& equal) {
  const size_t n = parlay::size(r1);
  const size_t m = parlay::size(r2);
  if (m > n || m == 0) return std::begin(r1) + static_cast<ptrdiff_t>(n);
  const size_t places = n - m + 1;
  const size_t found = internal::first_index(
      places, [&](size_t i) { return internal::occurs_at(std::begin(r1), places - 1 - i, std::begin(r2), m, equal); });
  return std::begin(r1) + static_cast<ptrdiff_t>(found == places ? n : places - 1 - found);
}
template <typename R1, typename R2>
auto find_end(R1&& r1, R2&& r2) {
  return parlay::find_end(r1, r2, std::equal_to<>());
}

/* The least element, or the greatest; the first of equals. */
template <typename R, typename Less>
auto min_element(R&& r, Less&& less) {
  return std::begin(r) + static_cast<ptrdiff_t>(internal::index_of_first(std::begin(r), parlay::size(r), less));
}
template <typename R>
auto min_element(R&& r) {
  return parlay::min_element(r, std::less<>());
}
template <typename R, typename Less>
auto max_element(R&& r, Less&& less) {
  return parlay::min_element(r, [&less](const auto& a, const auto& b) { return less(b, a); });
}
template <typename R>
auto max_element(R&& r) {
  return parlay::max_element(r, std::less<>());
}
template <typename R, typename Less>
auto minmax_element(R&& r, Less&& less) {
  return std::make_pair(parlay::min_element(r, less), parlay::max_element(r, less));
}
template <typename R>
auto minmax_element(R&& r) {
  return parlay::minmax_element(r, std::less<>());
}

/* The first element less than the one before it. */
template <typename R, typename Less>
auto is_sorted_until(R&& r, Less&& less) {
  auto in = std::begin(r);
  const size_t n = parlay::size(r);
  const size_t found = internal::first_index(n == 0 ? 0 : n - 1, [in, &less](size_t i) -> bool {
    return less(in[static_cast<ptrdiff_t>(i) + 1], in[static_cast<ptrdiff_t>(i)]);
  });
  return in + static_cast<ptrdiff_t>(n == 0 ? 0 : found + 1);
}
template <typename R>
auto is_sorted_until(R&& r) {
  return parlay::is_sorted_until(r, std::less<>());
}
template <typename R, typename Less>
bool is_sorted(R&& r, Less&& less) {
  return parlay::is_sorted_until(r, less) == std::end(r);
}
template <typename R>
bool is_sorted(R&& r) {
  return parlay::is_sorted(r, std::less<>());
}

/* Whether all that satisfy f come before all that do not. */
template <typename R, typename F>
bool is_partitioned(R&& r, F&& f) {
  const auto first_without = parlay::find_if_not(r, f);
  return parlay::none_of(parlay::make_slice(first_without, std::end(r)), f);
}

namespace internal {

/* The element at place k of the sorted range, as an index into it: those on the wrong side of a pivot are dropped until
 * few are left. */
template <typename It, typename Less>
size_t index_of_kth(It in, size_t n, size_t k, const Less& less) {
  const auto at = [](size_t i) { return static_cast<ptrdiff_t>(i); };
  const auto before = [&](size_t a, size_t b) { return less(in[at(a)], in[at(b)]); };
  sequence<size_t> left = parlay::to_sequence(iota(n));
  while (left.size() > 64) {
    const size_t pivot = choose_pivot(left.data(), left.size(), before);
    const auto smaller = parlay::filter(left, [&](size_t i) { return before(i, pivot); });
    if (k < smaller.size()) {
      left = smaller;
      continue;
    }
    const auto larger = parlay::filter(left, [&](size_t i) { return before(pivot, i); });
    if (k < left.size() - larger.size()) return pivot;
    k -= left.size() - larger.size();
    left = larger;
  }
  insertion_sort(left.data(), left.size(), before);
  return left[k];
}

}  // namespace internal

/* An iterator to the element that would be at place k if r were sorted. */
template <typename R, typename Less>
auto kth_smallest(R&& r, size_t k, Less&& less) {
  return std::begin(r) + static_cast<ptrdiff_t>(internal::index_of_kth(std::begin(r), parlay::size(r), k, less));
}
template <typename R>
auto kth_smallest(R&& r, size_t k) {
  return parlay::kth_smallest(r, k, std::less<>());
}
template <typename R, typename Less>
range_value_type_t<R> kth_smallest_copy(R&& r, size_t k, Less&& less) {
  return *parlay::kth_smallest(r, k, less);
}
template <typename R>
range_value_type_t<R> kth_smallest_copy(R&& r, size_t k) {
  return parlay::kth_smallest_copy(r, k, std::less<>());
}

}  // namespace parlay

#endif
