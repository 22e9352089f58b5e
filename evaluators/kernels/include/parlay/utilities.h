/* Small tools: hashing, powers of two, memory without values, minima and maxima on atomics. */
#ifndef PARLAY_UTILITIES_H_
#define PARLAY_UTILITIES_H_

#include <stddef.h>
#include <stdint.h>

#include <atomic>
#include <functional>
#include <new>
#include <type_traits>
#include <utility>

namespace parlay {

/* The least k with 2^k >= n, 0 for n < 2. */
template <typename Integer>
size_t log2_up(Integer n) {
  const uint64_t x = static_cast<uint64_t>(n);
  return x < 2 ? 0 : 64 - static_cast<size_t>(__builtin_clzll(x - 1));
}

/* Mixes 64 bits; a bijection (the finaliser of splitmix64, S. Vigna, https://prng.di.unimi.it/splitmix64.c). */
inline uint64_t hash64(uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}
inline uint64_t hash64_2(uint64_t x) { return hash64(x ^ 0x6a09e667f3bcc909u); }
inline uint64_t hash64_cheap(uint64_t x) { return (x * 0x9e3779b97f4a7c15u) ^ (x >> 32); }
inline uint32_t hash32(uint32_t x) { return static_cast<uint32_t>(hash64(x) >> 32); }
inline uint32_t hash32_2(uint32_t x) { return static_cast<uint32_t>(hash64_2(x) >> 32); }
inline uint32_t hash32_3(uint32_t x) { return static_cast<uint32_t>(hash64_2(hash64(x)) >> 32); }

namespace internal {

template <typename T, typename = void>
struct is_hashable_range : std::false_type {};
template <typename T>
struct is_hashable_range<
    T, std::void_t<decltype(std::declval<const T&>().begin()), decltype(std::declval<const T&>().end())>>
    : std::true_type {};

template <typename T>
struct is_pair : std::false_type {};
template <typename A, typename B>
struct is_pair<std::pair<A, B>> : std::true_type {};

}  // namespace internal

/* A well-mixed hash of integers, enumerations, pairs, ranges, and all that std::hash knows. */
template <typename K>
struct hash {
  size_t operator()(const K& key) const {
    if constexpr (std::is_integral_v<K> || std::is_enum_v<K>) {
      return hash64(static_cast<uint64_t>(key));
    } else if constexpr (internal::is_pair<K>::value) {
      const size_t first = hash<std::decay_t<typename K::first_type>>{}(key.first);
      return hash64(first * 3 + hash<std::decay_t<typename K::second_type>>{}(key.second));
    } else if constexpr (internal::is_hashable_range<K>::value) {
      uint64_t mixed = 0;
      for (const auto& element : key) mixed = hash64(mixed ^ hash<std::decay_t<decltype(element)>>{}(element));
      return mixed;
    } else {
      return hash64(std::hash<K>{}(key));
    }
  }
};

/* Makes a value where there was none. */
template <typename T>
void assign_uninitialized(T& place, const T& value) {
  ::new (static_cast<void*>(__builtin_addressof(place))) T(value);
}
template <typename T>
void assign_uninitialized(T& place, T&& value) {
  ::new (static_cast<void*>(__builtin_addressof(place))) T(std::move(value));
}

/* Moves a value to where there was none, and leaves none. */
template <typename T>
void uninitialized_relocate(T* to, T* from) noexcept {
  ::new (static_cast<void*>(to)) T(std::move(*from));
  from->~T();
}

/* Sets *place to value if that compares less; whether it did. Atomic for std::atomic and, by the compiler's own
 * operations, for plain integers. */
template <typename T, typename V, typename Less = std::less<T>>
bool write_min(std::atomic<T>* place, V value, Less less = {}) {
  const T wanted = static_cast<T>(value);
  T seen = place->load();
  while (less(wanted, seen)) {
    if (place->compare_exchange_weak(seen, wanted)) return true;
  }
  return false;
}

template <typename T, typename V, typename Less = std::less<T>>
bool write_max(std::atomic<T>* place, V value, Less less = {}) {
  return write_min(place, value, [&less](const T& a, const T& b) { return less(b, a); });
}

template <typename T, typename V, typename Less = std::less<T>>
bool write_min(T* place, V value, Less less = {}) {
  const T wanted = static_cast<T>(value);
  T seen;
  __atomic_load(place, &seen, __ATOMIC_SEQ_CST);
  while (less(wanted, seen)) {
    T next = wanted;
    if (__atomic_compare_exchange(place, &seen, &next, true, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) return true;
  }
  return false;
}

template <typename T, typename V, typename Less = std::less<T>>
bool write_max(T* place, V value, Less less = {}) {
  return write_min(place, value, [&less](const T& a, const T& b) { return less(b, a); });
}

/* Adds and returns what was there before. */
template <typename T, typename V>
T fetch_and_add(std::atomic<T>* place, V value) {
  return place->fetch_add(static_cast<T>(value));
}
template <typename T, typename V>
T fetch_and_add(T* place, V value) {
  return __atomic_fetch_add(place, static_cast<T>(value), __ATOMIC_SEQ_CST);
}

/* Adds, also where fetch_add does not exist. */
template <typename T, typename V>
void write_add(std::atomic<T>* place, V value) {
  T seen = place->load();
  while (!place->compare_exchange_weak(seen, static_cast<T>(seen + value))) continue;
}
template <typename T, typename V>
void atomic_add(std::atomic<T>* place, V value) {
  write_add(place, value);
}
template <typename T, typename V>
void atomic_add(std::atomic<T>& place, V value) {
  write_add(&place, value);
}

/* Sets *place to `wanted` if it is `expected`; whether it was. */
template <typename T>
bool atomic_compare_and_swap(T* place, T expected, T wanted) {
  return __atomic_compare_exchange(place, &expected, &wanted, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}
template <typename T>
bool atomic_compare_and_swap(std::atomic<T>* place, T expected, T wanted) {
  return place->compare_exchange_strong(expected, wanted);
}

}  // namespace parlay

#endif
