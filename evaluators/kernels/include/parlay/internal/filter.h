/* Choosing elements: pack, filter and what is made of them. Order is kept.
 *
 * The choice is made once for each element and noted in a byte, since predicates may have effects (a compare and swap
 * that claims a vertex); then the chosen are counted by piece and written where they belong.
 */
#ifndef PARLAY_INTERNAL_FILTER_H_
#define PARLAY_INTERNAL_FILTER_H_

#include <functional>

#include "scan.h"

namespace parlay {
namespace internal {

/* Elements in a piece. Within it no code but ours runs, except where a choice is made or an element is more than bytes:
 * the fine-grained builds need no branch an element to find what could race. */
inline constexpr size_t piece_length = fine_grained ? 32 : block_length;

inline size_t pieces_of(size_t n) { return (n + piece_length - 1) / piece_length; }
inline size_t end_of_piece(size_t piece, size_t n) {
  return (piece + 1) * piece_length < n ? (piece + 1) * piece_length : n;
}

PARLAY_INTERNAL_UNWATCHED inline size_t count_chosen(const unsigned char* chosen, size_t low, size_t high) {
  size_t count = 0;
  for (size_t i = low; i < high; i++) count += chosen[i];
  return count;
}

/* Which of n elements are chosen, and how many before each piece. */
struct choice {
  sequence<unsigned char> chosen;
  sequence<size_t> before;
  size_t total;
};

template <typename Chooses>
choice choose(size_t n, const Chooses& chooses) {
  choice made = {sequence<unsigned char>::uninitialized(n), {}, 0};
  unsigned char* chosen = made.chosen.data();
  if constexpr (fine_grained) parallel_for(0, n, [&, chosen](size_t i) { chosen[i] = chooses(i) ? 1 : 0; });
  made.before = sequence<size_t>::from_function(pieces_of(n), [&, chosen, n](size_t piece) {
    const size_t low = piece * piece_length;
    const size_t high = end_of_piece(piece, n);
    if constexpr (!fine_grained) {
      for (size_t i = low; i < high; i++) chosen[i] = chooses(i) ? 1 : 0;
    }
    return count_chosen(chosen, low, high);
  });
  plus<size_t> sum;
  made.total = scan_elements<false, false, size_t>(made.before.begin(), made.before.begin(), made.before.size(), sum);
  return made;
}

/* Writes element(i) for each chosen i to fresh memory. With `cheap` the others may be computed, too. */
template <bool cheap, typename T, typename Element>
void write_chosen(const choice& made, const Element& element, T* out) {
  const size_t n = made.chosen.size();
  const size_t pieces = made.before.size();
  const size_t total = made.total;
  const size_t* before = made.before.data();
  const unsigned char* chosen = made.chosen.data();
  if constexpr (fine_grained && !(cheap && is_plain_v<T>)) {
    auto places = sequence<size_t>::uninitialized(n);
    size_t* place = places.data();
    parallel_for(0, pieces, [=](size_t piece) {
      size_t k = before[piece];
      for (size_t i = piece * piece_length; i < end_of_piece(piece, n); i++) {
        place[i] = k;
        k += chosen[i];
      }
    });
    parallel_for(0, n, [&, out, chosen, place](size_t i) {
      if (chosen[i]) ::new (static_cast<void*>(out + place[i])) T(element(i));
    });
  } else {
    parallel_for(0, pieces, [&, out, chosen, before, pieces, total](size_t piece) {
      const size_t end = piece + 1 < pieces ? before[piece + 1] : total;
      size_t i = piece * piece_length;
      for (size_t k = before[piece]; k < end; i++) {
        if constexpr (cheap && is_plain_v<T>) {
          out[k] = element(i);
          k += chosen[i];
        } else {
          if (chosen[i]) ::new (static_cast<void*>(out + k++)) T(element(i));
        }
      }
    });
  }
}

template <bool cheap, typename T, typename Chooses, typename Element>
sequence<T> pack_elements(size_t n, const Chooses& chooses, const Element& element) {
  const choice made = choose(n, chooses);
  auto kept = sequence<T>::uninitialized(made.total);
  write_chosen<cheap>(made, element, kept.data());
  return kept;
}

/* i -> in[i]; reading it again costs nothing where it is in memory. */
template <typename It>
auto element_of(It in) {
  return [in](size_t i) -> decltype(auto) { return in[static_cast<ptrdiff_t>(i)]; };
}
template <typename R>
inline constexpr bool in_memory = std::is_reference_v<range_reference_type_t<R>>;

}  // namespace internal

/* The elements of r where flags are true. */
template <typename R, typename Flags>
auto pack(R&& r, Flags&& flags) {
  auto in = internal::element_of(std::begin(r));
  auto chosen = internal::element_of(std::begin(flags));
  const size_t n = parlay::size(r) < parlay::size(flags) ? parlay::size(r) : parlay::size(flags);
  return internal::pack_elements<internal::in_memory<R>, range_value_type_t<R>>(
      n, [&](size_t i) { return static_cast<bool>(chosen(i)); }, in);
}

/* The indices where flags are true. */
template <typename Index, typename Flags>
sequence<Index> pack_index(Flags&& flags) {
  auto chosen = internal::element_of(std::begin(flags));
  return internal::pack_elements<true, Index>(
      parlay::size(flags), [&](size_t i) { return static_cast<bool>(chosen(i)); },
      [](size_t i) { return static_cast<Index>(i); });
}
template <typename Flags>
sequence<size_t> pack_index(Flags&& flags) {
  return parlay::pack_index<size_t>(flags);
}

/* The elements of r for which f is true; f is called once for each. */
template <typename R, typename F>
auto filter(R&& r, F&& f) {
  if constexpr (internal::is_block_delayed_v<R>) {
    return parlay::filter(r.computed(), f);
  } else {
    auto in = internal::element_of(std::begin(r));
    return internal::pack_elements<internal::in_memory<R>, range_value_type_t<R>>(
        parlay::size(r), [&](size_t i) { return static_cast<bool>(f(in(i))); }, in);
  }
}

/* The same into memory without values, which must be long enough; how many there are. */
template <typename R, typename Flags, typename Out>
size_t pack_into_uninitialized(R&& r, Flags&& flags, Out&& out) {
  auto chosen = internal::element_of(std::begin(flags));
  const auto made = internal::choose(parlay::size(r), [&](size_t i) { return static_cast<bool>(chosen(i)); });
  internal::write_chosen<internal::in_memory<R>>(made, internal::element_of(std::begin(r)), &*std::begin(out));
  return made.total;
}
template <typename R, typename Out, typename F>
size_t filter_into_uninitialized(R&& r, Out&& out, F&& f) {
  auto in = internal::element_of(std::begin(r));
  const auto made = internal::choose(parlay::size(r), [&](size_t i) { return static_cast<bool>(f(in(i))); });
  internal::write_chosen<internal::in_memory<R>>(made, in, &*std::begin(out));
  return made.total;
}

/* The same under the names of earlier versions. */
template <typename R, typename Flags, typename Out>
size_t pack_into(R&& r, Flags&& flags, Out&& out) {
  return parlay::pack_into_uninitialized(r, flags, out);
}
template <typename R, typename Out, typename F>
size_t filter_into(R&& r, Out&& out, F&& f) {
  return parlay::filter_into_uninitialized(r, out, f);
}

/* The values that f gives, where it gives one: f returns a std::optional. */
template <typename R, typename F>
auto map_maybe(R&& r, F&& f) {
  using Optional = std::decay_t<decltype(f(*std::begin(r)))>;
  auto in = internal::element_of(std::begin(r));
  auto given = sequence<Optional>::from_function(parlay::size(r), [&](size_t i) { return f(in(i)); });
  Optional* values = given.data();
  return internal::pack_elements<false, typename Optional::value_type>(
      given.size(), [values](size_t i) { return values[i].has_value(); },
      [values](size_t i) -> decltype(auto) { return std::move(*values[i]); });
}

/* The elements for which f is false. */
template <typename R, typename F>
auto remove_if(R&& r, F&& f) {
  return parlay::filter(r, [&f](const auto& element) { return !f(element); });
}
/* The elements other than value. */
template <typename R, typename T>
auto remove(R&& r, const T& value) {
  return parlay::filter(r, [&value](const auto& element) { return !(element == value); });
}

/* The elements not equal to the one before. */
template <typename R, typename Equal>
auto unique(R&& r, Equal&& equal) {
  auto in = internal::element_of(std::begin(r));
  return internal::pack_elements<internal::in_memory<R>, range_value_type_t<R>>(
      parlay::size(r), [&](size_t i) { return i == 0 || !equal(in(i - 1), in(i)); }, in);
}
template <typename R>
auto unique(R&& r) {
  return parlay::unique(r, std::equal_to<>());
}

}  // namespace parlay

#endif
