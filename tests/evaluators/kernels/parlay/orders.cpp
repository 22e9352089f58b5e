// Sorts, searches and groups beside their counterparts of the standard library.
#include "check.h"

#include <map>
#include <string>

namespace {

using item = std::pair<long, size_t>;

bool by_first(const item& a, const item& b) { return a.first < b.first; }

void sorts(const parlay::sequence<long>& x) {
  auto expected = vector_of(x);
  std::sort(expected.begin(), expected.end());
  CHECK(same(parlay::sort(x), expected));
  CHECK(same(parlay::integer_sort(x), expected));
  CHECK(same(parlay::sort(parlay::delayed_map(x, [](long v) { return v; })), expected));
  auto copy = vector_of(x);
  parlay::sort_inplace(copy);
  CHECK(same(copy, expected));
  std::sort(expected.begin(), expected.end(), std::greater<>());
  CHECK(same(parlay::sort(x, std::greater<>()), expected));

  auto items = parlay::tabulate(x.size(), [&](size_t i) { return item(x[i] % 16, i); });
  auto ordered = vector_of(items);
  std::stable_sort(ordered.begin(), ordered.end(), by_first);
  CHECK(same(parlay::stable_sort(items, by_first), ordered));
  CHECK(same(parlay::integer_sort(items, [](const item& p) { return static_cast<unsigned>(p.first + 16); }), ordered));
  auto words = parlay::map(x, [](long v) { return std::to_string(v % 100); });
  auto sorted_words = vector_of(words);
  std::sort(sorted_words.begin(), sorted_words.end());
  CHECK(same(parlay::sort(words), sorted_words));

  const auto halves = parlay::merge(parlay::sort(x.head(x.size() / 3)), parlay::sort(x.tail(x.size() - x.size() / 3)));
  std::sort(expected.begin(), expected.end());
  CHECK(same(halves, expected));
  const auto ranks = parlay::rank(x);
  for (size_t i = 0; i < x.size(); i++) CHECK(expected[ranks[i]] == x[i]);
  if (!x.empty()) CHECK(parlay::kth_smallest_copy(x, x.size() / 2) == expected[x.size() / 2]);
}

void searches(const parlay::sequence<long>& x) {
  const auto v = vector_of(x);
  const long wanted = x.empty() ? 0 : x[x.size() * 7 / 8];
  const auto negative = [](long a) { return a < 0; };
  CHECK(parlay::find(x, wanted) - x.begin() == std::find(v.begin(), v.end(), wanted) - v.begin());
  CHECK(parlay::count(x, wanted) == static_cast<size_t>(std::count(v.begin(), v.end(), wanted)));
  CHECK(parlay::any_of(x, negative) == std::any_of(v.begin(), v.end(), negative));
  CHECK(parlay::all_of(x, negative) == std::all_of(v.begin(), v.end(), negative));
  CHECK(parlay::adjacent_find(x) - x.begin() == std::adjacent_find(v.begin(), v.end()) - v.begin());
  CHECK(parlay::is_sorted_until(x) - x.begin() == std::is_sorted_until(v.begin(), v.end()) - v.begin());
  CHECK(parlay::is_partitioned(x, negative) == std::is_partitioned(v.begin(), v.end(), negative));
  CHECK(parlay::equal(x, v) && !parlay::lexicographical_compare(x, v));
  if (x.empty()) return;
  CHECK(parlay::min_element(x) - x.begin() == std::min_element(v.begin(), v.end()) - v.begin());
  CHECK(parlay::max_element(x) - x.begin() == std::max_element(v.begin(), v.end()) - v.begin());
  const auto part = x.cut(x.size() / 2, x.size() / 2 + 1);
  CHECK(parlay::search(x, part) - x.begin() == std::search(v.begin(), v.end(), part.begin(), part.end()) - v.begin());
  CHECK(parlay::find_end(x, part) - x.begin() ==
        std::find_end(v.begin(), v.end(), part.begin(), part.end()) - v.begin());
}

void groups(const parlay::sequence<long>& x, size_t range) {
  std::map<long, std::vector<size_t>> places;
  for (size_t i = 0; i < x.size(); i++) places[x[i]].push_back(i);
  const auto items = parlay::tabulate(x.size(), [&](size_t i) { return item(x[i], i); });

  for (const auto& [key, values] : parlay::group_by_key(items)) {
    CHECK(same(values, places[key]));
  }
  CHECK(parlay::group_by_key(items).size() == places.size());
  auto place = places.begin();
  for (const auto& [key, values] : parlay::group_by_key_ordered(items)) {
    CHECK(key == place->first && same(values, place->second));
    ++place;
  }
  CHECK(place == places.end());
  for (const auto& [key, count] : parlay::histogram_by_key(x)) CHECK(places[key].size() == count);
  for (const auto& [key, sum] : parlay::reduce_by_key(items)) {
    CHECK(sum == std::accumulate(places[key].begin(), places[key].end(), size_t{0}));
  }
  const auto distinct = parlay::remove_duplicates_ordered(x);
  CHECK(distinct.size() == places.size() && parlay::is_sorted(distinct));
  CHECK(same(parlay::sort(parlay::remove_duplicates(x)), distinct));

  const auto index = [&](long v) { return static_cast<unsigned>(v + static_cast<long>(range / 2)); };
  const auto keys = parlay::map(x, index);
  const auto by_index =
      parlay::group_by_index(parlay::tabulate(x.size(), [&](size_t i) { return std::make_pair(keys[i], i); }), range);
  const auto counts = parlay::histogram_by_index(keys, range);
  CHECK(by_index.size() == range && counts.size() == range);
  for (const auto& [key, values] : places) {
    CHECK(same(by_index[index(key)], values) && counts[index(key)] == values.size());
  }
  CHECK(parlay::reduce(counts) == x.size());
  CHECK(parlay::remove_duplicate_integers(keys, range).size() == places.size());
}

}  // namespace

int main() {
  size_t seed = 0;
  for (size_t n : sizes_up_to(large)) {
    for (size_t range : {1, 1000, 100000}) {
      const auto x = numbers(n, range, seed++);
      sorts(x);
      searches(x);
      groups(x, range);
    }
  }
}
