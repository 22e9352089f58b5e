/* Delayed ranges without random access: elements of a block are computed one after another from where the block begins.
 *
 * S. Westrick, M. Rainey, D. Anderson, G. Blelloch: Parallel block-delayed sequences, PPoPP 2022. A block-delayed
 * range has size(), value_type, and walk(k), for k a multiple of the block length: a walker whose next() gives element
 * k, then k + 1 and so on. Random-access ranges are walked by their iterators.
 */
#ifndef PARLAY_INTERNAL_BLOCK_DELAYED_H_
#define PARLAY_INTERNAL_BLOCK_DELAYED_H_

#include "../delayed_sequence.h"
#include "mapping.h"
#include "scan.h"

namespace parlay {
namespace internal {

template <typename It>
struct iterator_walker {
  It place;
  decltype(auto) next() { return *place++; }
};
template <typename T, typename V, typename F>
struct iterator_walker<delayed_iterator<T, V, F>> {
  delayed_iterator<T, V, F> place;
  T next() {
    const auto here = place;
    ++place;
    return *here;
  }
};

template <typename R>
auto walk(const R& r, size_t from) {
  if constexpr (is_block_delayed_v<R>) {
    return r.walk(from);
  } else {
    return iterator_walker<decltype(std::begin(r))>{std::begin(r) + static_cast<ptrdiff_t>(from)};
  }
}
template <typename R, typename = std::enable_if_t<!is_block_delayed_v<R>>>
auto walk(R& r, size_t from) {
  return iterator_walker<decltype(std::begin(r))>{std::begin(r) + static_cast<ptrdiff_t>(from)};
}

template <typename R>
using walker_of = decltype(walk(std::declval<R&>(), size_t{0}));
template <typename R>
using element_of_t = decltype(std::declval<walker_of<R>&>().next());
template <typename R, bool block_delayed = is_block_delayed_v<R>>
struct value_of {
  using type = range_value_type_t<R>;
};
template <typename R>
struct value_of<R, true> {
  using type = typename std::decay_t<R>::value_type;
};
template <typename R>
using value_of_t = typename value_of<std::remove_reference_t<R>>::type;

/* Calls f(block, walker, count) for each block of r in parallel. */
template <typename R, typename F>
void for_each_block(R& r, const F& f) {
  const size_t n = parlay::size(r);
  parallel_for(0, blocks_of(n), [&r, &f, n](size_t block) {
    const size_t from = block * block_length;
    auto walker = walk(r, from);
    f(block, walker, n - from < block_length ? n - from : block_length);
  });
}

template <typename T, typename R>
sequence<T> collect(R& r) {
  auto made = sequence<T>::uninitialized(parlay::size(r));
  T* const out = made.data();
  for_each_block(r, [out](size_t block, auto& walker, size_t count) {
    T* const here = out + block * block_length;
    for (size_t i = 0; i < count; i++) ::new (static_cast<void*>(here + i)) T(walker.next());
  });
  return made;
}

/* The sum of each block. */
template <typename T, typename R, typename M>
sequence<T> block_sums(R& r, M& m) {
  auto sums = sequence<T>::uninitialized(blocks_of(parlay::size(r)));
  T* const out = sums.data();
  for_each_block(r, [out, &m](size_t block, auto& walker, size_t count) {
    T sum(walker.next());
    for (size_t i = 1; i < count; i++) sum = combine(m, std::move(sum), walker.next());
    ::new (static_cast<void*>(out + block)) T(std::move(sum));
  });
  return sums;
}

/* What all block-delayed ranges have: the mark, and what primitives that want random access ask for. */
template <typename Range>
struct block_delayed_range {
  using block_delayed = void;

  auto computed() const {
    const Range& self = static_cast<const Range&>(*this);
    return collect<typename Range::value_type>(self);
  }
};

template <typename R, typename F>
class mapped_blocks : public block_delayed_range<mapped_blocks<R, F>> {
 public:
  mapped_blocks(R&& r, F f) : held_(std::forward<R>(r)), f_(std::move(f)) {}

  struct walker {
    walker_of<std::remove_reference_t<R>> inner;
    const F* f;
    decltype(auto) next() { return (*f)(inner.next()); }
  };
  using value_type = std::decay_t<decltype(std::declval<walker&>().next())>;

  size_t size() const { return parlay::size(held_.get()); }
  walker walk(size_t from) const { return {internal::walk(held_.get(), from), &*f_}; }

