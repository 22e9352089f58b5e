// Sequences, and what is mapped, summed, chosen and delayed, beside plain loops.
#include "check.h"

#include <parlay/hash_map.h>
#include <parlay/hash_table.h>
#include <parlay/io.h>

#include <memory>
#include <optional>

namespace {

namespace delayed = parlay::delayed;

void sums(const parlay::sequence<long>& x) {
  const auto v = vector_of(x);
  const long total = std::accumulate(v.begin(), v.end(), 0L);
  std::vector<long> before(v.size());
  std::exclusive_scan(v.begin(), v.end(), before.begin(), 0L);
  std::vector<long> with(v.size());
  std::partial_sum(v.begin(), v.end(), with.begin());
  CHECK(parlay::reduce(x) == total);
  const auto [prefix, sum] = parlay::scan(x);
  CHECK(same(prefix, before) && sum == total);
  CHECK(same(parlay::scan_inclusive(x), with));
  auto copy = x;
  CHECK(parlay::scan_inplace(copy) == total && same(copy, before));

  // An operation that is not commutative: the last element that is not zero.
  const auto last = parlay::binary_op([](long a, long b) { return b == 0 ? a : b; }, 0L);
  long expected = 0;
  for (long a : v) expected = a == 0 ? expected : a;
  CHECK(parlay::reduce(x, last) == expected && parlay::scan(x, last).second == expected);
}

void choices(const parlay::sequence<long>& x) {
  const auto odd = [](long a) { return a % 2 != 0; };
  std::vector<long> expected;
  std::vector<size_t> places;
  for (size_t i = 0; i < x.size(); i++) {
    if (!odd(x[i])) continue;
    expected.push_back(x[i]);
    places.push_back(i);
  }
  CHECK(same(parlay::filter(x, odd), expected));
  CHECK(same(parlay::pack(x, parlay::map(x, odd)), expected));
  CHECK(same(parlay::pack_index(parlay::delayed_map(x, odd)), places));
  const auto some = [&](long a) { return odd(a) ? std::optional<long>(a) : std::nullopt; };
  CHECK(same(parlay::map_maybe(x, some), expected));
  CHECK(same(delayed::to_sequence(delayed::map_maybe(x, some)), expected));
  auto copy = x;
  delayed::for_each(delayed::filter(copy, odd), [](long& a) { a = 0; });
  for (size_t i = 0; i < x.size(); i++) CHECK(copy[i] == (odd(x[i]) ? 0 : x[i]));
}

void flattening(const parlay::sequence<long>& x) {
  std::vector<long> expected;
  for (long a : x) {
    for (long k = 0; k < (a & 3); k++) expected.push_back(a + k);
  }
  const auto inner = [](long a) {
    return parlay::delayed_tabulate(a & 3, [a](size_t k) { return a + static_cast<long>(k); });
  };
  CHECK(same(parlay::flatten(parlay::delayed_map(x, inner)), expected));
  CHECK(same(parlay::flatten(parlay::map(x, [&](long a) { return parlay::to_sequence(inner(a)); })), expected));
  const auto flat = delayed::flatten(delayed::map(x, inner));
  CHECK(same(delayed::to_sequence(flat), expected));
  CHECK(parlay::reduce(flat) == std::accumulate(expected.begin(), expected.end(), 0L));

  auto [prefix, total] = delayed::scan(flat);
  const auto differences =
      delayed::zip_with([](long a, long b) { return b - a; }, prefix, delayed::scan_inclusive(flat));
  CHECK(same(delayed::to_sequence(differences), expected));
  CHECK(total == std::accumulate(expected.begin(), expected.end(), 0L));
  std::vector<size_t> indices(expected.size());
  parlay::for_each(delayed::enumerate(flat),
                   [&](const auto& pair) { indices[std::get<0>(pair)] = std::get<0>(pair) + 1; });
  for (size_t i = 0; i < indices.size(); i++) CHECK(indices[i] == i + 1);
}

void sequences() {
  parlay::sequence<int> a(10, 3);
  for (int i = 0; i < 5000; i++) a.push_back(i);
  a.append(a);
  CHECK(a.size() == 10020 && a[5009] == 4999 && a[10019] == 4999);
  a.insert(a.begin() + 2, 77);
  CHECK(a[2] == 77 && *a.erase(a.begin() + 2) == 3 && a.pop_tail(20).size() == 20 && a.size() == 10000);
  parlay::sequence<std::string> words{"one", "two"};
  for (int i = 0; i < 1000; i++) words.push_back(words[i % 2]);
  auto copy = words;
  CHECK(copy == words && !(copy < words));
  copy.append(std::move(words));
  CHECK(copy.size() == 2004 && copy[2003] == "two");
  parlay::sequence<std::unique_ptr<int>> owners;
  for (int i = 0; i < 100; i++) owners.emplace_back(std::make_unique<int>(99 - i));
  parlay::sort_inplace(owners, [](const auto& x, const auto& y) { return *x < *y; });
  CHECK(*owners[0] == 0 && *owners[99] == 99);
  const parlay::sequence<std::atomic<int>> zeros(5000);
  CHECK(zeros[4999] == 0);
  CHECK(same(parlay::reverse(parlay::rotate(parlay::iota(5), 2)), std::vector<size_t>{1, 0, 4, 3, 2}));
}

void text() {
  const auto words = parlay::tokens(std::string(" the  quick\tfox\n"));
  CHECK(words.size() == 3 && same(words[1], std::string("quick")));
  CHECK(parlay::split_at(words[1], parlay::map(words[1], [](char c) { return c == 'i'; })).size() == 2);
  CHECK(parlay::chars_to_long(parlay::to_chars(-42L)) == -42);
  const parlay::sequence<std::pair<int, double>> pairs{{1, 0.5}, {2, 1.25}};
  CHECK(same(parlay::to_chars(pairs), std::string("[(1, 0.5), (2, 1.25)]")));
}

void tables() {
  parlay::hashtable<parlay::hash_numeric<long>> table(3000);
  parlay::parallel_for(0, 6000, [&](size_t i) { table.insert(static_cast<long>(i % 3000)); });
  CHECK(table.count() == 3000 && table.find(2999) == 2999 && table.find(3000) == -1);
  parlay::parallel_for(0, 1500, [&](size_t i) { table.deleteVal(static_cast<long>(2 * i)); });
  CHECK(table.count() == 1500 && table.find(2) == -1 && table.find(3) == 3);
  parlay::hash_map<int, int> map(100);
  parlay::parallel_for(0, 1000,
                       [&](int i) { map.upsert(i % 10, [](std::optional<int> old) { return old.value_or(0) + 1; }); });
  CHECK(map.size() == 10 && map.find(3) == 100 && map.remove(3) == 100 && !map.find(3));
}

void orders() {
  const auto permutation = parlay::random_permutation(5000);
  CHECK(same(parlay::sort(permutation), parlay::to_sequence(parlay::iota(5000))) && permutation[0] != permutation[1]);
  std::atomic<int> least{100};
  parlay::parallel_for(0, 100, [&](int i) { parlay::write_min(&least, (i + 50) % 100); });
  CHECK(least == 0);
}

}  // namespace

int main() {
  size_t seed = 0;
  for (size_t n : sizes_up_to(large)) {
    const auto x = numbers(n, 1000, seed++);
    sums(x);
    choices(x);
    flattening(x);
  }
  sequences();
  text();
  tables();
  orders();
}
