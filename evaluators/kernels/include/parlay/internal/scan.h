/* Prefix sums: the sums of blocks, their prefix sums, then each block's own. Blocks of two where each application of
 * the operation is to be a branch's.
 */
#ifndef PARLAY_INTERNAL_SCAN_H_
#define PARLAY_INTERNAL_SCAN_H_

#include "reduce.h"

namespace parlay {
namespace internal {

/* Puts a value where there is none yet, or instead of the one there. */
template <bool fresh, typename Place, typename T>
void put(Place&& place, T&& value) {
  if constexpr (fresh) {
    ::new (static_cast<void*>(__builtin_addressof(place))) std::decay_t<Place>(std::forward<T>(value));
  } else {
    place = std::forward<T>(value);
  }
}

/* Writes the prefix sums of in[low, high) to out[low, high) and returns their total; `sum` is what comes before. */
template <bool fresh, bool inclusive, typename T, typename It, typename Out, typename M>
T scan_in_order(It in, Out out, size_t low, size_t high, T sum, M& m) {
  for (size_t k = low; k < high; k++) {
    const ptrdiff_t i = static_cast<ptrdiff_t>(k);
    if constexpr (inclusive) {
      sum = combine(m, std::move(sum), in[i]);
      put<fresh>(out[i], sum);
    } else {
      T next = combine(m, sum, in[i]);
      put<fresh>(out[i], std::move(sum));
      sum = std::move(next);
    }
  }
  return sum;
}

/* `in` and `out` may be the same. */
template <bool fresh, bool inclusive, typename T, typename It, typename Out, typename M>
T scan_elements(It in, Out out, size_t n, M& m) {
  constexpr size_t length = fine_grained ? 2 : block_length;
  const T identity(m.identity);
  if (n <= length) return scan_in_order<fresh, inclusive, T>(in, out, 0, n, identity, m);
  const size_t blocks = (n + length - 1) / length;
  const auto end_of = [n](size_t block) { return (block + 1) * length < n ? (block + 1) * length : n; };
  auto sums = sequence<T>::from_function(
      blocks, [=, &m](size_t block) { return reduce_in_order<T>(in, block * length, end_of(block), m); });
  const T total = [&] {
    if constexpr (fine_grained) {
      return scan_elements<false, false, T>(sums.begin(), sums.begin(), blocks, m);
    } else {
      return scan_in_order<false, false, T>(sums.begin(), sums.begin(), 0, blocks, identity, m);
    }
  }();
  const T* before = sums.data();
  parallel_for(0, blocks, [=, &m](size_t block) {
    scan_in_order<fresh, inclusive, T>(in, out, block * length, end_of(block), before[block], m);
  });
  return total;
}

template <bool inclusive, typename R, typename M>
auto scan_to_sequence(R&& r, M& m) {
  using T = monoid_value_t<M>;
  const size_t n = parlay::size(r);
  auto sums = sequence<T>::uninitialized(n);
  T total = scan_elements<true, inclusive, T>(std::begin(r), sums.begin(), n, m);
  return std::make_pair(std::move(sums), std::move(total));
}

}  // namespace internal

/* The sums of what comes before each element, and the total. */
template <typename R, typename M>
auto scan(R&& r, M&& m) {
  if constexpr (internal::is_block_delayed_v<R>) {
    return parlay::scan(r.computed(), m);
  } else {
    return internal::scan_to_sequence<false>(r, m);
  }
}
template <typename R>
auto scan(R&& r) {
  if constexpr (internal::is_block_delayed_v<R>) {
    return parlay::scan(r.computed());
  } else {
    return parlay::scan(r, plus<range_value_type_t<R>>());
  }
}

/* The sums up to and with each element. */
template <typename R, typename M>
auto scan_inclusive(R&& r, M&& m) {
  return internal::scan_to_sequence<true>(r, m).first;
}
template <typename R>
auto scan_inclusive(R&& r) {
  return parlay::scan_inclusive(r, plus<range_value_type_t<R>>());
}

/* The same written over r; the total is returned. */
template <typename R, typename M>
auto scan_inplace(R&& r, M&& m) {
  return internal::scan_elements<false, false, internal::monoid_value_t<M>>(std::begin(r), std::begin(r),
                                                                            parlay::size(r), m);
}
template <typename R>
auto scan_inplace(R&& r) {
  return parlay::scan_inplace(r, plus<range_value_type_t<R>>());
}
template <typename R, typename M>
auto scan_inclusive_inplace(R&& r, M&& m) {
  return internal::scan_elements<false, true, internal::monoid_value_t<M>>(std::begin(r), std::begin(r),
                                                                           parlay::size(r), m);
}
template <typename R>
auto scan_inclusive_inplace(R&& r) {
  return parlay::scan_inclusive_inplace(r, plus<range_value_type_t<R>>());
}

/* The name programs invent for it. */
template <typename R>
auto scan_exclusive(R&& r) {
  return parlay::scan(r);
}
template <typename R, typename M>
auto scan_exclusive(R&& r, M&& m) {
  return parlay::scan(r, m);
}

}  // namespace parlay

#endif
