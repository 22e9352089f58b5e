/* Views of ranges (https://cmuparlay.github.io/parlaylib/datatypes/slice.html). */
#ifndef PARLAY_SLICE_H_
#define PARLAY_SLICE_H_

#include "range.h"

namespace parlay {

/* The elements of [begin, end), which belong to somebody else. */
template <typename It, typename S = It>
struct slice {
  using iterator = It;
  using const_iterator = It;
  using sentinel = S;
  using value_type = typename std::iterator_traits<It>::value_type;
  using reference = decltype(*std::declval<It&>());
  using difference_type = ptrdiff_t;
  using size_type = size_t;

  slice(It begin, S end) : begin_(begin), end_(end) {}

  decltype(auto) operator[](size_t i) const { return begin_[static_cast<ptrdiff_t>(i)]; }
  size_t size() const { return static_cast<size_t>(end_ - begin_); }
  bool empty() const { return begin_ == end_; }
  It begin() const { return begin_; }
  S end() const { return end_; }
  decltype(auto) front() const { return *begin_; }
  decltype(auto) back() const { return begin_[static_cast<ptrdiff_t>(size()) - 1]; }

  slice<It, It> cut(size_t from, size_t to) const {
    return {begin_ + static_cast<ptrdiff_t>(from), begin_ + static_cast<ptrdiff_t>(to)};
  }
  slice<It, It> head(size_t count) const { return cut(0, count); }
  slice<It, It> tail(size_t count) const { return cut(size() - count, size()); }
  slice<std::reverse_iterator<It>, std::reverse_iterator<It>> rcut(size_t from, size_t to) const {
    return {std::make_reverse_iterator(end_ - static_cast<ptrdiff_t>(from)),
            std::make_reverse_iterator(end_ - static_cast<ptrdiff_t>(to))};
  }

  /* Whether both are of the same elements, not whether those are equal. */
  friend bool operator==(const slice& a, const slice& b) { return a.begin_ == b.begin_ && a.end_ == b.end_; }
  friend bool operator!=(const slice& a, const slice& b) { return !(a == b); }

 private:
  It begin_;
  S end_;
};

template <typename It, typename S>
slice<It, S> make_slice(It begin, S end) {
  return {begin, end};
}

template <typename R>
auto make_slice(R&& r) -> slice<range_iterator_type_t<R>, range_sentinel_type_t<R>> {
  return {std::begin(r), std::end(r)};
}

}  // namespace parlay

#endif
