/* The serial build: branches run one after another, each announced to the series-parallel detector.
 *
 * Every iteration is a branch of its own, so that no race hides in a block. What is called and with what is hidden from
 * the optimiser: inlined bodies would keep in registers what the program shares in memory, and the detector would not
 * see it.
 */
#ifndef PARLAY_INTERNAL_RUN_SERIAL_H_
#define PARLAY_INTERNAL_RUN_SERIAL_H_

#include "../../evolve/series_parallel.h"
#include "body.h"

namespace parlay {
namespace internal {

/* A loop may be cut into blocks of one. */
inline constexpr bool fine_grained = true;

/* Programs that cut their work into num_workers() parts must have parts that can race. Asked anew each time: what the
 * first branch to ask kept for the others would itself be a race. */
inline size_t count_workers() { return threads_asked_for(4); }
inline size_t own_worker_id() { return 0; }

PARLAY_INTERNAL_ONCE PARLAY_INTERNAL_UNWATCHED inline void run_branch(branch what, size_t index, size_t low) noexcept {
  asm volatile("" : "+r"(what.run), "+r"(what.body) : : "memory");
  evolve_sp_branch_begin(index);
  what.run(what.body, low, low + 1);
  asm volatile("" : : : "memory");
  evolve_sp_branch_end();
}

PARLAY_INTERNAL_ONCE inline void run_pair(branch left, branch right, bool) noexcept {
  evolve_sp_block_begin(2);
  run_branch(left, 0, 0);
  run_branch(right, 1, 0);
  evolve_sp_block_end();
}

PARLAY_INTERNAL_ONCE inline void run_loop(branch body, size_t low, size_t high, size_t, bool) noexcept {
  evolve_sp_block_begin(high - low);
  for (size_t i = low; i < high; i++) run_branch(body, i - low, i);
  evolve_sp_block_end();
}

struct scheduler_scope {
  explicit scheduler_scope(size_t) {}
  template <typename F>
  void run(F&& f) {
    f();
  }
};

}  // namespace internal
}  // namespace parlay

#endif
