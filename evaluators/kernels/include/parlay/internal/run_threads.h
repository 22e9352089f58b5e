/* The threads build: a thread a block and nothing shared but creation and joining, for ThreadSanitizer.
 *
 * A scheduler's own synchronisation orders accesses that the program does not, and so hides races; here two blocks are
 * ordered only if the program orders them. Each branch has a share of the threads that may live at one time, which it
 * divides among the branches it forks; with a share of one it forks no more.
 */
#ifndef PARLAY_INTERNAL_RUN_THREADS_H_
#define PARLAY_INTERNAL_RUN_THREADS_H_

#include <pthread.h>

#include "body.h"

namespace parlay {
namespace internal {

inline constexpr bool fine_grained = true;
inline constexpr size_t most_threads = 48;
inline constexpr size_t most_blocks = 16;

/* The running branch's threads: as many as `size`, with the worker ids from `first` on. Branches that may run at one
 * time have disjoint shares, so that what a program keeps by worker id is never raced for. */
struct thread_share {
  size_t first;
  size_t size;
};
inline __thread thread_share own_share = {0, most_threads};

inline size_t count_workers() { return most_threads; }
inline size_t own_worker_id() { return own_share.first; }

struct thread_job {
  branch what;
  size_t low;
  size_t high;
  thread_share share;
  pthread_t thread;
  bool started;
};

inline void run_job(const thread_job& job) {
  const thread_share before = own_share;
  own_share = job.share;
  job.what(job.low, job.high);
  own_share = before;
}

inline void* enter_job(void* job) {
  run_job(*static_cast<thread_job*>(job));
  return nullptr;
}

/* Runs `count` jobs at one time, the last of them here; those for which no thread can be had run here, too. */
inline void run_jobs(thread_job* jobs, size_t count) {
  const thread_share share = own_share;
  for (size_t i = 0; i < count; i++) {
    const size_t begin = share.size * i / count;
    jobs[i].share = {share.first + begin, share.size * (i + 1) / count - begin};
  }
  for (size_t i = 0; i + 1 < count; i++) {
    jobs[i].started = pthread_create(&jobs[i].thread, nullptr, enter_job, &jobs[i]) == 0;
  }
  run_job(jobs[count - 1]);
  for (size_t i = 0; i + 1 < count; i++) {
    if (jobs[i].started) {
      pthread_join(jobs[i].thread, nullptr);
    } else {
      run_job(jobs[i]);
    }
  }
}

PARLAY_INTERNAL_ONCE inline void run_pair(branch left, branch right, bool) noexcept {
  thread_job jobs[2] = {{left, 0, 1, {}, {}, false}, {right, 0, 1, {}, {}, false}};
  if (own_share.size > 1) {
    run_jobs(jobs, 2);
  } else {
    left(0, 1);
    right(0, 1);
  }
}

PARLAY_INTERNAL_ONCE inline void run_loop(branch body, size_t low, size_t high, size_t, bool) noexcept {
  const size_t count = high - low;
  size_t blocks = own_share.size < most_blocks ? own_share.size : most_blocks;
  if (blocks > count) blocks = count;
  if (blocks < 2) return body(low, high);
  thread_job jobs[most_blocks];
  for (size_t i = 0; i < blocks; i++) {
    jobs[i] = {body, low + count * i / blocks, low + count * (i + 1) / blocks, {}, {}, false};
  }
  run_jobs(jobs, blocks);
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
