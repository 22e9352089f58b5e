/* A map from keys to values that any threads may use at one time, with room fixed when it is made: a number of buckets,
 * each a short list under a lock of its own.
 */
#ifndef PARLAY_HASH_MAP_H_
#define PARLAY_HASH_MAP_H_

#include <optional>

#include "primitives.h"

namespace parlay {

template <typename K, typename V, typename Hash = hash<K>, typename Equal = std::equal_to<K>>
class hash_map {
 public:
  using key_type = K;
  using mapped_type = V;

  explicit hash_map(size_t size, Hash hash = {}, Equal equal = {})
      : hash_(hash), equal_(equal), buckets_(size_t{1} << log2_up(size + 16)) {}

  /* Whether the key is new; if not, nothing changes. */
  bool insert(const K& key, const V& value) {
    return with(key, [&](sequence<entry>& entries, size_t i) {
      if (i < entries.size()) return false;
      entries.push_back({key, value});
      return true;
    });
  }

  /* Puts f(value there, as an optional) in the key's place; whether the key is new. */
  template <typename F>
  bool upsert(const K& key, const F& f) {
    return with(key, [&](sequence<entry>& entries, size_t i) {
      if (i < entries.size()) {
        entries[i].second = f(std::optional<V>(entries[i].second));
        return false;
      }
      entries.push_back({key, f(std::optional<V>())});
      return true;
    });
  }

  std::optional<V> find(const K& key) const {
    return with(key, [](const sequence<entry>& entries, size_t i) {
      return i < entries.size() ? std::optional<V>(entries[i].second) : std::optional<V>();
    });
  }

  /* The value there was. */
  std::optional<V> remove(const K& key) {
    return with(key, [](sequence<entry>& entries, size_t i) -> std::optional<V> {
      if (i == entries.size()) return std::nullopt;
      std::optional<V> value(std::move(entries[i].second));
      if (i + 1 < entries.size()) entries[i] = std::move(entries.back());
      entries.pop_back();
      return value;
    });
  }

  /* These are for when nobody changes the map. */
  size_t size() const {
    return parlay::reduce(delayed_map(buckets_, [](const bucket& b) { return b.entries.size(); }));
  }
  sequence<std::pair<K, V>> entries() const {
    return parlay::flatten(delayed_map(
        buckets_, [](const bucket& b) -> const auto& { return b.entries; }));
  }

 private:
  using entry = std::pair<K, V>;
  struct bucket {
    std::atomic<bool> locked{false};
    sequence<entry> entries;
  };

  /* f(entries, place of the key's, or their number), under the bucket's lock. */
  template <typename F>
  auto with(const K& key, const F& f) const {
    bucket& here = const_cast<bucket&>(buckets_[hash64_2(static_cast<uint64_t>(hash_(key))) & (buckets_.size() - 1)]);
    while (here.locked.exchange(true, std::memory_order_acquire)) continue;
    size_t i = 0;
    while (i < here.entries.size() && !equal_(here.entries[i].first, key)) i++;
    auto result = f(here.entries, i);
    here.locked.store(false, std::memory_order_release);
    return result;
  }

  Hash hash_;
  Equal equal_;
  sequence<bucket> buckets_;
};

}  // namespace parlay

#endif
