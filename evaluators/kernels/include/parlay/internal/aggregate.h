/* Aggregation by hashed key: elements go to buckets by hash, each bucket to a table of its own.
 *
 * A bucket that a frequent key made long is halved, aggregated in parallel, and put together again.
 */
#ifndef PARLAY_INTERNAL_AGGREGATE_H_
#define PARLAY_INTERNAL_AGGREGATE_H_

#include "../utilities.h"
#include "buckets.h"

namespace parlay {
namespace internal {

/* Distinct keys in the order they came, found by open addressing; hashes are kept, so that equal() is seldom called. */
template <typename Key, typename Equal>
class key_table {
 public:
  key_table(size_t expected, const Equal& equal) : equal_(equal) {
    size_t slots = 8;
    while (slots < 2 * expected) slots *= 2;
    slots_ = sequence<unsigned>(slots, 0);
  }

  /* The number of the key; `added` says whether it is a new one. The low half of the hash is the table's. */
  size_t number_of(const Key& key, uint64_t hash, bool& added) {
    const size_t mask = slots_.size() - 1;
    for (size_t slot = hash & mask;; slot = (slot + 1) & mask) {
      const unsigned number = slots_[slot];
      added = number == 0;
      if (added) {
        keys_.push_back(&key);
        hashes_.push_back(hash);
        slots_[slot] = static_cast<unsigned>(keys_.size());
        if (2 * keys_.size() > slots_.size()) grow();
        return keys_.size() - 1;
      }
      if (hashes_[number - 1] == hash && equal_(*keys_[number - 1], key)) return number - 1;
    }
  }

  size_t size() const { return keys_.size(); }
  const Key& key(size_t number) const { return *keys_[number]; }

 private:
  void grow() {
    const size_t mask = 2 * slots_.size() - 1;
    slots_ = sequence<unsigned>(mask + 1, 0);
    for (size_t number = 0; number < hashes_.size(); number++) {
      size_t slot = hashes_[number] & mask;
      while (slots_[slot] != 0) slot = (slot + 1) & mask;
      slots_[slot] = static_cast<unsigned>(number + 1);
    }
  }

  const Equal& equal_;
  sequence<unsigned> slots_;
  sequence<uint64_t> hashes_;
  sequence<const Key*> keys_;
};

/* Pointers to n elements, those with equal keys in one bucket and in their order. */
template <typename T>
struct hashed_buckets {
  struct entry {
    const T* element;
    uint64_t hash;
  };
  sequence<entry> entries;
  sequence<size_t> starts;

  template <typename KeyOf, typename Hash>
  hashed_buckets(const T* elements, size_t n, const KeyOf& key_of, const Hash& hash) {
    unsigned bits = 0;
    while ((n >> bits) > (fine_grained ? 4 : 4096) && bits < (fine_grained ? 8 : 12)) bits++;
    auto hashes = sequence<uint64_t>::from_function(
        n, [&, elements](size_t i) { return hash64_2(static_cast<uint64_t>(hash(key_of(elements[i])))); });
    entries = sequence<entry>::uninitialized(n);
    entry* const out = entries.data();
    const uint64_t* const hashed = hashes.data();
    starts = distribute(
        n, size_t{1} << bits, [=](size_t i) { return bits == 0 ? 0 : static_cast<size_t>(hashed[i] >> (64 - bits)); },
        [=](size_t i, size_t k) {
          out[k] = {elements + i, hashed[i]};
        });
  }

  /* Calls f(bucket's entries, count) for each bucket in parallel and returns what it returns. */
  template <typename F>
  auto for_each_bucket(const F& f) const {
    return parlay::tabulate(
        starts.size() - 1, [&](size_t b) { return f(entries.data() + starts[b], starts[b + 1] - starts[b]); }, 1);
  }
};

/* (key, value) for each distinct key, where value is what add made of init(element) of the first and the others. */
template <typename Value, typename T, typename KeyOf, typename Hash, typename Equal, typename Init, typename Add>
auto aggregate(const T* elements, size_t n, const KeyOf& key_of, const Hash& hash, const Equal& equal, const Init& init,
               const Add& add) {
  using Key = std::decay_t<decltype(key_of(*elements))>;
  using Entry = typename hashed_buckets<T>::entry;
  struct totals {
    sequence<Entry> firsts;
    sequence<Value> values;
  };
  const auto collect = [&](const auto& self, const Entry* entries, size_t count) -> totals {
    totals made;
    key_table<Key, Equal> table(count < 4096 ? count : 4096, equal);
    const auto take = [&](const Entry& entry, Value&& value) {
      bool added = false;
      const size_t number = table.number_of(key_of(*entry.element), entry.hash, added);
      if (added) {
        made.firsts.push_back(entry);
        made.values.push_back(std::move(value));
      } else {
        add(made.values[number], std::move(value));
      }
    };
    if (count > size_t{1} << 15) {
      totals halves[2];
      par_do([&] { halves[0] = self(self, entries, count / 2); },
             [&] { halves[1] = self(self, entries + count / 2, count - count / 2); });
      for (totals& half : halves) {
        for (size_t i = 0; i < half.firsts.size(); i++) take(half.firsts[i], std::move(half.values[i]));
      }
    } else {
      for (size_t i = 0; i < count; i++) take(entries[i], init(*entries[i].element));
    }
    return made;
  };
  const hashed_buckets<T> buckets(elements, n, key_of, hash);
  return parlay::flatten(buckets.for_each_bucket([&](const Entry* entries, size_t count) {
    totals made = collect(collect, entries, count);
    return sequence<std::pair<Key, Value>>::from_function(made.firsts.size(), [&](size_t i) {
      return std::pair<Key, Value>(key_of(*made.firsts[i].element), std::move(made.values[i]));
    });
  }));
}

}  // namespace internal
}  // namespace parlay

#endif
