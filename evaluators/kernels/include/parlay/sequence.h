/* Sequences: arrays with value semantics whose elements are made, copied and destroyed in parallel
 * (https://cmuparlay.github.io/parlaylib/datatypes/sequence.html).
 */
#ifndef PARLAY_SEQUENCE_H_
#define PARLAY_SEQUENCE_H_

#include <initializer_list>

#include "alloc.h"
#include "internal/array.h"
#include "parallel.h"
#include "slice.h"

namespace parlay {

/* The last parameter is accepted for programs that name it; small arrays are no different here. */
template <typename T, typename Allocator = allocator<T>, bool EnableSSO = false>
class sequence : public internal::array<T, Allocator> {
  using base = internal::array<T, Allocator>;

 public:
  using value_type = T;
  using reference = T&;
  using const_reference = const T&;
  using difference_type = ptrdiff_t;
  using size_type = size_t;
  using pointer = T*;
  using const_pointer = const T*;
  using iterator = T*;
  using const_iterator = const T*;
  using reverse_iterator = std::reverse_iterator<iterator>;
  using const_reverse_iterator = std::reverse_iterator<const_iterator>;
  using view_type = slice<iterator, iterator>;
  using const_view_type = slice<const_iterator, const_iterator>;
  using allocator_type = Allocator;

  sequence() noexcept = default;
  sequence(const sequence& other) : base() { make_copies(other.data(), other.size()); }
  sequence(sequence&& other) noexcept : base() { this->exchange(other); }
  explicit sequence(size_t n) : base() {
    T* made = this->make_room(n);
    this->size_ = n;
    internal::cheap_for(n, [made](size_t i) { ::new (static_cast<void*>(made + i)) T(); });
  }
  sequence(size_t n, const T& value) : base() {
    T* made = this->make_room(n);
    this->size_ = n;
    internal::fill_copies(made, n, value);
  }
  template <typename It, typename = typename std::iterator_traits<It>::iterator_category>
  sequence(It first, It last) : base() {
    append(first, last);
  }
  sequence(std::initializer_list<T> list) : base() { make_copies(list.begin(), list.size()); }
  template <typename It, typename S>
  explicit sequence(const slice<It, S>& elements) : base() {
    append(elements.begin(), elements.end());
  }

  sequence& operator=(const sequence& other) {
    sequence(other).swap(*this);
    return *this;
  }
  sequence& operator=(sequence&& other) noexcept {
    sequence(std::move(other)).swap(*this);
    return *this;
  }
  sequence& operator=(std::initializer_list<T> list) {
    sequence(list).swap(*this);
    return *this;
  }

  /* n elements without values: each is to be made with assign_uninitialized before it is used or destroyed. */
  static sequence uninitialized(size_t n) {
    sequence made;
    made.make_room(n);
    made.size_ = n;
    return made;
  }

  /* f(0), ..., f(n - 1) */
  template <typename F>
  static sequence from_function(size_t n, F&& f, size_t granularity = 0) {
    sequence made = uninitialized(n);
    T* place = made.data();
    parallel_for(
        0, n, [place, &f](size_t i) { ::new (static_cast<void*>(place + i)) T(f(i)); }, static_cast<long>(granularity));
    return made;
  }

  using base::capacity;
  using base::data;
  using base::size;
  bool empty() const { return size() == 0; }
  size_t max_size() const { return static_cast<size_t>(-1) / sizeof(T) / 2; }

  iterator begin() { return data(); }
  iterator end() { return data() + size(); }
  const_iterator begin() const { return data(); }
  const_iterator end() const { return data() + size(); }
  const_iterator cbegin() const { return begin(); }
  const_iterator cend() const { return end(); }
  reverse_iterator rbegin() { return reverse_iterator(end()); }
  reverse_iterator rend() { return reverse_iterator(begin()); }
  const_reverse_iterator rbegin() const { return const_reverse_iterator(end()); }
  const_reverse_iterator rend() const { return const_reverse_iterator(begin()); }
  const_reverse_iterator crbegin() const { return rbegin(); }
  const_reverse_iterator crend() const { return rend(); }

