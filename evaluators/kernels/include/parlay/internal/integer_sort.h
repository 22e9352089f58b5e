/* Radix sort, stable: by the highest bits in parallel, then each bucket by the next ones.
 *
 * Keys are shifted to begin at 0, so that signed ones sort as numbers and only the bits that differ cost passes.
 */
#ifndef PARLAY_INTERNAL_INTEGER_SORT_H_
#define PARLAY_INTERNAL_INTEGER_SORT_H_

#include "../utilities.h"
#include "buckets.h"
#include "merge.h"

namespace parlay {
namespace internal {

struct identity_key {
  template <typename T>
  const T& operator()(const T& x) const {
    return x;
  }
};

struct first_of_pair {
  template <typename P>
  const auto& operator()(const P& pair) const {
    return std::get<0>(pair);
  }
};

/* Sorts `data` by key(x) - least < 2^bits with the help of `other`; the result is in `other` if to_other. The digit is
 * such that few elements share one: those are cheaper to insert than to count once more, and cheapest in one go over
 * all buckets, where hardly a branch is surprising. */
template <typename T, typename Key>
void radix_sort(T* data, T* other, size_t n, unsigned bits, bool to_other, const Key& key, uint64_t least) {
  constexpr unsigned widest = 13;
  constexpr size_t few = 16;
  if (n <= few || bits == 0) {
    if (bits > 0) insertion_sort(data, n, [&](const T& a, const T& b) { return key(a) < key(b); });
    if (to_other && n > few) {
      memcpy(static_cast<void*>(other), data, n * sizeof(T));
    } else if (to_other) {
      for (size_t i = 0; i < n; i++) other[i] = data[i];
    }
    return;
  }
  unsigned digit = static_cast<unsigned>(log2_up(n)) - 1;
  if (digit > widest) digit = widest;
  if (digit > bits) digit = bits;
  const unsigned shift = bits - digit;
  const size_t mask = (size_t{1} << digit) - 1;
  const auto digit_of = [=, &key](const T& x) {
    return static_cast<size_t>((static_cast<uint64_t>(key(x)) - least) >> shift) & mask;
  };
  unsigned place[size_t{1} << widest];
  for (size_t b = 0; b <= mask; b++) place[b] = 0;
  for (size_t i = 0; i < n; i++) place[digit_of(data[i])]++;
  unsigned before = 0;
  unsigned most = 0;
  for (size_t b = 0; b <= mask; b++) {
    const unsigned count = place[b];
    place[b] = before;
    before += count;
    if (count > most) most = count;
  }
  for (size_t i = 0; i < n; i++) other[place[digit_of(data[i])]++] = data[i];
  const auto by_key = [&key](const T& a, const T& b) { return key(a) < key(b); };
  if (to_other && most <= few) {
    if (shift > 0) insertion_sort(other, n, by_key);
    return;
  }
  size_t begin = 0;
  for (size_t b = 0; b <= mask; b++) {
    const size_t end = place[b];
    if (end > begin + (to_other ? few : 0)) {
      radix_sort(other + begin, data + begin, end - begin, shift, !to_other, key, least);
    }
    begin = end;
  }
  if (to_other && shift > 0) insertion_sort(other, n, by_key);
}

struct key_span {
  uint64_t least;
  unsigned bits;
};

/* What to subtract from keys for them to fit how few bits: for unsigned ones the part of them that is the same. */
template <typename T, typename Key>
key_span span_of_keys(const T* data, size_t n, const Key& key) {
  using Number = std::decay_t<decltype(key(*data))>;
  const auto width = [](uint64_t x) { return x == 0 ? 0u : 64 - static_cast<unsigned>(__builtin_clzll(x)); };
  if constexpr (std::is_unsigned_v<Number> || std::is_same_v<Number, bool>) {
    const uint64_t first = static_cast<uint64_t>(key(data[0]));
    const auto differences =
        delayed_tabulate(n, [=, &key](size_t i) { return static_cast<uint64_t>(key(data[i])) ^ first; });
    const unsigned bits = width(parlay::reduce(differences, bit_or<uint64_t>()));
    return {bits == 64 ? 0 : first >> bits << bits, bits};
  } else {
    const auto keys = delayed_tabulate(n, [=, &key](size_t i) { return static_cast<int64_t>(key(data[i])); });
    const uint64_t least = static_cast<uint64_t>(parlay::reduce(keys, minimum<int64_t>()));
    return {least, width(static_cast<uint64_t>(parlay::reduce(keys, maximum<int64_t>())) - least)};
  }
}

/* Sorts `data` to `out` by key; they may be the same. */
template <typename T, typename Key>
void integer_sort_elements(const T* data, T* out, size_t n, const Key& key) {
  using Number = std::decay_t<decltype(key(*data))>;
  static_assert(std::is_integral_v<Number>, "the keys of an integer sort are integers");
  if (n == 0) return;
  const auto [least, bits] = span_of_keys(data, n, key);
  auto other = sequence<T>::uninitialized(n);
  T* const scratch = other.data();
  if (n < 1 << 14) {
    if (out != data) memcpy(static_cast<void*>(out), data, n * sizeof(T));
    radix_sort(out, scratch, n, bits, false, key, least);
    return;
  }
  const unsigned digit = bits < 10 ? bits : n < size_t{1} << 21 ? 8 : 10;
  const unsigned shift = bits - digit;
  const size_t buckets = size_t{1} << digit;
  const auto starts = distribute(
      n, buckets,
      [data, shift, &key, least = least](size_t i) {
        return static_cast<size_t>((static_cast<uint64_t>(key(data[i])) - least) >> shift);
      },
      [data, scratch](size_t i, size_t k) { scratch[k] = data[i]; });
  const size_t* const start = starts.data();
  parallel_for(
      0, buckets,
      [=, &key, least = least](size_t b) {
        const size_t begin = start[b];
        radix_sort(scratch + begin, out + begin, start[b + 1] - begin, shift, true, key, least);
      },
      1);
}

}  // namespace internal
}  // namespace parlay

#endif