 private:
  held_range<R> held_;
  assignable<F> f_;
};

template <bool inclusive, typename T, typename R, typename M>
class scanned_blocks : public block_delayed_range<scanned_blocks<inclusive, T, R, M>> {
 public:
  using value_type = T;

  scanned_blocks(R&& r, M m) : held_(std::forward<R>(r)), m_(std::move(m)), total_((*m_).identity) {
    before_ = block_sums<T>(held_.get(), *m_);
    total_ = scan_elements<false, false, T>(before_.begin(), before_.begin(), before_.size(), *m_);
  }

  struct walker {
    walker_of<std::remove_reference_t<R>> inner;
    const M* m;
    T sum;
    T next() {
      if constexpr (inclusive) {
        sum = combine(*m, std::move(sum), inner.next());
        return sum;
      } else {
        T before = sum;
        sum = combine(*m, std::move(sum), inner.next());
        return before;
      }
    }
  };

  size_t size() const { return parlay::size(held_.get()); }
  walker walk(size_t from) const { return {internal::walk(held_.get(), from), &*m_, before_[from / block_length]}; }
  const T& total() const { return total_; }

 private:
  held_range<R> held_;
  assignable<M> m_;
  sequence<T> before_;
  T total_;
};

/* The elements of the ranges in `outer`, a random-access range that does not compute them anew. */
template <typename R>
class flattened_blocks : public block_delayed_range<flattened_blocks<R>> {
  using outer_type = std::remove_reference_t<R>;
  using inner_type = std::remove_reference_t<range_reference_type_t<outer_type>>;

 public:
  using value_type = range_value_type_t<inner_type>;

  explicit flattened_blocks(R&& outer) : held_(std::forward<R>(outer)) {
    auto ranges = std::begin(held_.get());
    const size_t n = parlay::size(held_.get());
    offsets_ = sequence<size_t>::uninitialized(n);
    size_t* const offset = offsets_.data();
    cheap_for(n, [=](size_t i) { offset[i] = parlay::size(ranges[static_cast<ptrdiff_t>(i)]); });
    size_ = scan_inplace(offsets_);
  }

  struct walker {
    decltype(std::begin(std::declval<outer_type&>())) range;
    range_iterator_type_t<inner_type> place;
    range_iterator_type_t<inner_type> end;
    decltype(auto) next() {
      while (place == end) {
        ++range;
        place = std::begin(*range);
        end = std::end(*range);
      }
      return *place++;
    }
  };

  size_t size() const { return size_; }
  walker walk(size_t from) const {
    const size_t after = partition_point_of(offsets_, [from](size_t offset) { return offset <= from; });
    auto range = std::begin(held_.get()) + static_cast<ptrdiff_t>(after - 1);
    return {range, std::begin(*range) + static_cast<ptrdiff_t>(from - offsets_[after - 1]), std::end(*range)};
  }

 private:
  template <typename Before>
  static size_t partition_point_of(const sequence<size_t>& sorted, const Before& before) {
    size_t low = 0;
    size_t high = sorted.size();
    while (low < high) {
      const size_t middle = low + (high - low) / 2;
      if (before(sorted[middle])) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  held_range<R> held_;
  sequence<size_t> offsets_;
  size_t size_ = 0;
};

template <typename... Rs>
class zipped_blocks : public block_delayed_range<zipped_blocks<Rs...>> {
 public:
  explicit zipped_blocks(Rs&&... rs) : held_(held_range<Rs>(std::forward<Rs>(rs))...) {}

  struct walker {
    std::tuple<walker_of<std::remove_reference_t<Rs>>...> inner;
    auto next() {
      return std::apply(
          [](auto&... walkers) { return std::tuple<element_of_t<std::remove_reference_t<Rs>>...>{walkers.next()...}; },
          inner);
    }
  };
  using value_type = std::tuple<value_of_t<Rs>...>;

  size_t size() const {
    return std::apply(
        [](const auto&... held) {
          size_t least = static_cast<size_t>(-1);
          ((least = parlay::size(held.get()) < least ? parlay::size(held.get()) : least), ...);
          return least;
        },
        held_);
  }
  walker walk(size_t from) const {
    return std::apply([from](const auto&... held) { return walker{{internal::walk(held.get(), from)...}}; }, held_);
  }

 private:
  std::tuple<held_range<Rs>...> held_;
};

}  // namespace internal
}  // namespace parlay

#endif
