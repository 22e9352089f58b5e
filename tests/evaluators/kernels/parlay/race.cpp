// One pair of iterations out of many shares a cell; with -DCLEAN it does not.
#include <parlay/parallel.h>

#include <vector>

int main() {
  constexpr size_t n = 20000;
  std::vector<long> cell(n + 1);
  parlay::parallel_for(0, n, [&](size_t i) {
#if defined(CLEAN)
    cell[i] = static_cast<long>(i);
#else
    cell[i == n - 1 ? 0 : i] = static_cast<long>(i);
#endif
  });
  return cell[n] == 0 ? 0 : 1;
}
