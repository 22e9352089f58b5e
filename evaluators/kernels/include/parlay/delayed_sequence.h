/* Sequences whose elements are computed when asked for
 * (https://cmuparlay.github.io/parlaylib/datatypes/delayed_sequence.html).
 */
#ifndef PARLAY_DELAYED_SEQUENCE_H_
#define PARLAY_DELAYED_SEQUENCE_H_

#include <optional>

#include "range.h"

namespace parlay {

namespace internal {

/* The value of a dereferenced iterator with a place to point at. */
template <typename T>
struct arrow {
  T value;
  T* operator->() { return &value; }
};

/* Walks f(i), f(i + 1), ...; f belongs to the delayed sequence. */
template <typename T, typename V, typename F>
class delayed_iterator {
 public:
  using iterator_category = std::random_access_iterator_tag;
  using value_type = V;
  using reference = T;
  using difference_type = ptrdiff_t;
  using pointer = arrow<T>;

  delayed_iterator() = default;
  delayed_iterator(const F* f, size_t index) : f_(f), index_(index) {}

  T operator*() const { return (*f_)(index_); }
  T operator[](ptrdiff_t i) const { return (*f_)(index_ + static_cast<size_t>(i)); }
  arrow<T> operator->() const { return {**this}; }

  delayed_iterator& operator++() { return *this += 1; }
  delayed_iterator& operator--() { return *this -= 1; }
  delayed_iterator operator++(int) {
    delayed_iterator before = *this;
    ++*this;
    return before;
  }
  delayed_iterator operator--(int) {
    delayed_iterator before = *this;
    --*this;
    return before;
  }
  delayed_iterator& operator+=(ptrdiff_t n) {
    index_ += static_cast<size_t>(n);
    return *this;
  }
  delayed_iterator& operator-=(ptrdiff_t n) { return *this += -n; }
  friend delayed_iterator operator+(delayed_iterator a, ptrdiff_t n) { return a += n; }
  friend delayed_iterator operator+(ptrdiff_t n, delayed_iterator a) { return a += n; }
  friend delayed_iterator operator-(delayed_iterator a, ptrdiff_t n) { return a -= n; }
  friend ptrdiff_t operator-(const delayed_iterator& a, const delayed_iterator& b) {
    return static_cast<ptrdiff_t>(a.index_ - b.index_);
  }
  friend bool operator==(const delayed_iterator& a, const delayed_iterator& b) { return a.index_ == b.index_; }
  friend bool operator!=(const delayed_iterator& a, const delayed_iterator& b) { return a.index_ != b.index_; }
  friend bool operator<(const delayed_iterator& a, const delayed_iterator& b) { return a.index_ < b.index_; }
  friend bool operator>(const delayed_iterator& a, const delayed_iterator& b) { return b < a; }
  friend bool operator<=(const delayed_iterator& a, const delayed_iterator& b) { return !(b < a); }
  friend bool operator>=(const delayed_iterator& a, const delayed_iterator& b) { return !(a < b); }

 private:
  const F* f_ = nullptr;
  size_t index_ = 0;
};

/* A function object that can be assigned, which closures cannot. */
template <typename F>
class assignable {
 public:
  explicit assignable(F f) : f_(std::move(f)) {}
  assignable(const assignable&) = default;
  assignable(assignable&&) = default;
  assignable& operator=(const assignable& other) {
    if (this != &other) f_.emplace(*other.f_);
    return *this;
  }
  assignable& operator=(assignable&& other) {
    if (this != &other) f_.emplace(std::move(*other.f_));
    return *this;
  }
  const F& operator*() const { return *f_; }

 private:
  std::optional<F> f_;
};

}  // namespace internal

/* f(first), ..., f(last - 1), of reference type T and value type V. f is called as a const object. */
template <typename T, typename V, typename F>
class delayed_sequence {
 public:
  using value_type = V;
  using reference = T;
  using const_reference = std::add_const_t<T>;
  using iterator = internal::delayed_iterator<T, V, F>;
  using const_iterator = iterator;
  using reverse_iterator = std::reverse_iterator<iterator>;
  using const_reverse_iterator = reverse_iterator;
  using difference_type = ptrdiff_t;
  using size_type = size_t;