  T& operator[](size_t i) { return data()[i]; }
  const T& operator[](size_t i) const { return data()[i]; }
  T& at(size_t i) { return internal::checked(data(), i, size()); }
  const T& at(size_t i) const { return internal::checked(data(), i, size()); }
  T& front() { return data()[0]; }
  const T& front() const { return data()[0]; }
  T& back() { return data()[size() - 1]; }
  const T& back() const { return data()[size() - 1]; }

  view_type head(iterator p) { return {begin(), p}; }
  const_view_type head(const_iterator p) const { return {begin(), p}; }
  view_type head(size_t count) { return {begin(), begin() + count}; }
  const_view_type head(size_t count) const { return {begin(), begin() + count}; }
  view_type tail(iterator p) { return {p, end()}; }
  const_view_type tail(const_iterator p) const { return {p, end()}; }
  view_type tail(size_t count) { return {end() - count, end()}; }
  const_view_type tail(size_t count) const { return {end() - count, end()}; }
  view_type cut(size_t from, size_t to) { return {begin() + from, begin() + to}; }
  const_view_type cut(size_t from, size_t to) const { return {begin() + from, begin() + to}; }
  sequence subseq(size_t from, size_t to) const { return sequence(begin() + from, begin() + to); }
  sequence substr(size_t from) const { return subseq(from, size()); }
  sequence substr(size_t from, size_t count) const { return subseq(from, from + count); }

  void swap(sequence& other) noexcept { this->exchange(other); }
  friend void swap(sequence& a, sequence& b) noexcept { a.swap(b); }
  void clear() { this->destroy_from(0); }
  void reserve(size_t n) { this->grow_to(n); }
  void resize(size_t n) {
    const size_t before = size();
    if (n <= before) return this->destroy_from(n);
    this->grow_to(n);
    T* made = data() + before;
    internal::cheap_for(n - before, [made](size_t i) { ::new (static_cast<void*>(made + i)) T(); });
    this->size_ = n;
  }
  void resize(size_t n, const T& value) {
    if (n <= size()) {
      this->destroy_from(n);
    } else {
      append(n - size(), value);
    }
  }

  iterator push_back(const T& value) { return emplace_back(value); }
  iterator push_back(T&& value) { return emplace_back(std::move(value)); }
  template <typename... Args>
  iterator emplace_back(Args&&... args) {
    if (size() < capacity()) {
      ::new (static_cast<void*>(data() + size())) T(std::forward<Args>(args)...);
    } else {
      T made(std::forward<Args>(args)...);  // before the old elements go, of which it may be made
      this->grow_for_one();
      ::new (static_cast<void*>(data() + size())) T(std::move(made));
    }
    this->size_++;
    return end() - 1;
  }
  void pop_back() { this->destroy_from(size() - 1); }

  iterator append(size_t n, const T& value) {
    const size_t before = size();
    const T copy(value);
    this->grow_to(before + n);
    internal::fill_copies(data() + before, n, copy);
    this->size_ = before + n;
    return begin() + before;
  }
  template <typename It, typename = typename std::iterator_traits<It>::iterator_category>
  iterator append(It first, It last) {
    const size_t before = size();
    using category = typename std::iterator_traits<It>::iterator_category;
    if constexpr (std::is_base_of_v<std::random_access_iterator_tag, category>) {
      const size_t n = static_cast<size_t>(last - first);
      const auto room = this->room_for(before + n);
      internal::make_copies(room.data + before, first, n);
      this->adopt(room, before + n);
    } else {
      for (; first != last; ++first) emplace_back(*first);
    }
    return begin() + before;
  }
  /* The elements of an rvalue sequence are moved, those of other ranges copied. */
  template <typename R, typename = range_iterator_type_t<R>>
  iterator append(R&& r) {
    if constexpr (std::is_same_v<R, sequence>) {
      return append(std::make_move_iterator(r.begin()), std::make_move_iterator(r.end()));
    } else {
      return append(std::begin(r), std::end(r));
    }
  }
  iterator append(std::initializer_list<T> list) { return append(list.begin(), list.end()); }

