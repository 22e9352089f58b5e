/* The storage of a sequence: room for `capacity` elements, of which the first `size` are there. */
#ifndef PARLAY_INTERNAL_ARRAY_H_
#define PARLAY_INTERNAL_ARRAY_H_

#include <string.h>

#include <iterator>
#include <new>
#include <stdexcept>
#include <tuple>
#include <type_traits>
#include <utility>

#include "../parallel.h"

namespace parlay {
namespace internal {

/* Whether copying an element's bytes copies the element, so too for pairs and tuples of such, whose assignment is not
 * trivial to the compiler. */
template <typename T>
struct is_plain : std::is_trivially_copyable<T> {};
template <typename A, typename B>
struct is_plain<std::pair<A, B>> : std::bool_constant<is_plain<A>::value && is_plain<B>::value> {};
template <typename... Ts>
struct is_plain<std::tuple<Ts...>> : std::bool_constant<(is_plain<Ts>::value && ...)> {};
template <typename T>
inline constexpr bool is_plain_v = is_plain<T>::value;

/* Whether an iterator walks consecutive memory. */
template <typename It>
struct is_address : std::is_pointer<It> {};
#if defined(__GLIBCXX__)
template <typename T, typename C>
struct is_address<__gnu_cxx::__normal_iterator<T*, C>> : std::true_type {};
#endif

/* memcpy, in parallel where it is long. */
PARLAY_INTERNAL_ONCE inline void copy_bytes(void* to, const void* from, size_t bytes) {
  constexpr size_t block = size_t{1} << 17;
  if (bytes <= block) {
    if (bytes > 0) memcpy(to, from, bytes);
    return;
  }
  char* const target = static_cast<char*>(to);
  const char* const source = static_cast<const char*>(from);
  blocked_for(0, bytes, block,
              [=](size_t, size_t low, size_t high) { memcpy(target + low, source + low, high - low); });
}

/* Makes `n` elements, copies of (or moved from) those at `from`. */
template <typename T, typename It>
void make_copies(T* made, It from, size_t n) {
  if constexpr (std::is_pointer_v<It> && is_plain_v<T> &&
                std::is_same_v<std::remove_cv_t<std::remove_pointer_t<It>>, T>) {
    copy_bytes(static_cast<void*>(made), from, n * sizeof(T));
  } else {
    constexpr bool computed = !std::is_reference_v<decltype(*from)>;
    parallel_for(
        0, n, [=](size_t i) { ::new (static_cast<void*>(made + i)) T(from[static_cast<ptrdiff_t>(i)]); },
        computed ? 0 : 2048);
  }
}

template <typename T>
void fill_copies(T* made, size_t n, const T& value) {
  cheap_for(n, [made, &value](size_t i) { ::new (static_cast<void*>(made + i)) T(value); });
}

template <typename T>
bool all_equal(const T* a, const T* b, size_t n) {
  for (size_t i = 0; i < n; i++) {
    if (!(a[i] == b[i])) return false;
  }
  return true;
}

template <typename T>
T& checked(T* data, size_t i, size_t size) {
  if (i >= size) throw std::out_of_range("parlay::sequence::at: no such element");
  return data[i];
}

template <typename T, typename Allocator>
class array {
 public:
  array() noexcept = default;
  array(const array&) = delete;
  array& operator=(const array&) = delete;
  ~array() {
    destroy_from(0);
    release();
  }

  T* data() { return data_; }
  const T* data() const { return data_; }
  size_t size() const { return size_; }
  size_t capacity() const { return capacity_; }

 protected:
  void exchange(array& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }

  /* Room for exactly n, of an array that has none yet. */
  T* make_room(size_t n) {
    if (n > 0) data_ = Allocator().allocate(n);
    capacity_ = n;
    return data_;
  }

  struct room {
    T* data;
    size_t capacity;
  };

  /* Room for n: this array's own if that is enough, else new and larger by half than what was. What is to come may be
   * copies of elements here, so these stay where they are until adopt. */
  room room_for(size_t n) {
    if (n <= capacity_) return {data_, capacity_};
    const size_t ample = capacity_ + capacity_ / 2;
    if (n < ample) n = ample;
    return {Allocator().allocate(n), n};
  }

  /* Makes what room_for gave the array's own, with `size` elements there. */
  void adopt(room given, size_t size) {
    if (given.data != data_) {
      move_elements_to(given.data);
      release();
      data_ = given.data;
      capacity_ = given.capacity;
    }
    size_ = size;
  }

  void grow_to(size_t n) { adopt(room_for(n), size_); }

  void grow_for_one() { grow_to(size_ < 4 ? 4 : size_ + 1); }

  void destroy_from(size_t n) {
    if constexpr (!std::is_trivially_destructible_v<T>) {
      T* const gone = data_ + n;
      if (n < size_) parallel_for(0, size_ - n, [gone](size_t i) { gone[i].~T(); });
    }
    size_ = n;
  }

  size_t size_ = 0;

 private:
  void move_elements_to(T* room) {
    T* const here = data_;
    if constexpr (is_plain_v<T>) {
      copy_bytes(static_cast<void*>(room), here, size_ * sizeof(T));
    } else if constexpr (std::is_move_constructible_v<T>) {
      cheap_for(size_, [=](size_t i) {
        ::new (static_cast<void*>(room + i)) T(std::move(here[i]));
        here[i].~T();
      });
    }
  }

  void release() {
    if (data_ != nullptr) Allocator().deallocate(data_, capacity_);
    data_ = nullptr;
    capacity_ = 0;
  }

  T* data_ = nullptr;
  size_t capacity_ = 0;
};

}  // namespace internal
}  // namespace parlay

#endif
