/* Grouping by key or index: groups, sums, counts, and each value once.
 *
 * By key there is no order to rely on; by index, or where the name says ordered, the result is sorted. Values of a
 * group keep their order.
 */
#ifndef PARLAY_INTERNAL_GROUP_BY_H_
#define PARLAY_INTERNAL_GROUP_BY_H_

#include "aggregate.h"
#include "filter.h"
#include "sort.h"

namespace parlay {
namespace internal {

template <typename R>
using key_of_t = std::decay_t<decltype(std::get<0>(std::declval<range_value_type_t<R>&>()))>;
template <typename R>
using mapped_of_t = std::decay_t<decltype(std::get<1>(std::declval<range_value_type_t<R>&>()))>;

/* Where each run of equal elements of a sorted range begins. */
template <typename S, typename Less>
sequence<size_t> run_starts(const S& sorted, const Less& less) {
  return parlay::pack_index(
      delayed_tabulate(sorted.size(), [&](size_t i) { return i == 0 || less(sorted[i - 1], sorted[i]); }));
}

/* For pairs sorted by index, where each index below `count` begins, and how many pairs there are. */
template <typename S>
sequence<size_t> index_starts(const S& sorted, size_t count) {
  auto starts = sequence<size_t>::uninitialized(count + 1);
  const size_t n = sorted.size();
  size_t* const start = starts.data();
  const auto index_at = [&sorted, n, count](size_t i) {
    return i < n ? static_cast<size_t>(std::get<0>(sorted[i])) : count;
  };
  parallel_for(0, n + 1, [=](size_t i) {
    const size_t from = i == 0 ? 0 : index_at(i - 1) + 1;
    for (size_t index = from; index <= index_at(i) && index <= count; index++) start[index] = i;
  });
  return starts;
}

template <typename V, typename S>
sequence<V> seconds_of(const S& pairs, size_t from, size_t to) {
  return sequence<V>::from_function(to - from, [&pairs, from](size_t i) { return V(std::get<1>(pairs[from + i])); });
}

}  // namespace internal

/* (key, values) for each distinct key of a range of pairs. */
template <typename R, typename Hash, typename Equal>
auto group_by_key(R&& r, Hash&& hash, Equal&& equal) {
  using K = internal::key_of_t<R>;
  using V = internal::mapped_of_t<R>;
  using T = range_value_type_t<R>;
  using Entry = typename internal::hashed_buckets<T>::entry;
  using Group = std::pair<K, sequence<V>>;
  return internal::with_elements(r, [&](const T* elements, size_t n) {
    const internal::hashed_buckets<T> buckets(elements, n, internal::first_of_pair(), hash);
    return parlay::flatten(buckets.for_each_bucket([&](const Entry* entries, size_t count) {
      internal::key_table<K, std::decay_t<Equal>> table(count < 4096 ? count : 4096, equal);
      sequence<size_t> sizes;
      auto numbers = sequence<size_t>::uninitialized(count);
      for (size_t i = 0; i < count; i++) {
        bool added = false;
        numbers[i] = table.number_of(std::get<0>(*entries[i].element), entries[i].hash, added);
        if (added) sizes.push_back(0);
        sizes[numbers[i]]++;
      }
      auto groups = sequence<Group>::from_function(table.size(), [&](size_t g) {
        Group group(table.key(g), {});
        group.second.reserve(sizes[g]);
        return group;
      });
      for (size_t i = 0; i < count; i++) groups[numbers[i]].second.push_back(std::get<1>(*entries[i].element));
      return groups;
    }));
  });
}
template <typename R>
auto group_by_key(R&& r) {
  return parlay::group_by_key(r, hash<internal::key_of_t<R>>(), std::equal_to<>());
}

/* The same in the order of the keys. */
template <typename R, typename Less>
auto group_by_key_ordered(R&& r, Less&& less) {
  using K = internal::key_of_t<R>;
  using V = internal::mapped_of_t<R>;
  const auto by_key = [&less](const auto& a, const auto& b) { return less(std::get<0>(a), std::get<0>(b)); };
  const auto sorted = parlay::stable_sort(r, by_key);
  const auto starts = internal::run_starts(sorted, by_key);
  return parlay::tabulate(starts.size(), [&](size_t g) {
    const size_t end = g + 1 < starts.size() ? starts[g + 1] : sorted.size();
    return std::pair<K, sequence<V>>(std::get<0>(sorted[starts[g]]), internal::seconds_of<V>(sorted, starts[g], end));
  });
}
template <typename R>
auto group_by_key_ordered(R&& r) {
  return parlay::group_by_key_ordered(r, std::less<>());
}

/* The values of each index below num_buckets of a range of (index, value) pairs. */
template <typename Integer, typename R>
auto group_by_index(R&& r, Integer num_buckets) {
  using V = internal::mapped_of_t<R>;
  const auto sorted = parlay::integer_sort(r, internal::first_of_pair());
  const size_t count = static_cast<size_t>(num_buckets);
  const auto starts = internal::index_starts(sorted, count);
  return parlay::tabulate(count, [&](size_t b) { return internal::seconds_of<V>(sorted, starts[b], starts[b + 1]); });
}

/* (key, sum of its values) for each distinct key of a range of pairs; the operation is to be commutative. */
template <typename R, typename M, typename Hash, typename Equal>
auto reduce_by_key(R&& r, M&& m, Hash&& hash, Equal&& equal) {
  using V = internal::monoid_value_t<M>;
  using T = range_value_type_t<R>;
  return internal::with_elements(r, [&](const T* elements, size_t n) {
    return internal::aggregate<V>(
        elements, n, internal::first_of_pair(), hash, equal, [](const T& pair) { return V(std::get<1>(pair)); },
        [&m](V& sum, V&& value) { sum = internal::combine(m, std::move(sum), std::move(value)); });
  });
}
template <typename R, typename M>
auto reduce_by_key(R&& r, M&& m) {
  return parlay::reduce_by_key(r, m, hash<internal::key_of_t<R>>(), std::equal_to<>());
}
template <typename R>
auto reduce_by_key(R&& r) {
  return parlay::reduce_by_key(r, plus<internal::mapped_of_t<R>>());
}

/* The sum of the values of each index below num_buckets. */
template <typename R, typename Integer, typename M>
auto reduce_by_index(R&& r, Integer num_buckets, M&& m) {
  using V = internal::monoid_value_t<M>;
  const auto sorted = parlay::integer_sort(r, internal::first_of_pair());
  const size_t count = static_cast<size_t>(num_buckets);
  const auto starts = internal::index_starts(sorted, count);
  return parlay::tabulate<V>(count, [&](size_t b) {
    const auto values = delayed_tabulate(
        starts[b + 1] - starts[b], [&](size_t i) -> const auto& { return std::get<1>(sorted[starts[b] + i]); });
    return parlay::reduce(values, m);
  });
}
template <typename R, typename Integer>
auto reduce_by_index(R&& r, Integer num_buckets) {
  return parlay::reduce_by_index(r, num_buckets, plus<internal::mapped_of_t<R>>());
}

/* (key, how often it occurs) for each distinct element. */
template <typename Count = size_t, typename R, typename Hash, typename Equal>
auto histogram_by_key(R&& r, Hash&& hash, Equal&& equal) {
  using T = range_value_type_t<R>;
  return internal::with_elements(r, [&](const T* elements, size_t n) {
    return internal::aggregate<Count>(
        elements, n, internal::identity_key(), hash, equal, [](const T&) { return static_cast<Count>(1); },
        [](Count& sum, Count&& value) { sum = static_cast<Count>(sum + value); });
  });
}
template <typename Count = size_t, typename R>
auto histogram_by_key(R&& r) {
  return parlay::histogram_by_key<Count>(r, hash<range_value_type_t<R>>(), std::equal_to<>());
}

/* Each distinct element once. */
template <typename R, typename Hash, typename Equal>
auto remove_duplicates(R&& r, Hash&& hash, Equal&& equal) {
  using T = range_value_type_t<R>;
  const auto counted = parlay::histogram_by_key(r, hash, equal);
  return parlay::map(counted, [](const auto& pair) { return T(pair.first); });
}
template <typename R>
auto remove_duplicates(R&& r) {
  return parlay::remove_duplicates(r, hash<range_value_type_t<R>>(), std::equal_to<>());
}

/* The same sorted. */
template <typename R, typename Less>
auto remove_duplicates_ordered(R&& r, Less&& less) {
  return parlay::unique(parlay::stable_sort(r, less), [&less](const auto& a, const auto& b) { return !less(a, b); });
}
template <typename R>
auto remove_duplicates_ordered(R&& r) {
  return parlay::remove_duplicates_ordered(r, std::less<>());
}

/* The integers up to max_value that occur, sorted. */
template <typename Integer, typename R>
auto remove_duplicate_integers(R&& r, Integer max_value) {
  auto in = std::begin(r);
  const size_t count = static_cast<size_t>(max_value) + 1;
  sequence<unsigned char> occurs(count, 0);
  unsigned char* const flags = occurs.data();
  internal::cheap_for(parlay::size(r), [in, flags](size_t i) {
    __atomic_store_n(flags + static_cast<size_t>(in[static_cast<ptrdiff_t>(i)]), 1, __ATOMIC_RELAXED);
  });
  return parlay::pack_index<Integer>(occurs);
}

/* Names programs use for the counts. */
template <typename R>
auto count_by_key(R&& r) {
  return parlay::histogram_by_key(r);
}
template <typename R>
auto count_by_key_ordered(R&& r) {
  const auto sorted = parlay::sort(r);
  const auto starts = internal::run_starts(sorted, std::less<>());
  return parlay::tabulate(starts.size(), [&](size_t g) {
    const size_t end = g + 1 < starts.size() ? starts[g + 1] : sorted.size();
    return std::pair<range_value_type_t<R>, size_t>(sorted[starts[g]], end - starts[g]);
  });
}

}  // namespace parlay

#endif
