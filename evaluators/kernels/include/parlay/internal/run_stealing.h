/* The fast build: loops and branches on a pool of work-stealing threads.
 *
 * A loop is divided only while nothing of this thread's is left to steal (A. Tzannes, G. Caragea, R. Barua, U. Vishkin:
 * Lazy binary-splitting, PPoPP 2010), so a loop within a loop that keeps all threads busy forks nothing. Between two
 * looks at its deque it runs a chunk; without a granularity the chunk's length is what takes a few microseconds.
 */
#ifndef PARLAY_INTERNAL_RUN_STEALING_H_
#define PARLAY_INTERNAL_RUN_STEALING_H_

#include "pool.h"

namespace parlay {
namespace internal {

inline constexpr bool fine_grained = false;

inline constexpr uint64_t short_chunk = 2 * ticks_per_microsecond;
inline constexpr uint64_t long_chunk = 8 * ticks_per_microsecond;

/* The pool of programs that ask for no other. It ends with the process or the library it is in. */
PARLAY_INTERNAL_ONCE inline pool& default_pool() {
  static pool threads(threads_asked_for(usable_processors()));
  static const int registered = pthread_atfork(nullptr, nullptr, [] { threads.forget_threads(); });
  (void)registered;
  return threads;
}

/* Makes a thread that is of no pool the default pool's first worker for the time of its outermost parallel construct.
 * While another thread is that, there is no worker, and branches run one after another. */
class membership {
 public:
  membership() : taken_(self == nullptr && default_pool().size() > 1 && default_pool().lease()) {
    if (taken_) self = &default_pool().first();
  }
  membership(const membership&) = delete;
  membership& operator=(const membership&) = delete;
  ~membership() {
    if (!taken_) return;
    self = nullptr;
    default_pool().end_lease();
  }

 private:
  const bool taken_;
};

PARLAY_INTERNAL_ONCE inline size_t count_workers() {
  return self != nullptr ? self->home->size() : default_pool().size();
}
inline size_t own_worker_id() { return self != nullptr ? self->id : 0; }

/* Runs [low, high) of a body; once `time_left` ticks have gone by, what is left is shared. */
PARLAY_INTERNAL_ONCE inline void run_range(worker& me, branch what, size_t low, size_t high, size_t chunk, bool timed,
                                           uint64_t time_left, bool conservative) noexcept {
  while (high - low > chunk) {
    if (time_left == 0 && me.has_nothing_to_steal()) {
      const size_t middle = low + (high - low + 1) / 2;
      task rest = {what, middle, high, chunk, timed, conservative, nullptr};
      if (me.fork(rest)) {
        run_range(me, what, low, middle, chunk, timed, 0, conservative);
        me.join(rest);
        return;
      }
    }
    if (timed) {
      const uint64_t begin = ticks();
      what(low, low + chunk);
      low += chunk;
      const uint64_t taken = ticks() - begin;
      time_left = taken < time_left ? time_left - taken : 0;
      if (taken < short_chunk) {
        chunk *= 2;
      } else if (taken > long_chunk && chunk > 1) {
        chunk /= 2;
      }
    } else {
      what(low, low + chunk);
      low += chunk;
    }
  }
  what(low, high);
}

inline void run_task(worker& me, const task& work) noexcept {
  run_range(me, work.what, work.low, work.high, work.chunk, work.timed, 0, work.conservative);
}

/* Short loops are the only ones that begin alone, lest waking a thread cost more than it brings; but a loop of few
 * iterations is one of long ones until shown otherwise. */
PARLAY_INTERNAL_ONCE inline void run_loop(branch body, size_t low, size_t high, size_t granularity,
                                          bool conservative) noexcept {
  const size_t count = high - low;
  if (count == 1 || (granularity > 0 && count <= granularity)) return body(low, high);
  const membership inside;
  if (self == nullptr || self->home->size() == 1) return body(low, high);
  const bool timed = granularity == 0;
  const bool few = count <= 2 * self->home->size();
  run_range(*self, body, low, high, timed ? 1 : granularity, timed, timed && !few ? short_chunk : 0, conservative);
}

PARLAY_INTERNAL_ONCE inline void run_pair(branch left, branch right, bool conservative) noexcept {
  const membership inside;
  task other = {right, 0, 1, 1, false, conservative, nullptr};
  if (self == nullptr || self->home->size() == 1 || !self->fork(other)) {
    left(0, 1);
    right(0, 1);
  } else {
    left(0, 1);
    self->join(other);
  }
}

/* A pool of its own for the time of a call. */
class scheduler_scope {
 public:
  explicit scheduler_scope(size_t threads) : threads_(threads) {}

  template <typename F>
  void run(F&& f) {
    worker* const before = self;
    self = &threads_.first();
    f();
    self = before;
  }

 private:
  pool threads_;
};

}  // namespace internal
}  // namespace parlay

#endif
