// Branches and loops, nested, and what a body may rely on.
#include "check.h"

#include <atomic>
#include <mutex>

namespace {

long fibonacci(int n) {
  if (n < 2) return n;
  long a = 0;
  long b = 0;
  parlay::par_do([&] { a = fibonacci(n - 1); }, [&] { b = fibonacci(n - 2); });
  return a + b;
}

void twice(size_t i);
std::vector<int> doubled(10);
void twice(size_t i) { doubled[i] = static_cast<int>(2 * i); }

void each_iteration_once() {
  for (long granularity : {0, 1, 7, 1000, 1000000}) {
    std::vector<int> times(20011);
    parlay::parallel_for(
        3, times.size(), [&](size_t i) { times[i]++; }, granularity);
    for (size_t i = 0; i < times.size(); i++) CHECK(times[i] == (i >= 3));
  }
  parlay::parallel_for(5, 5, [](size_t) { CHECK(false); });
  parlay::parallel_for(0, doubled.size(), twice);
  CHECK(doubled[9] == 18);
}

void nested_loops() {
  std::atomic<long> sum{0};
  parlay::parallel_for(0, 100, [&](int i) { parlay::parallel_for(0, i, [&](int j) { sum += j; }); });
  long expected = 0;
  for (int i = 0; i < 100; i++) expected += i * (i - 1) / 2;
  CHECK(sum == expected);
}

void blocks() {
  std::vector<int> times(1003);
  parlay::blocked_for(3, times.size(), 7, [&](size_t block, size_t low, size_t high) {
    CHECK(low == 3 + 7 * block && high - low == (high == times.size() ? 6 : 7));
    for (size_t i = low; i < high; i++) times[i]++;
  });
  CHECK(std::count(times.begin(), times.end(), 1) == 1000);
}

void branches() {
  CHECK(fibonacci(16) == 987);
  int a = 0;
  int b = 0;
  int c = 0;
  parlay::par_do3([&] { a = 1; }, [&] { b = 2; }, [&] { c = 3; });
  CHECK(a == 1 && b == 2 && c == 3);
  parlay::par_do_if(
      false, [&] { a = 4; }, [&] { b = a + 1; });
  CHECK(a == 4 && b == 5);
  parlay::parallel_invoke([&] { a = 6; }, [&] { b = 7; }, [&] { c = 8; });
  CHECK(a == 6 && b == 7 && c == 8);
  CHECK(parlay::execute_with_scheduler(3, [] { return fibonacci(12); }) == 144);
}

// Who waits within a lock must not begin another branch that wants it.
void locks() {
  std::mutex lock;
  long sum = 0;
  for (int round = 0; round < 20; round++) {
    parlay::parallel_for(
        0, 8,
        [&](size_t) {
          const std::lock_guard<std::mutex> held(lock);
          std::atomic<long> inner{0};
          parlay::parallel_for(
              0, 16, [&](size_t i) { inner += static_cast<long>(i); }, 1, true);
          sum += inner;
        },
        1, true);
  }
  CHECK(sum == 20 * 8 * 120);
}

// Plain memory written by a branch is there for who joined it.
void joined_writes() {
  for (int round = 0; round < 200; round++) {
    std::vector<long> x(300, round);
    parlay::parallel_for(
        0, x.size(), [&](size_t i) { x[i] += static_cast<long>(i); }, 1);
    for (size_t i = 0; i < x.size(); i++) CHECK(x[i] == round + static_cast<long>(i));
  }
}

#if defined(EVOLVE_PARLAY_SERIAL)
template <typename F>
size_t branches_of(const F& f) {
  const size_t before = branches_seen;
  f();
  CHECK(open_blocks.empty());
  return branches_seen - before;
}

// No race hides in a block: each call of a user's function is a branch's.
void every_call_is_a_branch() {
  const auto x = numbers(1000, 100, 1);
  CHECK(branches_of([] {
          parlay::parallel_for(
              0, 1000, [](size_t) {}, 500);
        }) == 1000);
  CHECK(branches_of([&] { parlay::map(x, [](long v) { return v; }); }) >= 1000);
  CHECK(branches_of([&] { parlay::filter(x, [](long v) { return v > 0; }); }) >= 1000);
  CHECK(branches_of([&] { parlay::reduce(x); }) == 2 * 999);
  CHECK(branches_of([&] { parlay::scan(x); }) >= 1000);
  CHECK(branches_of([&] { parlay::sort(x); }) >= 1000);
  CHECK(branches_of([&] { parlay::count_if(x, [](long v) { return v > 0; }); }) >= 1000);
}
#else
// What is kept by worker is never shared by two branches that run at one time.
void worker_ids() {
  std::vector<long> mine(parlay::num_workers());
  parlay::parallel_for(
      0, 5000,
      [&](size_t i) {
        CHECK(parlay::worker_id() < parlay::num_workers());
        mine[parlay::worker_id()] += static_cast<long>(i);
      },
      1);
  CHECK(std::accumulate(mine.begin(), mine.end(), 0L) == 5000L * 4999 / 2);
}
#endif

}  // namespace

int main() {
  each_iteration_once();
  nested_loops();
  blocks();
  branches();
#if defined(EVOLVE_PARLAY_SERIAL)
  every_call_is_a_branch();
#else
  worker_ids();
#endif
  joined_writes();
  locks();
}
