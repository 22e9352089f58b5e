/* Random numbers that do not depend on the schedule (https://cmuparlay.github.io/parlaylib/algorithms/random.html),
 * and random orders.
 */
#ifndef PARLAY_INTERNAL_RANDOM_ORDER_H_
#define PARLAY_INTERNAL_RANDOM_ORDER_H_

#include "../utilities.h"
#include "sort.h"

namespace parlay {

/* A uniform random bit generator, as the distributions of <random> want it. generator[i] is another one, which depends
 * on this one's state and on i alone. */
class random_generator {
 public:
  using result_type = size_t;

  random_generator() = default;
  explicit random_generator(size_t seed) : state_(hash64(seed)) {}

  static constexpr size_t min() { return 0; }
  static constexpr size_t max() { return static_cast<size_t>(-1); }
  void seed(result_type value = 0) { state_ = hash64(value); }
  result_type operator()() { return hash64(state_++); }
  void discard(unsigned long long n) { state_ += n; }
  random_generator operator[](size_t i) const {
    random_generator other;
    other.state_ = hash64_2(state_ + hash64(i));
    return other;
  }

 private:
  uint64_t state_ = 0;
};

/* The generator of earlier versions: numbers by index, and forks. */
struct random {
  random(size_t seed = 0) : state(seed) {}
  random fork(uint64_t i) const { return random(static_cast<size_t>(hash64(hash64(i + state)))); }
  random next() const { return fork(0); }
  size_t ith_rand(uint64_t i) const { return static_cast<size_t>(hash64(i + state)); }
  size_t operator[](size_t i) const { return ith_rand(i); }
  size_t rand() const { return ith_rand(0); }
  static size_t max() { return static_cast<size_t>(-1); }

 private:
  uint64_t state;
};

/* 0, ..., n - 1 in a random order. */
template <typename Integer = size_t>
sequence<Integer> random_permutation(Integer n, random_generator generator = random_generator(0)) {
  using keyed = std::pair<uint64_t, Integer>;
  auto drawn = tabulate(static_cast<size_t>(n), [&generator](size_t i) {
    auto own = generator[i];
    return keyed(own(), static_cast<Integer>(i));
  });
  integer_sort_inplace(drawn, internal::first_of_pair());
  return map(drawn, [](const keyed& pair) { return pair.second; });
}
template <typename Integer>
sequence<Integer> random_permutation(Integer n, random generator) {
  return parlay::random_permutation(n, random_generator(generator.rand()));
}

/* r's elements in a random order. */
template <typename R, typename Generator = random_generator>
auto random_shuffle(R&& r, Generator generator = Generator(0)) {
  auto in = std::begin(r);
  const auto order = parlay::random_permutation(parlay::size(r), generator);
  return map(order, [in](size_t i) -> range_value_type_t<R> { return in[static_cast<ptrdiff_t>(i)]; });
}

}  // namespace parlay

#endif