  delayed_sequence(size_t n, F f) : delayed_sequence(0, n, std::move(f)) {}
  delayed_sequence(size_t first, size_t last, F f) : first_(first), last_(last), f_(std::move(f)) {}

  iterator begin() const { return {&*f_, first_}; }
  iterator end() const { return {&*f_, last_}; }
  iterator cbegin() const { return begin(); }
  iterator cend() const { return end(); }
  reverse_iterator rbegin() const { return reverse_iterator(end()); }
  reverse_iterator rend() const { return reverse_iterator(begin()); }
  reverse_iterator crbegin() const { return rbegin(); }
  reverse_iterator crend() const { return rend(); }

  T operator[](size_t i) const { return (*f_)(first_ + i); }
  T at(size_t i) const { return (*this)[i]; }
  T front() const { return (*f_)(first_); }
  T back() const { return (*f_)(last_ - 1); }
  size_t size() const { return last_ - first_; }
  bool empty() const { return first_ == last_; }

  void swap(delayed_sequence& other) { std::swap(*this, other); }

 private:
  size_t first_;
  size_t last_;
  internal::assignable<F> f_;
};

/* f(0), ..., f(n - 1), each computed when it is asked for. */
template <typename F>
auto delayed_tabulate(size_t n, F f) {
  using T = std::invoke_result_t<const F&, size_t>;
  return delayed_sequence<T, std::remove_cv_t<std::remove_reference_t<T>>, F>(n, std::move(f));
}
template <typename T, typename F>
auto delayed_tabulate(size_t n, F f) {
  return delayed_sequence<T, std::remove_cv_t<std::remove_reference_t<T>>, F>(n, std::move(f));
}
template <typename T, typename V, typename F>
auto delayed_tabulate(size_t n, F f) {
  return delayed_sequence<T, V, F>(n, std::move(f));
}

/* The same under the name of earlier versions. */
template <typename T, typename F>
auto delayed_seq(size_t n, F f) {
  return delayed_sequence<T, std::remove_cv_t<std::remove_reference_t<T>>, F>(n, std::move(f));
}

namespace internal {

template <typename Integer>
struct count_from {
  Integer first;
  Integer operator()(size_t i) const { return static_cast<Integer>(first + static_cast<Integer>(i)); }
};

}  // namespace internal

/* 0, ..., n - 1 */
template <typename Integer = size_t>
auto iota(Integer n) {
  return delayed_tabulate(static_cast<size_t>(n), internal::count_from<Integer>{0});
}
/* first, ..., last - 1 */
template <typename Integer>
auto iota(Integer first, Integer last) {
  return delayed_tabulate(static_cast<size_t>(last - first), internal::count_from<Integer>{first});
}

namespace internal {

/* A range that a delayed operation works on: referred to where it was an lvalue, owned where it was not. */
template <typename R>
class held_range {
 public:
  explicit held_range(R&& r) : range_(std::move(r)) {}
  R& get() const { return const_cast<R&>(range_); }

 private:
  R range_;
};
template <typename R>
class held_range<R&> {
 public:
  explicit held_range(R& r) : range_(&r) {}
  R& get() const { return *range_; }

 private:
  R* range_;
};

}  // namespace internal

/* f of each element of r, computed when asked for. An rvalue r is moved into the result. */
template <typename R, typename F>
auto delayed_map(R&& r, F f) {
  const size_t n = parlay::size(r);
  return delayed_tabulate(
      n, [held = internal::held_range<R>(std::forward<R>(r)), f = std::move(f)](size_t i) -> decltype(auto) {
        return f(std::begin(held.get())[static_cast<ptrdiff_t>(i)]);
      });
}

}  // namespace parlay

#endif
