// Memory of the runtime's own, straight from the kernel: the program's allocator is one of the things that are watched.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

using u8 = uint8_t;
using u32 = uint32_t;
using u64 = uint64_t;

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define ALWAYS_INLINE inline __attribute__((always_inline))
#define NEVER_INLINE __attribute__((noinline))

[[noreturn]] void refuse(const char* why);

// Zeroed memory that is only charged once it is touched.
inline void* reserve(size_t bytes) {
    void* at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED) refuse("the detector's own memory is at its end");
    return at;
}

// An array that grows without moving, up to a fixed capacity.
template <class T, size_t kCapacity>
class Growing {
  public:
    void open() {
        if (at_ == nullptr) at_ = static_cast<T*>(reserve(kCapacity * sizeof(T)));
    }
    ALWAYS_INLINE T& operator[](size_t k) { return at_[k]; }
    ALWAYS_INLINE size_t size() const { return size_; }
    bool full() const { return size_ == kCapacity; }
    T& back() { return at_[size_ - 1]; }
    ALWAYS_INLINE void push(const T& value) {
        if (UNLIKELY(size_ == kCapacity)) refuse("it has too many parallel branches or locked sections");
        at_[size_++] = value;
    }
    ALWAYS_INLINE void cut(size_t size) { size_ = size; }

  private:
    T* at_ = nullptr;
    size_t size_ = 0;
};

// Zeroed blocks of 2^k bytes, kept by size when given back.
class Pool {
  public:
    void* take(unsigned log2_bytes) {
        Free*& list = free_[log2_bytes];
        if (list != nullptr) {
            Free* got = list;
            list = got->next;
            clear(got, size_t{1} << log2_bytes);
            return got;
        }
        const size_t bytes = size_t{1} << log2_bytes;
        if (left_ < bytes) {
            at_ = static_cast<char*>(reserve(kPiece));
            left_ = kPiece;
        }
        void* got = at_;
        at_ += bytes;
        left_ -= bytes;
        return got;
    }
    void give(void* block, unsigned log2_bytes) {
        auto* freed = static_cast<Free*>(block);
        freed->next = free_[log2_bytes];
        free_[log2_bytes] = freed;
    }
    static void clear(void* block, size_t bytes) {
        void* to = block;
        size_t words = bytes / 8;
        asm volatile("rep stosq" : "+D"(to), "+c"(words) : "a"(0L) : "memory");
    }

  private:
    struct Free {
        Free* next;
    };
    static constexpr size_t kPiece = size_t{64} << 20;
    Free* free_[24] = {};
    char* at_ = nullptr;
    size_t left_ = 0;
};

}  // namespace
