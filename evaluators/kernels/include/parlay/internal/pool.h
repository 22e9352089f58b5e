/* Worker threads that steal branches from one another, and sleep when there are none.
 *
 * A thread out of work looks for some for a few microseconds and then sleeps on its own word: idle threads must not
 * cost processor time. Who forks wakes a sleeper only if nobody is looking; who found work and was the last to look
 * wakes the next. A thread counts as not looking before it looks once more and sleeps, so no branch is overlooked.
 *
 * Kernels wake a thread where it ran last, unless they know of an idle processor that shares a cache with that one; in
 * virtual machines they often know of none, and then it waits for whoever woke it. So a sleeper is first sent away from
 * processors on which workers are awake.
 */
#ifndef PARLAY_INTERNAL_POOL_H_
#define PARLAY_INTERNAL_POOL_H_

#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include <atomic>

#include "body.h"
#include "deque.h"
#include "waiting.h"

namespace parlay {
namespace internal {

class pool;
class worker;

/* Iterations [low, high) of a body that another thread may run; it lives on the stack of who forked it. */
struct task {
  branch what;
  size_t low;
  size_t high;
  size_t chunk;
  bool timed;
  bool conservative;  // who waits for it runs nothing else meanwhile
  worker* owner;
  std::atomic<bool> done{false};
};

/* Runs a task's iterations, forking them further (run_stealing.h). */
void run_task(worker& me, const task& work) noexcept;

class worker {
 public:
  pool* home = nullptr;
  size_t id = 0;

  /* Nothing of this worker's is left to steal: what it runs should be divided. */
  bool has_nothing_to_steal() const { return deque_.empty(); }
  bool fork(task& branch);
  /* Ends when `branch`, the last forked and not yet joined, has run. */
  void join(task& branch);
  /* Runs what it can steal until `done`; without help it only waits. */
  void work_until(const std::atomic<bool>& done, bool help);
  bool wake(bool for_work);
  void reset();

 private:
  friend class pool;
  enum : uint32_t { awake, asleep, asleep_until_done };

  void note_processor() { processor_.store(sched_getcpu(), std::memory_order_relaxed); }

  task* search(const std::atomic<bool>& done, bool help);
  void sleep(const std::atomic<bool>& done, bool help);

  task_deque<task> deque_;
  alignas(64) std::atomic<uint32_t> state_{awake};
  std::atomic<int> processor_{-1};  // on which it was last seen
  pid_t number_ = 0;                // of the thread, for the kernel; 0: the pool did not start it
  pthread_t thread_ = {};
  bool runs_ = false;
};

class pool {
 public:
  explicit pool(size_t threads) : count_(threads > 0 ? threads : 1), workers_(new worker[count_]) {
    for (size_t i = 0; i < count_; i++) {
      workers_[i].home = this;
      workers_[i].id = i;
    }
  }
  pool(const pool&) = delete;
  pool& operator=(const pool&) = delete;
  ~pool();

  size_t size() const { return count_; }
  worker& first() { return workers_[0]; }

  /* The first worker's place, for a thread that is not of the pool; false while another thread has it. */
  bool lease() { return !leased_.exchange(true, std::memory_order_acquire); }
  void end_lease() { leased_.store(false, std::memory_order_release); }

  /* Forgets threads that a fork of the process did not take along. */
  void forget_threads();

 private:
  friend class worker;

  static void* enter(void* worker);
  void start();
  void wake_one_for_work(size_t after);
  bool is_crowded(const worker& sleeper, cpu_set_t& elsewhere) const;
  task* steal(size_t thief);
  bool has_work() const;

