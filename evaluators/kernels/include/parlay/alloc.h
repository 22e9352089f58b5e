/* Memory for arrays and for single objects (https://cmuparlay.github.io/parlaylib/other/allocator.html). */
#ifndef PARLAY_ALLOC_H_
#define PARLAY_ALLOC_H_

#include <new>
#include <utility>

#include "internal/blocks.h"

namespace parlay {

/* malloc with a choice of alignment; throws std::bad_alloc. */
inline void* p_malloc(size_t size, size_t align = alignof(max_align_t)) {
  return internal::malloc_or_throw(size, align);
}

inline void p_free(void* ptr) { free(ptr); }

/* The allocator of sequences, usable in any container. All are interchangeable. */
template <typename T>
struct allocator {
  using value_type = T;

  constexpr allocator() noexcept = default;
  template <typename U>
  constexpr allocator(const allocator<U>&) noexcept {}

  T* allocate(size_t n) { return static_cast<T*>(internal::acquire_bytes(n * sizeof(T), alignof(T))); }
  void deallocate(T* ptr, size_t n) { internal::release_bytes(ptr, n * sizeof(T), alignof(T)); }

  friend constexpr bool operator==(const allocator&, const allocator&) { return true; }
  friend constexpr bool operator!=(const allocator&, const allocator&) { return false; }
};

/* Objects of one type, one at a time. Stateless: an instance is as good as the type. */
template <typename T>
struct type_allocator {
  static T* alloc() { return static_cast<T*>(internal::malloc_or_throw(sizeof(T), alignof(T))); }
  static void free(T* ptr) { ::free(ptr); }

  template <typename... Args>
  static T* create(Args&&... args) {
    return ::new (static_cast<void*>(alloc())) T(std::forward<Args>(args)...);
  }
  static void destroy(T* ptr) {
    ptr->~T();
    free(ptr);
  }

  /* Names of earlier versions. */
  template <typename... Args>
  static T* allocate(Args&&... args) {
    return create(std::forward<Args>(args)...);
  }
  static void retire(T* ptr) { destroy(ptr); }
  static void init() {}
  static void reserve(size_t) {}
  static void finish() {}
};

}  // namespace parlay

#endif
