/* Reductions. Blocks in the fast build; else a binary tree, so that each application of the operation is a branch's. */
#ifndef PARLAY_INTERNAL_REDUCE_H_
#define PARLAY_INTERNAL_REDUCE_H_

#include <optional>

#include "../monoid.h"
#include "../range.h"
#include "../sequence.h"

namespace parlay {
namespace internal {

/* How many elements one thread takes one after another where each is a few instructions. */
inline constexpr size_t block_length = fine_grained ? 1 : 2048;

inline size_t blocks_of(size_t n) { return (n + block_length - 1) / block_length; }

/* in[low] + ... + in[high - 1] in this order, for low < high. */
template <typename T, typename It, typename M>
T reduce_in_order(It in, size_t low, size_t high, M& m) {
  T sum(in[static_cast<ptrdiff_t>(low)]);
  for (size_t i = low + 1; i < high; i++) sum = combine(m, std::move(sum), in[static_cast<ptrdiff_t>(i)]);
  return sum;
}

template <typename T, typename It, typename M>
T reduce_as_tree(It in, size_t low, size_t high, M& m) {
  if (high - low == 1) return T(in[static_cast<ptrdiff_t>(low)]);
  const size_t middle = low + (high - low) / 2;
  std::optional<T> left;
  std::optional<T> right;
  par_do([&] { left.emplace(reduce_as_tree<T>(in, low, middle, m)); },
         [&] { right.emplace(reduce_as_tree<T>(in, middle, high, m)); });
  return combine(m, std::move(*left), std::move(*right));
}

template <typename T, typename It, typename M>
T reduce_elements(It in, size_t n, M& m) {
  if (n == 0) return m.identity;
  if constexpr (fine_grained) {
    return reduce_as_tree<T>(in, 0, n, m);
  } else {
    if (n <= block_length) return reduce_in_order<T>(in, 0, n, m);
    const size_t blocks = blocks_of(n);
    auto sums = sequence<T>::from_function(blocks, [=, &m](size_t block) {
      const size_t low = block * block_length;
      return reduce_in_order<T>(in, low, low + block_length < n ? low + block_length : n, m);
    });
    return reduce_in_order<T>(sums.begin(), 0, blocks, m);
  }
}

}  // namespace internal

/* The elements of r combined by an associative operation, in order; the identity if there are none. */
template <typename R, typename M>
auto reduce(R&& r, M&& m) {
  if constexpr (internal::is_block_delayed_v<R>) {
    return parlay::reduce(r.computed(), m);
  } else {
    return internal::reduce_elements<internal::monoid_value_t<M>>(std::begin(r), parlay::size(r), m);
  }
}
template <typename R>
auto reduce(R&& r) {
  if constexpr (internal::is_block_delayed_v<R>) {
    return parlay::reduce(r.computed());
  } else {
    return parlay::reduce(r, plus<range_value_type_t<R>>());
  }
}

}  // namespace parlay

#endif
