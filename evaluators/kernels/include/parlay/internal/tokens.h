/* Splitting ranges: at flags, and into words. */
#ifndef PARLAY_INTERNAL_TOKENS_H_
#define PARLAY_INTERNAL_TOKENS_H_

#include "filter.h"
#include "mapping.h"

namespace parlay {
namespace internal {

/* f of each of `count` slices: its values, or nothing where it returns none. */
template <typename SliceAt, typename F>
auto map_slices(size_t count, const SliceAt& slice_at, F& f) {
  if constexpr (std::is_void_v<decltype(f(slice_at(0)))>) {
    parallel_for(0, count, [&](size_t k) { f(slice_at(k)); });
  } else {
    return parlay::tabulate(count, [&](size_t k) { return f(slice_at(k)); });
  }
}

struct is_white {
  bool operator()(char c) const { return c == ' ' || (c >= '\t' && c <= '\r'); }
};

struct slice_to_sequence {
  template <typename S>
  auto operator()(const S& elements) const {
    return parlay::to_sequence(elements);
  }
};

}  // namespace internal

/* f of each word of r, the longest runs without an element for which is_space is true, as a slice. */
template <typename R, typename F, typename IsSpace>
auto map_tokens(R&& r, F&& f, IsSpace&& is_space) {
  auto in = std::begin(r);
  const size_t n = parlay::size(r);
  const auto space = parlay::tabulate(
      n, [in, &is_space](size_t i) -> unsigned char { return is_space(in[static_cast<ptrdiff_t>(i)]) ? 1 : 0; });
  const unsigned char* const blank = space.data();
  const auto ends = parlay::pack_index(
      delayed_tabulate(n + 1, [blank, n](size_t i) { return (i == 0 || blank[i - 1]) != (i == n || blank[i]); }));
  const size_t* const end = ends.data();
  return internal::map_slices(
      ends.size() / 2,
      [in, end](size_t k) {
        return parlay::make_slice(in + static_cast<ptrdiff_t>(end[2 * k]), in + static_cast<ptrdiff_t>(end[2 * k + 1]));
      },
      f);
}
template <typename R, typename F>
auto map_tokens(R&& r, F&& f) {
  return parlay::map_tokens(r, f, internal::is_white());
}

/* The words of r, copied. */
template <typename R, typename IsSpace>
auto tokens(R&& r, IsSpace&& is_space) {
  return parlay::map_tokens(r, internal::slice_to_sequence(), is_space);
}
template <typename R>
auto tokens(R&& r) {
  return parlay::tokens(r, internal::is_white());
}

/* f of each part of r between elements whose flag is true, as a slice; parts may be empty. */
template <typename R, typename Flags, typename F>
auto map_split_at(R&& r, Flags&& flags, F&& f) {
  auto in = std::begin(r);
  const size_t n = parlay::size(r);
  const auto cuts = parlay::pack_index(flags);
  return internal::map_slices(
      cuts.size() + 1,
      [&, in, n](size_t k) {
        const size_t begin = k == 0 ? 0 : cuts[k - 1] + 1;
        const size_t end = k < cuts.size() ? cuts[k] : n;
        return parlay::make_slice(in + static_cast<ptrdiff_t>(begin), in + static_cast<ptrdiff_t>(end));
      },
      f);
}

/* These parts, copied. */
template <typename R, typename Flags>
auto split_at(R&& r, Flags&& flags) {
  return parlay::map_split_at(r, flags, internal::slice_to_sequence());
}

}  // namespace parlay

#endif
