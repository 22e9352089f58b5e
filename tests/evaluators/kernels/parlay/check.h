/* What the test programs share: checks, random input, and in the serial build a detector that checks what it is
 * told. */
#ifndef TESTS_PARLAY_CHECK_H
#define TESTS_PARLAY_CHECK_H

#include <parlay/primitives.h>

#include <cstdio>
#include <cstdlib>

#define CHECK(condition)                                                  \
  do {                                                                    \
    if (!(condition)) {                                                   \
      std::printf("%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
      std::exit(1);                                                       \
    }                                                                     \
  } while (false)

template <typename A, typename B>
bool same(const A& a, const B& b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin());
}

/* n numbers of [-range / 2, range / 2). */
inline parlay::sequence<long> numbers(size_t n, size_t range, size_t seed) {
  const parlay::random_generator generator(seed);
  return parlay::tabulate(n, [&](size_t i) {
    auto own = generator[i];
    return static_cast<long>(own() % range) - static_cast<long>(range / 2);
  });
}

template <typename R>
std::vector<parlay::range_value_type_t<R>> vector_of(const R& r) {
  return {r.begin(), r.end()};
}

/* Sizes around the lengths at which algorithms change, up to `most`. */
inline std::vector<size_t> sizes_up_to(size_t most) {
  std::vector<size_t> sizes;
  for (size_t n : {0, 1, 2, 3, 7, 33, 100, 2047, 2049, 5000, 20000}) {
    if (n <= most) sizes.push_back(n);
  }
  return sizes;
}

#if defined(EVOLVE_PARLAY_SERIAL)

inline constexpr size_t large = 2049;
inline size_t branches_seen = 0;

struct open_block {
  size_t branches;
  size_t next;
  bool inside;
};
inline std::vector<open_block> open_blocks;

extern "C" void evolve_sp_block_begin(size_t branches) {
  CHECK(branches > 0);
  open_blocks.push_back({branches, 0, false});
}
extern "C" void evolve_sp_branch_begin(size_t index) {
  CHECK(!open_blocks.empty() && !open_blocks.back().inside && index == open_blocks.back().next);
  open_blocks.back().next++;
  open_blocks.back().inside = true;
  branches_seen++;
}
extern "C" void evolve_sp_branch_end() {
  CHECK(!open_blocks.empty() && open_blocks.back().inside);
  open_blocks.back().inside = false;
}
extern "C" void evolve_sp_block_end() {
  CHECK(!open_blocks.empty() && open_blocks.back().next == open_blocks.back().branches && !open_blocks.back().inside);
  open_blocks.pop_back();
}

#elif defined(EVOLVE_PARLAY_THREADS)
inline constexpr size_t large = 100;  // thousands of threads as it is
#else
inline constexpr size_t large = 20000;
#endif

#endif
