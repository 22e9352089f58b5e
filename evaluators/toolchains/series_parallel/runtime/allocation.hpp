// The allocator: an address that is handed out again is another object.
#pragma once

#include <errno.h>
#include <malloc.h>
#include <new>

#include "library.hpp"

extern "C" {
void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_memalign(size_t, size_t);
void __libc_free(void*);
}

namespace {

inline void* noted(void* block, size_t size, uintptr_t pc) {
    if (block != nullptr) blocks.add({ADDRESS(block), size, context_of_allocation(pc, size)});
    return block;
}

inline void given_back(void* block, uintptr_t pc) {
    if (block == nullptr) return;
    if (now.active) access_free(ADDRESS(block), malloc_usable_size(block), pc);
    blocks.remove(ADDRESS(block));
    __libc_free(block);
}

inline void* allocate(size_t size, uintptr_t pc) { return noted(__libc_malloc(size), size, pc); }
inline void* allocate_aligned(size_t alignment, size_t size, uintptr_t pc) {
    return noted(__libc_memalign(alignment, size), size, pc);
}

inline void* allocate_or_throw(void* block) {
    if (block == nullptr) throw std::bad_alloc();
    return block;
}

}  // namespace

extern "C" {

void* malloc(size_t size) noexcept { return allocate(size, CALLER); }
void free(void* block) noexcept { given_back(block, CALLER); }
void* calloc(size_t count, size_t size) noexcept { return noted(__libc_calloc(count, size), count * size, CALLER); }
void* memalign(size_t alignment, size_t size) noexcept { return allocate_aligned(alignment, size, CALLER); }
void* aligned_alloc(size_t alignment, size_t size) noexcept { return allocate_aligned(alignment, size, CALLER); }

int posix_memalign(void** to, size_t alignment, size_t size) noexcept {
    if (alignment % sizeof(void*) != 0 || (alignment & (alignment - 1)) != 0 || alignment == 0) return EINVAL;
    void* block = allocate_aligned(alignment, size, CALLER);
    if (block == nullptr) return ENOMEM;
    *to = block;
    return 0;
}

// Always another block, so that what it does to the old one is what free does.
void* realloc(void* block, size_t size) noexcept {
    if (block == nullptr) return allocate(size, CALLER);
    void* bigger = allocate(size, CALLER);
    if (bigger == nullptr) return nullptr;
    const size_t old = malloc_usable_size(block);
    move(bigger, block, old < size ? old : size, CALLER);
    given_back(block, CALLER);
    return bigger;
}

int munmap(void* at, size_t size) noexcept {
    if (now.active) access_free(ADDRESS(at), size, CALLER);
    const long failed = syscall(SYS_munmap, at, size);
    return static_cast<int>(failed);
}

}  // extern "C"

void* operator new(size_t size) { return allocate_or_throw(allocate(size, CALLER)); }
void* operator new[](size_t size) { return allocate_or_throw(allocate(size, CALLER)); }
void* operator new(size_t size, const std::nothrow_t&) noexcept { return allocate(size, CALLER); }
void* operator new[](size_t size, const std::nothrow_t&) noexcept { return allocate(size, CALLER); }
void* operator new(size_t size, std::align_val_t to) {
    return allocate_or_throw(allocate_aligned(static_cast<size_t>(to), size, CALLER));
}
void* operator new[](size_t size, std::align_val_t to) {
    return allocate_or_throw(allocate_aligned(static_cast<size_t>(to), size, CALLER));
}
void operator delete(void* block) noexcept { given_back(block, CALLER); }
void operator delete[](void* block) noexcept { given_back(block, CALLER); }
void operator delete(void* block, size_t) noexcept { given_back(block, CALLER); }
void operator delete[](void* block, size_t) noexcept { given_back(block, CALLER); }
void operator delete(void* block, std::align_val_t) noexcept { given_back(block, CALLER); }
void operator delete[](void* block, std::align_val_t) noexcept { given_back(block, CALLER); }
void operator delete(void* block, size_t, std::align_val_t) noexcept { given_back(block, CALLER); }
void operator delete[](void* block, size_t, std::align_val_t) noexcept { given_back(block, CALLER); }
