/* Fork-join parallelism: two branches, loops, blocked loops. Nested use is the rule.
 *
 * The interface is ParlayLib's (https://cmuparlay.github.io/parlaylib/other/scheduler.html), written from its public
 * documentation. One of three builds runs it:
 *   default                 work stealing on PARLAY_NUM_THREADS threads (default: the processors the process may use)
 *   EVOLVE_PARLAY_SERIAL    one thread, telling a determinacy-race detector where branches begin and end
 *   EVOLVE_PARLAY_THREADS   a thread a block, for ThreadSanitizer
 * An exception that leaves a branch ends the program in every build.
 */
#ifndef PARLAY_PARALLEL_H_
#define PARLAY_PARALLEL_H_

#include <stddef.h>

#include <type_traits>
#include <utility>

#if defined(EVOLVE_PARLAY_SERIAL)
#include "internal/run_serial.h"
#elif defined(EVOLVE_PARLAY_THREADS)
#include "internal/run_threads.h"
#else
#include "internal/run_stealing.h"
#endif

namespace parlay {

namespace internal {

/* A body as the schedulers see it: an address and a function that runs iterations [low, high) of it. A copy of a small
 * body keeps what it captured in registers, where stores of the loop cannot be thought to change it. */
template <typename F>
void run_iterations(void* body, size_t low, size_t high) noexcept {
  F& f = *reinterpret_cast<F*>(body);
  if constexpr (!fine_grained && std::is_invocable_v<const F&, size_t> && std::is_trivially_copyable_v<F> &&
                std::is_object_v<F>) {
    const F copy = f;
    for (size_t i = low; i < high; i++) copy(i);
  } else {
    for (size_t i = low; i < high; i++) f(i);
  }
}

template <typename F>
void run_once(void* body, size_t, size_t) noexcept {
  (*reinterpret_cast<F*>(body))();
}

template <typename F>
void* address_of_body(F& f) {
  if constexpr (std::is_function_v<F>) {
    return reinterpret_cast<void*>(&f);
  } else {
    return const_cast<void*>(static_cast<const volatile void*>(__builtin_addressof(f)));
  }
}

}  // namespace internal

/* Threads that may run branches at one time; at least 1. */
inline size_t num_workers() { return internal::count_workers(); }

/* Which of the num_workers() threads this is, from 0. */
inline size_t worker_id() { return internal::own_worker_id(); }

/* Runs left() and right() in parallel. With conservative, a thread that waits for a branch runs nothing else meanwhile,
 * which programs that take locks need. */
template <typename Lf, typename Rf>
void par_do(Lf&& left, Rf&& right, bool conservative = false) {
  using L = std::remove_reference_t<Lf>;
  using R = std::remove_reference_t<Rf>;
  internal::run_pair({internal::run_once<L>, internal::address_of_body(left)},
                     {internal::run_once<R>, internal::address_of_body(right)}, conservative);
}

/* par_do where do_parallel holds, else left() and then right() without a fork. */
template <typename Lf, typename Rf>
void par_do_if(bool do_parallel, Lf&& left, Rf&& right, bool conservative = false) {
  if (do_parallel) {
    par_do(std::forward<Lf>(left), std::forward<Rf>(right), conservative);
  } else {
    left();
    right();
  }
}

/* Runs f(i) for each i in [start, end) in parallel. A granularity above 0 bounds how many run one after another. */
template <typename F>
void parallel_for(size_t start, size_t end, F&& f, long granularity = 0, bool conservative = false) {
  static_assert(std::is_invocable_v<F&, size_t>, "parallel_for calls its body with an index of type size_t");
  if (start >= end) return;
  using Body = std::remove_reference_t<F>;
  internal::run_loop({internal::run_iterations<Body>, internal::address_of_body(f)}, start, end,
                     granularity > 0 ? static_cast<size_t>(granularity) : 0, conservative);
}

/* Runs f(block, low, high) in parallel for the blocks of block_size indices of [start, end); the last may be
 * shorter. */
template <typename F>
void blocked_for(size_t start, size_t end, size_t block_size, F&& f, bool conservative = false) {
  if (start >= end) return;
  if (block_size == 0) block_size = 1;
  const size_t blocks = (end - start + block_size - 1) / block_size;
  parallel_for(
      0, blocks,
      [&f, start, end, block_size](size_t block) {
        const size_t low = start + block * block_size;
        f(block, low, end - low < block_size ? end : low + block_size);
      },
      1, conservative);
}

/* Three branches in parallel. */
template <typename F1, typename F2, typename F3>
void par_do3(F1&& first, F2&& second, F3&& third) {
  auto rest = [&] { par_do(second, third); };
  par_do(first, rest);
}

template <typename F1, typename F2, typename F3>
void par_do3_if(bool do_parallel, F1&& first, F2&& second, F3&& third) {
  if (do_parallel) {
    par_do3(first, second, third);
  } else {
    first();
    second();
    third();
  }
}

namespace internal {

/* parallel_for over [0, n) for iterations of a few instructions. */
template <typename F>
void cheap_for(size_t n, F&& f) {
  parallel_for(0, n, f, 2048);
}

}  // namespace internal

/* Other names of par_do: the documentation's, and the one programs borrow from other libraries. */
template <typename Lf, typename Rf>
void parallel_do(Lf&& left, Rf&& right, bool conservative = false) {
  par_do(std::forward<Lf>(left), std::forward<Rf>(right), conservative);
}

template <typename F>
void parallel_invoke(F&& f) {
  f();
}

template <typename F, typename... Rest>
void parallel_invoke(F&& first, Rest&&... others) {
  auto rest = [&] { parallel_invoke(others...); };
  par_do(first, rest);
}

/* Runs f() with its forks on `threads` threads of their own and returns what it returns. */
template <typename F>
auto execute_with_scheduler(unsigned int threads, F&& f) {
  using Result = std::invoke_result_t<F&>;
  internal::scheduler_scope scope(threads);
  if constexpr (std::is_void_v<Result>) {
    scope.run([&] { f(); });
  } else {
    Result* result = nullptr;
    alignas(Result) unsigned char room[sizeof(Result)];
    scope.run([&] { result = ::new (static_cast<void*>(room)) Result(f()); });
    Result answer = std::move(*result);
    result->~Result();
    return answer;
  }
}

}  // namespace parlay

#endif
