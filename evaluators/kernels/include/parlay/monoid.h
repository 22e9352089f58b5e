/* Associative operations with an identity (https://cmuparlay.github.io/parlaylib/algorithms/monoid.html). */
#ifndef PARLAY_MONOID_H_
#define PARLAY_MONOID_H_

#include <limits>
#include <type_traits>
#include <utility>

namespace parlay {

/* A function object f and its identity. */
template <typename F, typename T>
struct monoid {
  using value_type = T;
  F f;
  T identity;

  monoid(F function, T id) : f(std::move(function)), identity(std::move(id)) {}

  template <typename A, typename B>
  decltype(auto) operator()(A&& a, B&& b) const {
    return f(std::forward<A>(a), std::forward<B>(b));
  }
};

template <typename F, typename T>
monoid<std::decay_t<F>, std::decay_t<T>> binary_op(F&& f, T&& identity) {
  return {std::forward<F>(f), std::forward<T>(identity)};
}

template <typename F, typename T>
monoid<std::decay_t<F>, std::decay_t<T>> make_monoid(F&& f, T&& identity) {
  return {std::forward<F>(f), std::forward<T>(identity)};
}

namespace internal {

/* A monoid's operation; those of programs' own may have only a member f. */
template <typename M, typename A, typename B>
decltype(auto) combine(M& m, A&& a, B&& b) {
  if constexpr (std::is_invocable_v<M&, A, B>) {
    return m(std::forward<A>(a), std::forward<B>(b));
  } else {
    return m.f(std::forward<A>(a), std::forward<B>(b));
  }
}

template <typename M>
using monoid_value_t = std::decay_t<decltype(std::declval<M&>().identity)>;

}  // namespace internal

template <typename T>
struct plus {
  using value_type = T;
  T identity;
  plus() : identity(static_cast<T>(0)) {}
  explicit plus(T id) : identity(std::move(id)) {}
  static T f(const T& a, const T& b) { return a + b; }
  T operator()(const T& a, const T& b) const { return a + b; }
};

template <typename T>
struct multiplies {
  using value_type = T;
  T identity;
  multiplies() : identity(static_cast<T>(1)) {}
  explicit multiplies(T id) : identity(std::move(id)) {}
  static T f(const T& a, const T& b) { return a * b; }
  T operator()(const T& a, const T& b) const { return a * b; }
};

template <typename T>
struct maximum {
  using value_type = T;
  T identity;
  maximum() : identity(std::numeric_limits<T>::lowest()) {}
  explicit maximum(T id) : identity(std::move(id)) {}
  static T f(const T& a, const T& b) { return a < b ? b : a; }
  T operator()(const T& a, const T& b) const { return f(a, b); }
};

template <typename T>
struct minimum {
  using value_type = T;
  T identity;
  minimum() : identity(std::numeric_limits<T>::max()) {}
  explicit minimum(T id) : identity(std::move(id)) {}
  static T f(const T& a, const T& b) { return b < a ? b : a; }
  T operator()(const T& a, const T& b) const { return f(a, b); }
};

template <typename T>
struct logical_and {
  using value_type = T;
  T identity = static_cast<T>(true);
  static T f(const T& a, const T& b) { return a && b; }
  T operator()(const T& a, const T& b) const { return a && b; }
};

template <typename T>
struct logical_or {
  using value_type = T;
  T identity = static_cast<T>(false);
  static T f(const T& a, const T& b) { return a || b; }
  T operator()(const T& a, const T& b) const { return a || b; }
};

template <typename T>
struct bit_or {
  using value_type = T;
  T identity = static_cast<T>(0);
  static T f(const T& a, const T& b) { return static_cast<T>(a | b); }
  T operator()(const T& a, const T& b) const { return f(a, b); }
};

template <typename T>
struct bit_xor {
  using value_type = T;
  T identity = static_cast<T>(0);
  static T f(const T& a, const T& b) { return static_cast<T>(a ^ b); }
  T operator()(const T& a, const T& b) const { return f(a, b); }
};

template <typename T>
struct bit_and {
  using value_type = T;
  T identity = static_cast<T>(~static_cast<T>(0));
  static T f(const T& a, const T& b) { return static_cast<T>(a & b); }
  T operator()(const T& a, const T& b) const { return f(a, b); }
};

/* Names of earlier versions. */
template <typename T>
using addm = plus<T>;
template <typename T>
using mulm = multiplies<T>;
template <typename T>
using maxm = maximum<T>;
template <typename T>
using minm = minimum<T>;
template <typename T>
using orm = bit_or<T>;
template <typename T>
using andm = bit_and<T>;
template <typename T>
using xorm = bit_xor<T>;

/* The operation on pairs that applies one monoid to the first elements and another to the second. */
template <typename M1, typename M2>
auto pair_monoid(M1 first, M2 second) {
  auto identity = std::make_pair(first.identity, second.identity);
  return make_monoid(
      [=](const auto& a, const auto& b) {
        return decltype(identity)(first(a.first, b.first), second(a.second, b.second));
      },
      identity);
}

}  // namespace parlay

#endif
