/* Memory: small blocks from malloc, big ones kept for reuse, since fresh pages cost more than most passes over them.
 *
 * Big blocks come from the system in four sizes to a power of two, aligned for huge pages. One that is given
 * back is kept, up to a bound, and serves the next request of its kind or of the three below. The serial and threads
 * builds and programs under AddressSanitizer use malloc alone: what watches memory must see it come and go.
 */
#ifndef PARLAY_INTERNAL_BLOCKS_H_
#define PARLAY_INTERNAL_BLOCKS_H_

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <atomic>
#include <new>

#include "body.h"
#include "waiting.h"

#if !defined(EVOLVE_PARLAY_SERIAL) && !defined(EVOLVE_PARLAY_THREADS) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(PARLAY_USE_STD_ALLOC)
#define PARLAY_INTERNAL_KEEP_BLOCKS 1
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#undef PARLAY_INTERNAL_KEEP_BLOCKS
#endif
#endif
#endif

namespace parlay {
namespace internal {

/* Memory of `bytes` bytes aligned to `alignment`, a power of two; throws std::bad_alloc. */
inline void* malloc_or_throw(size_t bytes, size_t alignment) {
  void* block = nullptr;
  if (alignment <= alignof(max_align_t)) {
    block = malloc(bytes > 0 ? bytes : 1);
  } else if (posix_memalign(&block, alignment, bytes) != 0) {
    block = nullptr;
  }
  if (block == nullptr) throw std::bad_alloc();
  return block;
}

/* Big blocks, kept when given back. Any thread may call; a block's header says what kind it is of. */
class block_store {
 public:
  static constexpr size_t least_bytes = size_t{1} << 17;

  void* take(size_t bytes) {
    const unsigned kind = kind_of(bytes + header_bytes);
    lock();
    for (unsigned i = kind; i < kind + 4 && i < kinds; i++) {
      header* block = kept_[i];
      if (block == nullptr) continue;
      kept_[i] = block->next;
      kept_bytes_ -= bytes_of(i);
      unlock();
      return reinterpret_cast<char*>(block) + header_bytes;
    }
    unlock();
    header* block = from_system(bytes_of(kind));
    if (block == nullptr) {
      return_all();
      block = from_system(bytes_of(kind));
    }
    if (block == nullptr) throw std::bad_alloc();
    block->kind = kind;
    return reinterpret_cast<char*>(block) + header_bytes;
  }

  void give(void* memory) {
    header* block = reinterpret_cast<header*>(static_cast<char*>(memory) - header_bytes);
    const size_t bytes = bytes_of(block->kind);
    lock();
    const bool keep = kept_bytes_ + bytes <= most_kept;
    if (keep) {
      block->next = kept_[block->kind];
      kept_[block->kind] = block;
      kept_bytes_ += bytes;
    }
    unlock();
    if (!keep) munmap(block, bytes);
  }

 private:
  struct header {
    header* next;
    unsigned kind;
  };
  static constexpr size_t header_bytes = 64;
  static constexpr unsigned least_log = 17;
  static constexpr unsigned kinds = 4 * (48 - least_log);
  static constexpr size_t most_kept = size_t{2} << 30;
  static constexpr size_t huge_page = size_t{1} << 21;

  /* Kind 4 e + s is of (5 + s) 2^(e + 15) bytes. */
  static unsigned kind_of(size_t bytes) {
    const unsigned log = 63 - static_cast<unsigned>(__builtin_clzll(bytes - 1));
    const size_t quarters = (bytes - 1) >> (log - 2);
    return 4 * (log - least_log) + static_cast<unsigned>(quarters - 4);
  }
  static size_t bytes_of(unsigned kind) { return size_t{5 + kind % 4} << (kind / 4 + least_log - 2); }

  /* Fresh memory: in huge pages where it fills one, else with its pages there at once; null if there is none. */
  static header* from_system(size_t bytes) {
    const bool huge = bytes >= huge_page;
    const size_t spare = huge ? huge_page : 0;
    void* got = mmap(nullptr, bytes + spare, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | (huge ? 0 : MAP_POPULATE), -1, 0);
    if (got == MAP_FAILED) return nullptr;
    if (!huge) return static_cast<header*>(got);
    char* const begin = static_cast<char*>(got);
    char* const aligned = begin + (huge_page - reinterpret_cast<uintptr_t>(begin) % huge_page) % huge_page;
    if (aligned > begin) munmap(begin, static_cast<size_t>(aligned - begin));
    const size_t after = spare - static_cast<size_t>(aligned - begin);
    if (after > 0) munmap(aligned + bytes, after);
    madvise(aligned, bytes, MADV_HUGEPAGE);
    return reinterpret_cast<header*>(aligned);
  }

  void return_all() {
    lock();
    for (unsigned i = 0; i < kinds; i++) {
      while (kept_[i] != nullptr) {
        header* block = kept_[i];
        kept_[i] = block->next;
        munmap(block, bytes_of(i));
      }
    }
    kept_bytes_ = 0;
    unlock();
  }

  void lock() {
    while (locked_.exchange(true, std::memory_order_acquire)) pause_briefly();
  }
  void unlock() { locked_.store(false, std::memory_order_release); }

  std::atomic<bool> locked_{false};
  size_t kept_bytes_ = 0;
  header* kept_[kinds] = {};
};

#if defined(PARLAY_INTERNAL_KEEP_BLOCKS)
inline block_store big_blocks;
#endif

/* Memory of `bytes` bytes for release_bytes with the same size; throws std::bad_alloc. */
PARLAY_INTERNAL_ONCE inline void* acquire_bytes(size_t bytes, size_t alignment) {
#if defined(PARLAY_INTERNAL_KEEP_BLOCKS)
  if (bytes >= block_store::least_bytes && alignment <= 64) return big_blocks.take(bytes);
#endif
  return malloc_or_throw(bytes, alignment);
}

PARLAY_INTERNAL_ONCE inline void release_bytes(void* block, size_t bytes, size_t alignment) {
#if defined(PARLAY_INTERNAL_KEEP_BLOCKS)
  if (bytes >= block_store::least_bytes && alignment <= 64) return big_blocks.give(block);
#endif
  (void)bytes;
  (void)alignment;
  free(block);
}

}  // namespace internal
}  // namespace parlay

#endif
