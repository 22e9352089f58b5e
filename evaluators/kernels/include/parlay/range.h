/* Ranges: what has a begin and an end with random access, such as sequences, slices, delayed sequences, std::vector. */
#ifndef PARLAY_RANGE_H_
#define PARLAY_RANGE_H_

#include <stddef.h>

#include <iterator>
#include <type_traits>
#include <utility>

namespace parlay {

template <typename R>
using range_iterator_type_t = decltype(std::begin(std::declval<R&>()));
template <typename R>
using range_sentinel_type_t = decltype(std::end(std::declval<R&>()));
template <typename R>
using range_value_type_t = typename std::iterator_traits<range_iterator_type_t<R>>::value_type;
template <typename R>
using range_reference_type_t = decltype(*std::begin(std::declval<R&>()));

template <typename T, typename = void>
struct is_random_access_range : std::false_type {};
template <typename T>
struct is_random_access_range<
    T, std::void_t<range_iterator_type_t<T>,
                   std::enable_if_t<
                       std::is_base_of_v<std::random_access_iterator_tag,
                                         typename std::iterator_traits<range_iterator_type_t<T>>::iterator_category>>>>
    : std::true_type {};
template <typename T>
inline constexpr bool is_random_access_range_v = is_random_access_range<T>::value;

namespace internal {

/* Whether R is a delayed range without random access (internal/block_delayed.h). */
template <typename R, typename = void>
struct is_block_delayed : std::false_type {};
template <typename R>
struct is_block_delayed<R, std::void_t<typename R::block_delayed>> : std::true_type {};
template <typename R>
inline constexpr bool is_block_delayed_v = is_block_delayed<std::decay_t<R>>::value;

}  // namespace internal

/* How many elements a range has. */
template <typename R>
size_t size(const R& r) {
  if constexpr (internal::is_block_delayed_v<R>) {
    return r.size();
  } else {
    return static_cast<size_t>(std::end(r) - std::begin(r));
  }
}

/* size as a function object. */
struct size_of {
  template <typename R>
  size_t operator()(const R& r) const {
    return parlay::size(r);
  }
};

}  // namespace parlay

#endif
