// Atomic operations. The program runs on one thread here, so each is done by plain instructions.
#pragma once

#include "callouts.hpp"

namespace {

inline bool acquires(int order) { return order != __ATOMIC_RELAXED && order != __ATOMIC_RELEASE; }
inline bool releases(int order) { return order >= __ATOMIC_RELEASE; }

// What a lock made of an atomic looks like from outside (sections.hpp).
template <class T>
ALWAYS_INLINE void note_change(volatile T* at, T before, T after, int order) {
    if (before == 0 && after != 0 && acquires(order)) take_lock(ADDRESS(at));
    if (after == 0 && releases(order)) drop_lock(ADDRESS(at));
}

template <class T>
ALWAYS_INLINE T atomic_load(const volatile T* at, uintptr_t pc) {
    access_atomic<kAtomicRead, sizeof(T)>(ADDRESS(at), pc);
    return *at;
}

template <class T>
ALWAYS_INLINE void atomic_store(volatile T* at, T value, int order, uintptr_t pc) {
    access_atomic<kAtomicWrite, sizeof(T)>(ADDRESS(at), pc);
    *at = value;
    if (value == 0 && releases(order)) drop_lock(ADDRESS(at));
}

template <class T, class Change>
ALWAYS_INLINE T atomic_change(volatile T* at, int order, uintptr_t pc, Change&& change) {
    access_atomic<kAtomicWrite, sizeof(T)>(ADDRESS(at), pc);
    const T before = *at, after = change(before);
    *at = after;
    note_change(at, before, after, order);
    return before;
}

template <class T>
ALWAYS_INLINE bool atomic_swap_if(volatile T* at, T* expected, T value, int order, uintptr_t pc) {
    const T before = *at;
    if (before == *expected) {
        access_atomic<kAtomicWrite, sizeof(T)>(ADDRESS(at), pc);
        *at = value;
        note_change(at, before, value, order);
        return true;
    }
    access_atomic<kAtomicRead, sizeof(T)>(ADDRESS(at), pc);
    *expected = before;
    return false;
}

}  // namespace

#define ATOMIC_CHANGE(bits, T, name, result) \
    T __tsan_atomic##bits##_##name(volatile T* at, T value, int order) { \
        return atomic_change(at, order, CALLER, [=](T before) { return static_cast<T>(result); }); \
    }
#define ATOMIC(bits, T)                                                                                   \
    T __tsan_atomic##bits##_load(const volatile T* at, int) { return atomic_load(at, CALLER); }           \
    void __tsan_atomic##bits##_store(volatile T* at, T value, int order) {                                \
        atomic_store(at, value, order, CALLER);                                                           \
    }                                                                                                     \
    ATOMIC_CHANGE(bits, T, exchange, ((void)before, value))                                               \
    ATOMIC_CHANGE(bits, T, fetch_add, before + value)                                                     \
    ATOMIC_CHANGE(bits, T, fetch_sub, before - value)                                                     \
    ATOMIC_CHANGE(bits, T, fetch_and, before & value)                                                     \
    ATOMIC_CHANGE(bits, T, fetch_or, before | value)                                                      \
    ATOMIC_CHANGE(bits, T, fetch_xor, before ^ value)                                                     \
    ATOMIC_CHANGE(bits, T, fetch_nand, ~(before & value))                                                 \
    int __tsan_atomic##bits##_compare_exchange_strong(volatile T* at, T* expected, T value, int order, int) { \
        return atomic_swap_if(at, expected, value, order, CALLER);                                        \
    }                                                                                                     \
    int __tsan_atomic##bits##_compare_exchange_weak(volatile T* at, T* expected, T value, int order, int) { \
        return atomic_swap_if(at, expected, value, order, CALLER);                                        \
    }                                                                                                     \
    T __tsan_atomic##bits##_compare_exchange_val(volatile T* at, T expected, T value, int order, int) {    \
        atomic_swap_if(at, &expected, value, order, CALLER);                                              \
        return expected;                                                                                  \
    }

extern "C" {

ATOMIC(8, u8)
ATOMIC(16, uint16_t)
ATOMIC(32, u32)
ATOMIC(64, u64)
ATOMIC(128, unsigned __int128)

void __tsan_atomic_thread_fence(int) {}
void __tsan_atomic_signal_fence(int) {}

}  // extern "C"

#undef ATOMIC
#undef ATOMIC_CHANGE
