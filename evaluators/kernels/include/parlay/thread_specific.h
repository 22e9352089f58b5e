/* One object a worker, for what is cheaper to keep apart and combine afterwards. */
#ifndef PARLAY_THREAD_SPECIFIC_H_
#define PARLAY_THREAD_SPECIFIC_H_

#include "sequence.h"

namespace parlay {

/* Which object a branch gets depends on the schedule, so a determinacy-race detector reports what it makes
 * different. */
template <typename T>
class WorkerSpecific {
 public:
  WorkerSpecific() : WorkerSpecific([] { return T(); }) {}
  template <typename Make, typename = std::invoke_result_t<Make&>>
  explicit WorkerSpecific(Make make)
      : slots_(sequence<slot>::from_function(num_workers(), [&](size_t) { return slot{T(make())}; })) {}

  T& get() { return slots_[worker_id()].value; }
  const T& get() const { return slots_[worker_id()].value; }
  T& operator*() { return get(); }
  const T& operator*() const { return get(); }
  T* operator->() { return &get(); }
  const T* operator->() const { return &get(); }

  size_t size() const { return slots_.size(); }
  T& operator[](size_t worker) { return slots_[worker].value; }

  /* Calls f with each worker's object, one after another. */
  template <typename F>
  void for_each(F&& f) {
    for (slot& s : slots_) f(s.value);
  }

 private:
  struct alignas(64) slot {
    T value;
  };
  sequence<slot> slots_;
};

template <typename T>
using ThreadSpecific = WorkerSpecific<T>;

}  // namespace parlay

#endif
