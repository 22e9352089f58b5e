// Times one operation a request: reads its name from standard input, runs it, answers with milliseconds on the clock
// and of the processors, and a checksum.
// Built once against each implementation: PARLAY (any headers of that interface), TBB, or STD (std::execution::par).
#include <time.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <iostream>
#include <map>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#if defined(PARLAY)
#include <parlay/parallel.h>
#include <parlay/primitives.h>
#include <parlay/sequence.h>
#elif defined(TBB)
#include <tbb/blocked_range.h>
#include <tbb/combinable.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/parallel_reduce.h>
#include <tbb/parallel_scan.h>
#include <tbb/parallel_sort.h>
#elif defined(STD)
#include <execution>
#include <tbb/global_control.h>
#endif

namespace {

constexpr unsigned bins = 1024;

std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

struct graph {
  std::vector<long> offset;
  std::vector<int> edge;
};

graph random_graph(long vertices, long degree) {
  graph g;
  std::vector<std::pair<int, int>> edges;
  for (long i = 0; i < vertices * degree / 2; i++) {
    const int a = static_cast<int>(mix(2 * i + 1) % vertices);
    const int b = static_cast<int>(mix(2 * i + 2) % vertices);
    edges.push_back({a, b});
  }
  g.offset.assign(vertices + 1, 0);
  for (auto [a, b] : edges) g.offset[a + 1]++, g.offset[b + 1]++;
  std::partial_sum(g.offset.begin(), g.offset.end(), g.offset.begin());
  g.edge.resize(2 * edges.size());
  std::vector<long> place(g.offset.begin(), g.offset.end() - 1);
  for (auto [a, b] : edges) g.edge[place[a]++] = b, g.edge[place[b]++] = a;
  return g;
}

struct input {
  long n;
#if defined(PARLAY)
  parlay::sequence<long> x;
  parlay::sequence<unsigned> key;
#else
  std::vector<long> x;
  std::vector<unsigned> key;
#endif
  graph g;

