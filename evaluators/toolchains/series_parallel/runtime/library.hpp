// Functions of the C library that read or write what they are given, done here so that they are seen.
//
// They must not call anything that is watched, nor may the compiler turn their loops into calls of themselves.
#pragma once

#include "atomics.hpp"

namespace {

inline void copy_up(void* to, const void* from, size_t size) {
    asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
}

inline void* move(void* to, const void* from, size_t size, uintptr_t pc) {
    access_many<kRead>(from, size, pc);
    access_many<kWrite>(to, size, pc);
    if (ADDRESS(to) - ADDRESS(from) >= size) {
        copy_up(to, from, size);
        return to;
    }
    auto* put = static_cast<volatile u8*>(to);
    auto* got = static_cast<const volatile u8*>(from);
    while (size-- > 0) put[size] = got[size];
    return to;
}

inline void* fill(void* at, int value, size_t size, uintptr_t pc) {
    access_many<kWrite>(at, size, pc);
    void* to = at;
    asm volatile("rep stosb" : "+D"(to), "+c"(size) : "a"(value) : "memory");
    return at;
}

inline int compare(const void* left, const void* right, size_t size, uintptr_t pc) {
    const auto *a = static_cast<const volatile u8*>(left), *b = static_cast<const volatile u8*>(right);
    size_t k = 0;
    while (k < size && a[k] == b[k]) ++k;
    const size_t seen = k < size ? k + 1 : size;
    access_many<kRead>(left, seen, pc);
    access_many<kRead>(right, seen, pc);
    return k < size ? (a[k] < b[k] ? -1 : 1) : 0;
}

inline size_t length(const char* at, uintptr_t pc) {
    const volatile char* end = at;
    while (*end != '\0') ++end;
    const auto found = static_cast<size_t>(end - at);
    access_many<kRead>(at, found + 1, pc);
    return found;
}

}  // namespace

extern "C" {

void* memcpy(void* to, const void* from, size_t size) noexcept { return move(to, from, size, CALLER); }
void* memmove(void* to, const void* from, size_t size) noexcept { return move(to, from, size, CALLER); }
void* memset(void* at, int value, size_t size) noexcept { return fill(at, value, size, CALLER); }
int memcmp(const void* a, const void* b, size_t size) noexcept { return compare(a, b, size, CALLER); }
int bcmp(const void* a, const void* b, size_t size) noexcept { return compare(a, b, size, CALLER); }
size_t strlen(const char* at) noexcept { return length(at, CALLER); }
void* __tsan_memcpy(void* to, const void* from, size_t size) { return move(to, from, size, CALLER); }
void* __tsan_memmove(void* to, const void* from, size_t size) { return move(to, from, size, CALLER); }
void* __tsan_memset(void* at, int value, size_t size) { return fill(at, value, size, CALLER); }

}  // extern "C"
