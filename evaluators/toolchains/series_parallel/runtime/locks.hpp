// Locks, initialisation that happens once, and threads of the program's own, which this detector does not follow.
//
// Branches run one after another, so that no lock is ever waited for.
#pragma once

#include <pthread.h>

#include "allocation.hpp"

namespace {

inline int locked(const void* lock) {
    take_lock(ADDRESS(lock));
    return 0;
}
inline int unlocked(const void* lock) {
    drop_lock(ADDRESS(lock));
    return 0;
}

}  // namespace

extern "C" {

int pthread_mutex_lock(pthread_mutex_t* lock) noexcept { return locked(lock); }
int pthread_mutex_trylock(pthread_mutex_t* lock) noexcept { return locked(lock); }
int pthread_mutex_timedlock(pthread_mutex_t* lock, const timespec*) noexcept { return locked(lock); }
int pthread_mutex_clocklock(pthread_mutex_t* lock, clockid_t, const timespec*) noexcept { return locked(lock); }
int pthread_mutex_unlock(pthread_mutex_t* lock) noexcept { return unlocked(lock); }
int pthread_spin_lock(pthread_spinlock_t* lock) noexcept { return locked(const_cast<int*>(lock)); }
int pthread_spin_trylock(pthread_spinlock_t* lock) noexcept { return locked(const_cast<int*>(lock)); }
int pthread_spin_unlock(pthread_spinlock_t* lock) noexcept { return unlocked(const_cast<int*>(lock)); }
int pthread_rwlock_rdlock(pthread_rwlock_t* lock) noexcept { return locked(lock); }
int pthread_rwlock_tryrdlock(pthread_rwlock_t* lock) noexcept { return locked(lock); }
int pthread_rwlock_wrlock(pthread_rwlock_t* lock) noexcept { return locked(lock); }
int pthread_rwlock_trywrlock(pthread_rwlock_t* lock) noexcept { return locked(lock); }
int pthread_rwlock_unlock(pthread_rwlock_t* lock) noexcept { return unlocked(lock); }

// The guard of a static local: its first byte says whether the variable is there (Itanium C++ ABI, 3.3.3).
int __cxa_guard_acquire(u64* guard) {
    if (*reinterpret_cast<u8*>(guard) != 0) return 0;
    once_begins();
    return 1;
}
void __cxa_guard_release(u64* guard) {
    *reinterpret_cast<u8*>(guard) = 1;
    once_ends();
}
void __cxa_guard_abort(u64*) { once_ends(); }

int pthread_once(pthread_once_t* control, void (*routine)()) {
    if (*control != 0) return 0;
    once_begins();
    routine();
    *control = 2;  // as glibc marks it
    once_ends();
    return 0;
}

int pthread_create(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*) noexcept {
    refuse("it starts a thread of its own");
}
int pthread_cond_wait(pthread_cond_t*, pthread_mutex_t*) { refuse("it waits for another thread"); }
int pthread_cond_timedwait(pthread_cond_t*, pthread_mutex_t*, const timespec*) {
    refuse("it waits for another thread");
}
int pthread_cond_clockwait(pthread_cond_t*, pthread_mutex_t*, clockid_t, const timespec*) {
    refuse("it waits for another thread");
}

}  // extern "C"