  explicit input(long n) : n(n), x(n), key(n), g(random_graph(n / 10, 10)) {
    for (long i = 0; i < n; i++) x[i] = static_cast<long>(mix(i + 1) >> 1), key[i] = mix(i + 7) % bins;
  }
};

double cpu_milliseconds() {
  timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return 1e3 * static_cast<double>(now.tv_sec) + 1e-6 * static_cast<double>(now.tv_nsec);
}

using operation = std::function<std::uint64_t(input&)>;

#if defined(PARLAY)
std::uint64_t bfs(const graph& g) {
  const long n = static_cast<long>(g.offset.size()) - 1;
  auto parent = parlay::tabulate<std::atomic<int>>(n, [](long) { return -1; });
  parent[0] = 0;
  parlay::sequence<int> frontier(1, 0);
  std::uint64_t reached = 0;
  while (frontier.size() > 0) {
    reached += frontier.size();
    auto nested = parlay::map(frontier, [&](int u) {
      return parlay::tabulate(g.offset[u + 1] - g.offset[u],
                              [&, u](long k) { return std::make_pair(u, g.edge[g.offset[u] + k]); });
    });
    auto edges = parlay::flatten(nested);
    auto fresh = parlay::filter(edges, [&](auto e) {
      int none = -1;
      return parent[e.second] == -1 && parent[e.second].compare_exchange_strong(none, e.first);
    });
    frontier = parlay::map(fresh, [](auto e) { return e.second; });
  }
  return reached;
}

const std::map<std::string, operation> operations = {
    {"reduce", [](input& in) { return static_cast<std::uint64_t>(parlay::reduce(in.x)); }},
    {"scan", [](input& in) { return static_cast<std::uint64_t>(parlay::scan(in.x).first[in.n / 2]); }},
    {"filter", [](input& in) { return parlay::filter(in.x, [](long v) { return v % 2 == 1; }).size(); }},
    {"histogram", [](input& in) { return parlay::histogram_by_index(in.key, bins)[bins / 2]; }},
    {"sort", [](input& in) { return static_cast<std::uint64_t>(parlay::sort(in.x)[in.n / 2]); }},
    {"integer_sort",
     [](input& in) {
       return static_cast<std::uint64_t>(
           parlay::integer_sort(in.x, [](long v) { return static_cast<std::uint64_t>(v); })[in.n / 2]);
     }},
    {"bfs", [](input& in) { return bfs(in.g); }},
};
#elif defined(TBB)
template <typename T>
using range = tbb::blocked_range<T>;

struct sum_body {
  const long* in;
  long* out;
  long sum = 0;
  sum_body(const long* in, long* out) : in(in), out(out) {}
  sum_body(sum_body& other, tbb::split) : in(other.in), out(other.out) {}
  template <typename Tag>
  void operator()(const range<long>& r, Tag) {
    long before = sum;
    for (long i = r.begin(); i < r.end(); i++) {
      if (Tag::is_final_scan()) out[i] = before;
      before += in[i];
    }
    sum = before;
  }
  void reverse_join(sum_body& left) { sum += left.sum; }
  void assign(sum_body& other) { sum = other.sum; }
};

struct pack_body {
  const long* in;
  long* out;
  long count = 0;
  pack_body(const long* in, long* out) : in(in), out(out) {}
  pack_body(pack_body& other, tbb::split) : in(other.in), out(other.out) {}
  template <typename Tag>
  void operator()(const range<long>& r, Tag) {
    long k = count;
    for (long i = r.begin(); i < r.end(); i++) {
      if (in[i] % 2 != 1) continue;
      if (Tag::is_final_scan()) out[k] = in[i];
      k++;
    }
    count = k;
  }
  void reverse_join(pack_body& left) { count += left.count; }
  void assign(pack_body& other) { count = other.count; }
};

const std::map<std::string, operation> operations = {
    {"reduce",
     [](input& in) {
       return static_cast<std::uint64_t>(tbb::parallel_reduce(
           range<long>(0, in.n), 0L,
           [&](const range<long>& r, long sum) {
             return std::accumulate(&in.x[r.begin()], &in.x[r.begin()] + r.size(), sum);
           },
           std::plus<long>()));
     }},
    {"scan",
     [](input& in) {
       std::vector<long> out(in.n);
       sum_body body(in.x.data(), out.data());
       tbb::parallel_scan(range<long>(0, in.n), body);
       return static_cast<std::uint64_t>(out[in.n / 2]);
     }},
    {"filter",
     [](input& in) {
       std::vector<long> out(in.n);
       pack_body body(in.x.data(), out.data());
       tbb::parallel_scan(range<long>(0, in.n), body);
       return static_cast<std::uint64_t>(body.count);
     }},
    {"histogram",
     [](input& in) {
       tbb::combinable<std::vector<unsigned>> counts([] { return std::vector<unsigned>(bins); });
       tbb::parallel_for(range<long>(0, in.n), [&](const range<long>& r) {
         auto& mine = counts.local();
         for (long i = r.begin(); i < r.end(); i++) mine[in.key[i]]++;
       });
       std::uint64_t middle = 0;
       counts.combine_each([&](const std::vector<unsigned>& c) { middle += c[bins / 2]; });
       return middle;
     }},
    {"sort",
     [](input& in) {
       std::vector<long> out(in.x);
       tbb::parallel_sort(out.begin(), out.end());
       return static_cast<std::uint64_t>(out[in.n / 2]);
     }},
};
#elif defined(STD)
const std::map<std::string, operation> operations = {
    {"reduce",
     [](input& in) { return static_cast<std::uint64_t>(std::reduce(std::execution::par, in.x.begin(), in.x.end())); }},
    {"scan",
     [](input& in) {
       std::vector<long> out(in.n);
       std::exclusive_scan(std::execution::par, in.x.begin(), in.x.end(), out.begin(), 0L);
       return static_cast<std::uint64_t>(out[in.n / 2]);
     }},
    {"filter",
     [](input& in) {
       std::vector<long> out(in.n);
       return static_cast<std::uint64_t>(
           std::copy_if(std::execution::par, in.x.begin(), in.x.end(), out.begin(), [](long v) { return v % 2 == 1; }) -
           out.begin());
     }},
    {"sort",
     [](input& in) {
       std::vector<long> out(in.x);
       std::sort(std::execution::par, out.begin(), out.end());
       return static_cast<std::uint64_t>(out[in.n / 2]);
     }},
};
#endif

}  // namespace

int main(int argc, char** argv) {
  const long n = argc > 1 ? std::stol(argv[1]) : 10000000;
#if !defined(PARLAY)
  const tbb::global_control threads(tbb::global_control::max_allowed_parallelism, argc > 2 ? std::stoul(argv[2]) : 2);
#endif
  input in(n);
  std::string name;
  while (std::cin >> name) {
    const auto found = operations.find(name);
    if (found == operations.end()) {
      std::printf("none\n");
    } else {
      const double cpu = cpu_milliseconds();
      const auto begin = std::chrono::steady_clock::now();
      const std::uint64_t check = found->second(in);
      const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - begin;
      std::printf("%.4f %.4f %llu\n", taken.count(), cpu_milliseconds() - cpu, static_cast<unsigned long long>(check));
    }
    std::fflush(stdout);
  }
}