  void assign(size_t n, const T& value) { sequence(n, value).swap(*this); }
  template <typename It, typename = typename std::iterator_traits<It>::iterator_category>
  void assign(It first, It last) {
    sequence(first, last).swap(*this);
  }
  void assign(std::initializer_list<T> list) { sequence(list).swap(*this); }
  template <typename R, typename = range_iterator_type_t<R>>
  void assign(R&& r) {
    sequence made;
    made.append(std::forward<R>(r));
    made.swap(*this);
  }

  iterator insert(iterator p, const T& value) { return emplace(p, value); }
  iterator insert(iterator p, T&& value) { return emplace(p, std::move(value)); }
  template <typename... Args>
  iterator emplace(iterator p, Args&&... args) {
    return open_at(p, [&](sequence& made) { made.emplace_back(std::forward<Args>(args)...); });
  }
  iterator insert(iterator p, size_t n, const T& value) {
    return open_at(p, [&](sequence& made) { made.append(n, value); });
  }
  template <typename It, typename = typename std::iterator_traits<It>::iterator_category>
  iterator insert(iterator p, It first, It last) {
    return open_at(p, [&](sequence& made) { made.append(first, last); });
  }
  template <typename R, typename = range_iterator_type_t<R>>
  iterator insert(iterator p, R&& r) {
    return open_at(p, [&](sequence& made) { made.append(std::forward<R>(r)); });
  }
  iterator insert(iterator p, std::initializer_list<T> list) { return insert(p, list.begin(), list.end()); }

  iterator erase(iterator p) { return erase(p, p + 1); }
  iterator erase(iterator from, iterator to) {
    if (from != to) {
      iterator place = from;
      for (iterator p = to; p != end(); ++p) *place++ = std::move(*p);
      this->destroy_from(static_cast<size_t>(place - begin()));
    }
    return from;
  }
  sequence pop_tail(iterator p) {
    sequence taken;
    taken.append(std::make_move_iterator(p), std::make_move_iterator(end()));
    this->destroy_from(static_cast<size_t>(p - begin()));
    return taken;
  }
  sequence pop_tail(size_t count) { return pop_tail(end() - count); }

  friend bool operator==(const sequence& a, const sequence& b) {
    return a.size() == b.size() && internal::all_equal(a.data(), b.data(), a.size());
  }
  friend bool operator!=(const sequence& a, const sequence& b) { return !(a == b); }
  friend bool operator<(const sequence& a, const sequence& b) {
    const size_t common = a.size() < b.size() ? a.size() : b.size();
    for (size_t i = 0; i < common; i++) {
      if (a[i] < b[i]) return true;
      if (b[i] < a[i]) return false;
    }
    return a.size() < b.size();
  }
  friend bool operator>(const sequence& a, const sequence& b) { return b < a; }
  friend bool operator<=(const sequence& a, const sequence& b) { return !(b < a); }
  friend bool operator>=(const sequence& a, const sequence& b) { return !(a < b); }

 private:
  template <typename It>
  void make_copies(It from, size_t n) {
    T* made = this->make_room(n);
    this->size_ = n;
    internal::make_copies(made, from, n);
  }

  template <typename Fill>
  iterator open_at(iterator p, Fill fill) {
    const size_t at = static_cast<size_t>(p - begin());
    sequence made;
    made.reserve(size() + 1);
    made.append(std::make_move_iterator(begin()), std::make_move_iterator(p));
    fill(made);
    made.append(std::make_move_iterator(p), std::make_move_iterator(end()));
    swap(made);
    return begin() + at;
  }
};

template <typename It>
sequence(It, It) -> sequence<typename std::iterator_traits<It>::value_type>;

template <typename T, typename Allocator = allocator<T>>
using short_sequence = sequence<T, Allocator>;

using chars = sequence<char>;

/* Copies of a range's elements. */
template <typename R>
auto to_sequence(R&& r) {
  if constexpr (internal::is_block_delayed_v<R>) {
    return r.computed();
  } else {
    sequence<range_value_type_t<R>> made;
    made.append(std::forward<R>(r));
    return made;
  }
}
template <typename T, typename R>
sequence<T> to_sequence(R&& r) {
  sequence<T> made;
  made.append(std::begin(r), std::end(r));
  return made;
}
template <typename R>
auto to_short_sequence(R&& r) {
  return to_sequence(std::forward<R>(r));
}

}  // namespace parlay

#endif