  const size_t count_;
  worker* const workers_;
  bool started_ = false;
  std::atomic<bool> leased_{false};
  std::atomic<bool> stopping_{false};
  cpu_set_t usable_;
  alignas(64) std::atomic<uint32_t> searching_{0};
  std::atomic<uint32_t> asleep_{0};
};

/* The worker this thread is, if any. */
inline __thread worker* self = nullptr;

inline constexpr uint64_t patience = 20 * ticks_per_microsecond;

PARLAY_INTERNAL_ONCE inline bool worker::fork(task& branch) {
  if (!home->started_) home->start();
  branch.owner = this;
  if (!deque_.push(&branch)) return false;
  if (home->asleep_.load(std::memory_order_seq_cst) > 0 && home->searching_.load(std::memory_order_seq_cst) == 0) {
    home->wake_one_for_work(id);
  }
  return true;
}

PARLAY_INTERNAL_ONCE inline void worker::join(task& branch) {
  if (deque_.pop() != nullptr) {
    run_task(*this, branch);
  } else {
    work_until(branch.done, !branch.conservative);
  }
}

PARLAY_INTERNAL_ONCE inline void worker::work_until(const std::atomic<bool>& done, bool help) {
  while (!done.load(std::memory_order_acquire)) {
    task* found = search(done, help);
    if (found != nullptr) {
      worker* owner = found->owner;
      run_task(*this, *found);
      found->done.store(true, std::memory_order_seq_cst);  // from here on the task is its owner's to forget
      owner->wake(false);
    } else {
      sleep(done, help);
    }
  }
}

inline task* worker::search(const std::atomic<bool>& done, bool help) {
  task* found = nullptr;
  if (help) home->searching_.fetch_add(1, std::memory_order_seq_cst);
  const uint64_t begin = ticks();
  do {
    if (done.load(std::memory_order_relaxed)) break;
    if (help) found = home->steal(id);
    if (found == nullptr) pause_briefly();
  } while (found == nullptr && ticks() - begin < patience);
  if (help && home->searching_.fetch_sub(1, std::memory_order_seq_cst) == 1 && found != nullptr &&
      home->asleep_.load(std::memory_order_seq_cst) > 0 && home->has_work()) {
    home->wake_one_for_work(id);
  }
  return found;
}

inline void worker::sleep(const std::atomic<bool>& done, bool help) {
  const uint32_t state = help ? asleep : asleep_until_done;
  state_.store(state, std::memory_order_seq_cst);
  note_processor();
  if (help) home->asleep_.fetch_add(1, std::memory_order_seq_cst);
  if (done.load(std::memory_order_seq_cst) || (help && home->has_work())) {
    wake(false);
    return;
  }
  while (state_.load(std::memory_order_acquire) == state) sleep_while(state_, state);
  note_processor();
}

/* Wakes this worker if it sleeps, and is not only waiting for a branch where it is wanted for work. */
PARLAY_INTERNAL_ONCE inline bool worker::wake(bool for_work) {
  uint32_t state = state_.load(std::memory_order_seq_cst);
  if (state == awake || (for_work && state == asleep_until_done)) return false;
  if (!state_.compare_exchange_strong(state, awake, std::memory_order_seq_cst)) return false;
  if (state == asleep) home->asleep_.fetch_sub(1, std::memory_order_seq_cst);
  cpu_set_t elsewhere;
  if (for_work && number_ != 0) {
    self->note_processor();
    if (home->is_crowded(*this, elsewhere)) sched_setaffinity(number_, sizeof elsewhere, &elsewhere);
  }
  if (this != self) wake_sleeper(state_);
  return true;
}

inline void worker::reset() {
  while (deque_.steal() != nullptr) continue;
  runs_ = false;
  state_.store(awake, std::memory_order_relaxed);
  processor_.store(-1, std::memory_order_relaxed);
}

inline void* pool::enter(void* given) {
  self = static_cast<worker*>(given);
  self->number_ = static_cast<pid_t>(syscall(SYS_gettid));
  self->work_until(self->home->stopping_, true);
  return nullptr;
}

/* Threads begin with the first fork: programs with nothing to share pay for none. Signals are left to the others. */
PARLAY_INTERNAL_ONCE inline void pool::start() {
  started_ = true;
  if (sched_getaffinity(0, sizeof usable_, &usable_) != 0) CPU_ZERO(&usable_);
  self->note_processor();
  cpu_set_t elsewhere;
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  for (size_t i = 1; i < count_; i++) {
    workers_[i].runs_ = pthread_create(&workers_[i].thread_, nullptr, enter, &workers_[i]) == 0;
    if (!workers_[i].runs_) continue;
    workers_[i].processor_.store(self->processor_, std::memory_order_relaxed);
    if (is_crowded(workers_[i], elsewhere)) pthread_setaffinity_np(workers_[i].thread_, sizeof elsewhere, &elsewhere);
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

/* Whether a worker is awake where the sleeper would wake up, and there are processors without. */
PARLAY_INTERNAL_ONCE inline bool pool::is_crowded(const worker& sleeper, cpu_set_t& elsewhere) const {
  const int own = sleeper.processor_.load(std::memory_order_relaxed);
  bool crowded = false;
  elsewhere = usable_;
  for (size_t i = 0; i < count_; i++) {
    const int other = workers_[i].processor_.load(std::memory_order_relaxed);
    if (&workers_[i] == &sleeper || other < 0 || workers_[i].state_.load(std::memory_order_relaxed) != worker::awake) {
      continue;
    }
    CPU_CLR(other, &elsewhere);
    crowded = crowded || other == own;
  }
  return crowded && CPU_COUNT(&elsewhere) > 0;
}

/* A thread that ends the process from within a branch cannot wait for the others. */
PARLAY_INTERNAL_ONCE inline pool::~pool() {
  if (self != nullptr && self->home == this) return;
  stopping_.store(true, std::memory_order_seq_cst);
  for (size_t i = 1; i < count_; i++) {
    workers_[i].wake(false);
    if (workers_[i].runs_) pthread_join(workers_[i].thread_, nullptr);
  }
  delete[] workers_;
}

inline void pool::forget_threads() {
  for (size_t i = 0; i < count_; i++) workers_[i].reset();
  started_ = false;
  leased_.store(false, std::memory_order_relaxed);
  searching_.store(0, std::memory_order_relaxed);
  asleep_.store(0, std::memory_order_relaxed);
}

inline void pool::wake_one_for_work(size_t after) {
  for (size_t i = 1; i < count_; i++) {
    if (workers_[(after + i) % count_].wake(true)) return;
  }
}

inline task* pool::steal(size_t thief) {
  for (size_t i = 1; i < count_; i++) {
    task* found = workers_[(thief + i) % count_].deque_.steal();
    if (found != nullptr) return found;
  }
  return nullptr;
}

inline bool pool::has_work() const {
  for (size_t i = 0; i < count_; i++) {
    if (workers_[i].deque_.has_work()) return true;
  }
  return false;
}

}  // namespace internal
}  // namespace parlay

#endif
