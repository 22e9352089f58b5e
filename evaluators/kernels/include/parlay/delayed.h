/* Operations whose results are computed when they are used
 * (https://cmuparlay.github.io/parlaylib/algorithms/delayed.html).
 *
 *
 * map, zip and their kin of random-access ranges have random access; all other results are block-delayed, to be used by
 * another delayed operation or by to_sequence, reduce or for_each. Arguments that are lvalues are referred to.
 */
#ifndef PARLAY_DELAYED_H_
#define PARLAY_DELAYED_H_

#include <optional>

#include "internal/block_delayed.h"
#include "internal/filter.h"

namespace parlay {

namespace internal {

template <typename M, typename = void>
struct has_identity : std::false_type {};
template <typename M>
struct has_identity<M, std::void_t<decltype(std::declval<M&>().identity)>> : std::true_type {};

/* f as a monoid: with its own identity, or the default value of T. */
template <typename T, typename F>
auto as_monoid(F&& f) {
  if constexpr (has_identity<std::decay_t<F>>::value) {
    return std::decay_t<F>(std::forward<F>(f));
  } else {
    return binary_op(std::forward<F>(f), T());
  }
}

struct dereference {
  template <typename T>
  T& operator()(T* pointer) const {
    return *pointer;
  }
};

/* What f(element) has, for the elements where it has something, gathered by block. */
template <typename T, typename R, typename F>
auto gather(R& r, F&& f) {
  auto kept = sequence<sequence<T>>(blocks_of(parlay::size(r)));
  sequence<T>* const out = kept.data();
  for_each_block(r, [out, &f](size_t block, auto& walker, size_t count) {
    sequence<T> here;
    here.reserve(count);
    for (size_t i = 0; i < count; i++) {
      auto given = f(walker.next());
      if (given) here.push_back(std::move(*given));
    }
    out[block].append(std::make_move_iterator(here.begin()), std::make_move_iterator(here.end()));
  });
  return flattened_blocks<sequence<sequence<T>>>(std::move(kept));
}

}  // namespace internal

namespace delayed {

using parlay::internal::is_block_delayed_v;

/* f(0), ..., f(n - 1) */
template <typename F>
auto tabulate(size_t n, F f) {
  return delayed_tabulate(n, std::move(f));
}
template <typename T, typename F>
auto tabulate(size_t n, F f) {
  return delayed_tabulate<T>(n, std::move(f));
}

template <typename R, typename F>
auto map(R&& r, F f) {
  if constexpr (is_block_delayed_v<R>) {
    return internal::mapped_blocks<R, F>(std::forward<R>(r), std::move(f));
  } else {
    return delayed_map(std::forward<R>(r), std::move(f));
  }
}

/* Tuples of the ranges' elements, as many as the shortest range has. */
template <typename... Rs>
auto zip(Rs&&... rs) {
  if constexpr ((is_block_delayed_v<Rs> || ...)) {
    return internal::zipped_blocks<Rs...>(std::forward<Rs>(rs)...);
  } else {
    const size_t n = internal::shortest(rs...);
    using Values = std::tuple<range_value_type_t<Rs>...>;
    using References = std::tuple<range_reference_type_t<Rs>...>;
    auto element = [held = std::make_tuple(internal::held_range<Rs>(std::forward<Rs>(rs))...)](size_t i) {
      return std::apply(
          [i](const auto&... range) { return References{std::begin(range.get())[static_cast<ptrdiff_t>(i)]...}; },
          held);
    };
    return delayed_tabulate<References, Values>(n, std::move(element));
  }
}

/* f of the elements at the same place of each range. */
template <typename F, typename... Rs>
auto zip_with(F f, Rs&&... rs) {
  return delayed::map(delayed::zip(std::forward<Rs>(rs)...), [f = std::move(f)](auto&& elements) -> decltype(auto) {
    return std::apply(f, std::forward<decltype(elements)>(elements));
  });
}

/* (i, element i) */
template <typename R>
auto enumerate(R&& r) {
  const size_t n = parlay::size(r);
  return delayed::zip(parlay::iota(n), std::forward<R>(r));
}

/* The prefix sums, without and with each element, the former with the total. */
template <typename R, typename F>
auto scan(R&& r, F&& f) {
  auto m = internal::as_monoid<internal::value_of_t<R>>(std::forward<F>(f));
  using T = internal::monoid_value_t<decltype(m)>;
  internal::scanned_blocks<false, T, R, decltype(m)> sums(std::forward<R>(r), std::move(m));
  T total = sums.total();
  return std::make_pair(std::move(sums), std::move(total));
}
template <typename R>
auto scan(R&& r) {
  return delayed::scan(std::forward<R>(r), plus<internal::value_of_t<R>>());
}
template <typename R, typename F, typename T>
auto scan(R&& r, F&& f, T identity) {
  return delayed::scan(std::forward<R>(r), binary_op(std::forward<F>(f), std::move(identity)));
}
template <typename R, typename F>
auto scan_inclusive(R&& r, F&& f) {
  auto m = internal::as_monoid<internal::value_of_t<R>>(std::forward<F>(f));
  using T = internal::monoid_value_t<decltype(m)>;
  return internal::scanned_blocks<true, T, R, decltype(m)>(std::forward<R>(r), std::move(m));
}
template <typename R>
auto scan_inclusive(R&& r) {
  return delayed::scan_inclusive(std::forward<R>(r), plus<internal::value_of_t<R>>());
}
template <typename R, typename F, typename T>
auto scan_inclusive(R&& r, F&& f, T identity) {
  return delayed::scan_inclusive(std::forward<R>(r), binary_op(std::forward<F>(f), std::move(identity)));
}

/* The elements of r, computed. */
template <typename R>
auto to_sequence(R&& r) {
  return internal::collect<internal::value_of_t<R>>(r);
}
template <typename T, typename R>
auto to_sequence(R&& r) {
  return internal::collect<T>(r);
}

/* The elements of the ranges in r. Ranges that r computes are computed once and kept. */
template <typename R>
auto flatten(R&& r) {
  if constexpr (is_block_delayed_v<R>) {
    return delayed::flatten(delayed::to_sequence(r));
  } else if constexpr (std::is_reference_v<range_reference_type_t<R>>) {
    return internal::flattened_blocks<R>(std::forward<R>(r));
  } else {
    return delayed::flatten(parlay::map(r, [](auto&& inner) { return std::forward<decltype(inner)>(inner); }));
  }
}

/* What the optionals f gives have. f is called once for each element, now. */
template <typename R, typename F>
auto map_maybe(R&& r, F&& f) {
  using Optional = std::decay_t<decltype(f(std::declval<internal::element_of_t<std::remove_reference_t<R>>>()))>;
  return internal::gather<typename Optional::value_type>(r, f);
}
template <typename R, typename F>
auto filter_op(R&& r, F&& f) {
  return delayed::map_maybe(std::forward<R>(r), std::forward<F>(f));
}

/* The elements for which f is true: references where r's are, else values. f is called once for each, now. */
template <typename R, typename F>
auto filter(R&& r, F&& f) {
  using Element = internal::element_of_t<std::remove_reference_t<R>>;
  if constexpr (std::is_lvalue_reference_v<Element> && std::is_lvalue_reference_v<R>) {
    using Pointer = std::remove_reference_t<Element>*;
    auto pointers = internal::gather<Pointer>(r, [&f](Element element) {
      return f(element) ? std::optional<Pointer>(__builtin_addressof(element)) : std::nullopt;
    });
    return delayed::map(std::move(pointers), internal::dereference());
  } else {
    using Value = internal::value_of_t<R>;
    return internal::gather<Value>(r, [&f](Element&& element) {
      return f(element) ? std::optional<Value>(std::forward<Element>(element)) : std::nullopt;
    });
  }
}

/* The elements of r combined. */
template <typename R, typename F>
auto reduce(R&& r, F&& f) {
  const auto m = internal::as_monoid<internal::value_of_t<R>>(std::forward<F>(f));
  using T = internal::monoid_value_t<decltype(m)>;
  if constexpr (is_block_delayed_v<R>) {
    const auto sums = internal::block_sums<T>(r, m);
    return internal::reduce_elements<T>(sums.begin(), sums.size(), m);
  } else {
    return parlay::reduce(r, m);
  }
}
template <typename R>
auto reduce(R&& r) {
  return delayed::reduce(r, plus<internal::value_of_t<R>>());
}
template <typename R, typename F, typename T>
auto reduce(R&& r, F&& f, T identity) {
  return delayed::reduce(r, binary_op(std::forward<F>(f), std::move(identity)));
}

/* Calls f with each element. */
template <typename R, typename F>
void for_each(R&& r, F&& f) {
  if constexpr (is_block_delayed_v<R>) {
    internal::for_each_block(r, [&f](size_t, auto& walker, size_t count) {
      for (size_t i = 0; i < count; i++) f(walker.next());
    });
  } else {
    parlay::for_each(r, f);
  }
}
template <typename R, typename F>
void apply(R&& r, F&& f) {
  delayed::for_each(r, f);
}

using parlay::size;

}  // namespace delayed

namespace block_delayed = delayed;

/* Names of earlier versions. */
template <typename R1, typename R2>
auto delayed_zip(R1&& r1, R2&& r2) {
  using Pair = std::pair<range_value_type_t<R1>, range_value_type_t<R2>>;
  return delayed::zip_with([](const auto& a, const auto& b) { return Pair(a, b); }, std::forward<R1>(r1),
                           std::forward<R2>(r2));
}

}  // namespace parlay

#endif
