/* A worker's deque of forked branches: the owner pushes and pops at the bottom, thieves take at the top.
 *
 * D. Chase, Y. Lev: Dynamic circular work-stealing deque, SPAA 2005, with a ring of fixed size: a branch that finds it
 * full is run at once instead. Orders are sequentially consistent throughout rather than fenced, since
 * ThreadSanitizer does not know fences.
 */
#ifndef PARLAY_INTERNAL_DEQUE_H_
#define PARLAY_INTERNAL_DEQUE_H_

#include <stddef.h>
#include <stdint.h>

#include <atomic>

namespace parlay {
namespace internal {

template <typename Task>
class task_deque {
 public:
  /* Owner only. Below, a hint: thieves may be taking. */
  bool empty() const { return bottom_.load(std::memory_order_relaxed) <= top_.load(std::memory_order_relaxed); }

  /* Owner only; false if there is no room. */
  bool push(Task* task) {
    const int64_t bottom = bottom_.load(std::memory_order_relaxed);
    if (bottom - top_.load(std::memory_order_acquire) >= capacity) return false;
    ring_[bottom & (capacity - 1)].store(task, std::memory_order_relaxed);
    bottom_.store(bottom + 1, std::memory_order_seq_cst);
    return true;
  }

  /* Owner only: the task pushed last, or null if a thief has it. */
  Task* pop() {
    const int64_t bottom = bottom_.load(std::memory_order_relaxed) - 1;
    bottom_.store(bottom, std::memory_order_seq_cst);
    int64_t top = top_.load(std::memory_order_seq_cst);
    Task* task = nullptr;
    if (top <= bottom) {
      task = ring_[bottom & (capacity - 1)].load(std::memory_order_relaxed);
      if (top < bottom) return task;
      if (!top_.compare_exchange_strong(top, top + 1, std::memory_order_seq_cst)) task = nullptr;
    }
    bottom_.store(bottom + 1, std::memory_order_relaxed);
    return task;
  }

  /* Any thread: whether there seems to be something to take. */
  bool has_work() const { return top_.load(std::memory_order_seq_cst) < bottom_.load(std::memory_order_seq_cst); }

  /* Any thread: the oldest task, or null. */
  Task* steal() {
    int64_t top = top_.load(std::memory_order_seq_cst);
    if (top >= bottom_.load(std::memory_order_seq_cst)) return nullptr;
    Task* task = ring_[top & (capacity - 1)].load(std::memory_order_relaxed);
    if (!top_.compare_exchange_strong(top, top + 1, std::memory_order_seq_cst)) return nullptr;
    return task;
  }

 private:
  static constexpr int64_t capacity = 256;

  alignas(64) std::atomic<int64_t> top_{0};
  alignas(64) std::atomic<int64_t> bottom_{0};
  std::atomic<Task*> ring_[capacity] = {};
};

}  // namespace internal
}  // namespace parlay

#endif
