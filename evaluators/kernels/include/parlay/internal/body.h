/* What a scheduler runs, without the body's type: schedulers are compiled once a program, not once a loop. */
#ifndef PARLAY_INTERNAL_BODY_H_
#define PARLAY_INTERNAL_BODY_H_

#include <sched.h>
#include <stddef.h>
#include <stdlib.h>

/* For what is called from many places and gains nothing by being copied there: it would be compiled as many times. */
#define PARLAY_INTERNAL_ONCE __attribute__((noinline))

/* For what runs once a branch or an element and touches no memory but ours: to watch it would cost as much as what small
 * branches do. */
#if defined(__clang__)
#define PARLAY_INTERNAL_UNWATCHED __attribute__((disable_sanitizer_instrumentation))
#else
#define PARLAY_INTERNAL_UNWATCHED __attribute__((no_sanitize("thread")))
#endif

namespace parlay {
namespace internal {

using iterations = void (*)(void* body, size_t low, size_t high) noexcept;

struct branch {
  iterations run;
  void* body;

  void operator()(size_t low, size_t high) const noexcept { run(body, low, high); }
};

/* PARLAY_NUM_THREADS where it is a number above 0, else `otherwise`. */
inline size_t threads_asked_for(size_t otherwise) {
  const char* text = getenv("PARLAY_NUM_THREADS");
  const long asked = text == nullptr ? 0 : strtol(text, nullptr, 10);
  return asked > 0 ? static_cast<size_t>(asked) : otherwise;
}

/* The processors this process may run on. */
inline size_t usable_processors() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  const int count = CPU_COUNT(&set);
  return count > 0 ? static_cast<size_t>(count) : 1;
}

}  // namespace internal
}  // namespace parlay

#endif
