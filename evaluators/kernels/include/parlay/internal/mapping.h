/* Making sequences of functions and of other ranges: tabulate, map, zip, flatten, append, reverse, rotate, copy. */
#ifndef PARLAY_INTERNAL_MAPPING_H_
#define PARLAY_INTERNAL_MAPPING_H_

#include <tuple>

#include "../delayed_sequence.h"
#include "scan.h"

namespace parlay {

/* f(0), ..., f(n - 1) */
template <typename F>
auto tabulate(size_t n, F&& f, size_t granularity = 0) {
  using T = std::decay_t<std::invoke_result_t<F&, size_t>>;
  return sequence<T>::from_function(n, f, granularity);
}
template <typename T, typename F>
sequence<T> tabulate(size_t n, F&& f, size_t granularity = 0) {
  return sequence<T>::from_function(n, f, granularity);
}

/* f of each element */
template <typename R, typename F>
auto map(R&& r, F&& f, size_t granularity = 0) {
  if constexpr (internal::is_block_delayed_v<R>) {
    return parlay::map(r.computed(), f, granularity);
  } else {
    auto in = std::begin(r);
    using T = std::decay_t<decltype(f(*in))>;
    return sequence<T>::from_function(
        parlay::size(r), [in, &f](size_t i) -> decltype(auto) { return f(in[static_cast<ptrdiff_t>(i)]); },
        granularity);
  }
}

/* Calls f with each element, which it may change. */
template <typename R, typename F>
void for_each(R&& r, F&& f, long granularity = 0) {
  if constexpr (internal::is_block_delayed_v<R>) {
    return parlay::for_each(r.computed(), f, granularity);
  } else {
    auto in = std::begin(r);
    parallel_for(
        0, parlay::size(r), [in, &f](size_t i) { f(in[static_cast<ptrdiff_t>(i)]); }, granularity);
  }
}

/* Assigns the elements of one range to those of another, which is at least as long. */
template <typename R, typename Out>
void copy(const R& in, Out&& out) {
  auto from = std::begin(in);
  auto to = std::begin(out);
  internal::cheap_for(parlay::size(in), [from, to](size_t i) {
    const ptrdiff_t k = static_cast<ptrdiff_t>(i);
    to[k] = from[k];
  });
}

namespace internal {

template <typename R, typename... Rest>
size_t shortest(const R& r, const Rest&... rest) {
  if constexpr (sizeof...(Rest) == 0) {
    return parlay::size(r);
  } else {
    const size_t other = shortest(rest...);
    return parlay::size(r) < other ? parlay::size(r) : other;
  }
}

}  // namespace internal

namespace internal {

/* Calls f(data, n) with r's elements in consecutive memory: where they are, or copies. */
template <typename R, typename F>
auto with_elements(R&& r, const F& f) {
  if constexpr (is_address<range_iterator_type_t<R>>::value) {
    const size_t n = parlay::size(r);
    const range_value_type_t<R>* const data = n > 0 ? &*std::begin(r) : nullptr;
    return f(data, n);
  } else {
    const auto copies = parlay::tabulate(parlay::size(r), [in = std::begin(r)](size_t i) {
      return range_value_type_t<R>(in[static_cast<ptrdiff_t>(i)]);
    });
    return f(copies.data(), copies.size());
  }
}

}  // namespace internal

/* Tuples of the elements at the same place of each range, as many as the shortest has. */
template <typename... Rs>
auto zip(Rs&&... rs) {
  using T = std::tuple<range_value_type_t<Rs>...>;
  return sequence<T>::from_function(internal::shortest(rs...),
                                    [&](size_t i) { return T(std::begin(rs)[static_cast<ptrdiff_t>(i)]...); });
}

/* The elements of the ranges that are r's elements, one range after another. Those of an rvalue are moved. */
template <typename R>
auto flatten(R&& r) {
  if constexpr (!std::is_reference_v<range_reference_type_t<R>>) {
    return parlay::flatten(parlay::map(r, [](auto&& inner) { return std::forward<decltype(inner)>(inner); }));
  } else {
    using Inner = range_value_type_t<R>;
    using T = range_value_type_t<Inner>;
    auto outer = std::begin(r);
    const size_t n = parlay::size(r);
    auto offsets = sequence<size_t>::uninitialized(n);
    size_t* begin = offsets.data();
    internal::cheap_for(n, [=](size_t i) { begin[i] = parlay::size(outer[static_cast<ptrdiff_t>(i)]); });
    const size_t total = scan_inplace(offsets);
    auto flat = sequence<T>::uninitialized(total);
    T* out = flat.data();
    parallel_for(0, n, [=](size_t i) {
      auto&& inner = outer[static_cast<ptrdiff_t>(i)];
      const size_t length = parlay::size(inner);
      if constexpr (std::is_same_v<R, sequence<sequence<T>>>) {
        if constexpr (internal::is_plain_v<T>) {
          internal::make_copies(out + begin[i], inner.data(), length);
        } else {
          internal::make_copies(out + begin[i], std::make_move_iterator(inner.begin()), length);
        }
      } else {
        internal::make_copies(out + begin[i], std::begin(inner), length);
      }
    });
    return flat;
  }
}

/* The elements of one range and then those of another. */
template <typename R1, typename R2>
auto append(R1&& first, R2&& second) {
  using T = range_value_type_t<R1>;
  const size_t n = parlay::size(first);
  const size_t m = parlay::size(second);
  auto both = sequence<T>::uninitialized(n + m);
  internal::make_copies(both.data(), std::begin(first), n);
  internal::make_copies(both.data() + n, std::begin(second), m);
  return both;
}

template <typename R>
auto reverse(R&& r) {
  auto in = std::begin(r);
  const size_t n = parlay::size(r);
  return sequence<range_value_type_t<R>>::from_function(
      n, [in, n](size_t i) -> decltype(auto) { return in[static_cast<ptrdiff_t>(n - 1 - i)]; });
}

template <typename R>
void reverse_inplace(R&& r) {
  auto in = std::begin(r);
  const size_t n = parlay::size(r);
  internal::cheap_for(n / 2, [in, n](size_t i) {
    using std::swap;
    swap(in[static_cast<ptrdiff_t>(i)], in[static_cast<ptrdiff_t>(n - 1 - i)]);
  });
}

/* The elements from place t on, then those before it. */
template <typename R>
auto rotate(R&& r, size_t t) {
  auto in = std::begin(r);
  const size_t n = parlay::size(r);
  if (n > 0) t %= n;
  return sequence<range_value_type_t<R>>::from_function(
      n, [in, n, t](size_t i) -> decltype(auto) { return in[static_cast<ptrdiff_t>(i + t < n ? i + t : i + t - n)]; });
}

}  // namespace parlay

#endif
