/* A hash table whose operations of one kind may run at one time: insertions, or searches, or deletions
 * (https://cmuparlay.github.io/parlaylib/datatypes/hashtable.html).
 *
 * J. Shun, G. Blelloch: Phase-concurrent hash tables for determinism, SPAA 2014: linear probing in which an element of
 * higher priority takes the place of a lower one, so that what a table holds and where does not depend on the order of
 * insertion. Room is fixed when it is made.
 */
#ifndef PARLAY_HASH_TABLE_H_
#define PARLAY_HASH_TABLE_H_

#include "primitives.h"

namespace parlay {

/* The policy for integers; the value -1 stands for no element. */
template <typename T>
struct hash_numeric {
  using eType = T;
  using kType = T;
  eType empty() { return static_cast<T>(-1); }
  kType getKey(eType element) { return element; }
  size_t hash(kType key) { return static_cast<size_t>(hash64(static_cast<uint64_t>(key))); }
  int cmp(kType a, kType b) { return a > b ? 1 : a == b ? 0 : -1; }
  bool replaceQ(eType, eType) { return false; }
  eType update(eType, eType) { return empty(); }
  bool cas(eType* place, eType expected, eType wanted) { return atomic_compare_and_swap(place, expected, wanted); }
};

/* HASH is a policy: eType elements with kType keys, empty(), getKey(e), hash(k), cmp(k, k) with a sign, and
 * replaceQ(new, old), whether an element takes the place of one with the same key. Elements fit one atomic
 * operation. */
template <typename HASH>
class hashtable {
 public:
  using eType = typename HASH::eType;
  using kType = typename HASH::kType;

  /* Room for `size` elements at a load of 1 / load. */
  explicit hashtable(size_t size, HASH policy = HASH(), float load = 2.0f)
      : policy_(policy),
        empty_(policy_.empty()),
        table_((size_t{1} << log2_up(static_cast<size_t>(load * static_cast<float>(size)) + 100)), empty_) {}

  size_t size() const { return table_.size(); }

  /* Whether the element is new to the table. */
  bool insert(eType element) {
    size_t slot = slot_of(policy_.getKey(element));
    while (true) {
      eType there = load(slot);
      if (is_empty(there)) {
        if (swap_in(slot, there, element)) return true;
        continue;
      }
      const int order = policy_.cmp(policy_.getKey(element), policy_.getKey(there));
      if (order == 0) {
        if (!policy_.replaceQ(element, there)) return false;
        if (swap_in(slot, there, element)) return false;
        continue;
      }
      if (order > 0) {
        if (!swap_in(slot, there, element)) continue;
        element = there;
      }
      slot = after(slot);
    }
  }

  /* The element with this key, or the empty one. */
  eType find(kType key) {
    for (size_t slot = slot_of(key);; slot = after(slot)) {
      const eType there = load(slot);
      if (is_empty(there)) return empty_;
      const int order = policy_.cmp(key, policy_.getKey(there));
      if (order == 0) return there;
      if (order > 0) return empty_;
    }
  }

  /* Takes the element with this key out; whether there was one. Deletions wait for one another. */
  bool deleteVal(kType key) {
    while (locked_.exchange(true, std::memory_order_acquire)) continue;
    const bool found = take_out(key);
    locked_.store(false, std::memory_order_release);
    return found;
  }

  size_t count() {
    return parlay::count_if(table_, [this](const eType& e) { return !is_empty(e); });
  }

  /* The elements, in the table's order. */
  sequence<eType> entries() {
    return parlay::filter(table_, [this](const eType& e) { return !is_empty(e); });
  }

  void clear() {
    parallel_for(0, table_.size(), [this](size_t i) { table_[i] = empty_; });
  }

 private:
  bool is_empty(const eType& element) const { return element == empty_; }
  size_t slot_of(kType key) { return policy_.hash(key) & (table_.size() - 1); }
  size_t after(size_t slot) const { return (slot + 1) & (table_.size() - 1); }

  eType load(size_t slot) const {
    eType there;
    __atomic_load(&table_[slot], &there, __ATOMIC_ACQUIRE);
    return there;
  }
  bool swap_in(size_t slot, eType expected, eType wanted) {
    return __atomic_compare_exchange(&table_[slot], &expected, &wanted, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
  }

  /* How far an element is from where its key would put it. */
  size_t distance(size_t slot, const eType& element) {
    return (slot - slot_of(policy_.getKey(element))) & (table_.size() - 1);
  }

  bool take_out(kType key) {
    size_t hole = slot_of(key);
    while (true) {
      if (is_empty(table_[hole])) return false;
      const int order = policy_.cmp(key, policy_.getKey(table_[hole]));
      if (order > 0) return false;
      if (order == 0) break;
      hole = after(hole);
    }
    for (size_t slot = after(hole); !is_empty(table_[slot]); slot = after(slot)) {
      if (distance(slot, table_[slot]) < ((slot - hole) & (table_.size() - 1))) continue;
      table_[hole] = table_[slot];
      hole = slot;
    }
    table_[hole] = empty_;
    return true;
  }

  HASH policy_;
  eType empty_;
  sequence<eType> table_;
  std::atomic<bool> locked_{false};
};

}  // namespace parlay

#endif
