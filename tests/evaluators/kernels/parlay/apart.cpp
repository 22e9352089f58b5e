// Two branches of two milliseconds each after a pause in which the other thread went to sleep: in how many of twenty
// rounds did they run on two processors? Printed; to be compiled without a sanitizer.
#include <parlay/parallel.h>

#include <sched.h>

#include <chrono>
#include <cstdio>
#include <thread>

namespace {

using Clock = std::chrono::steady_clock;

void spin(std::chrono::microseconds time) {
  for (const auto end = Clock::now() + time; Clock::now() < end;) continue;
}

}  // namespace

int main() {
  int apart = 0;
  for (int round = 0; round < 20; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    int processor[2] = {-1, -1};
    parlay::parallel_for(0, 2, [&](size_t i) {
      processor[i] = sched_getcpu();
      spin(std::chrono::microseconds(2000));
    }, 1);
    apart += processor[0] != processor[1];
  }
  std::printf("%d\n", apart);
}
