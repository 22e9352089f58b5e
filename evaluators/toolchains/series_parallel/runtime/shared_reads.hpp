// Which reads change nothing: what many branches of the open block read is known before the shadow is asked.
//
// Where an earlier branch of the innermost open block is a cell's kept reader, and the last writer came before all open
// blocks, a read by any later branch of that block neither races nor is kept. That holds until the block ends or another
// begins, the memory is written or given back, or a lock is taken.
#pragma once

#include "arena.hpp"

namespace {

class SharedReads {
  public:
    template <unsigned kLog2>
    ALWAYS_INLINE bool known(uintptr_t address) const {
        return entries_[place(address)] == (address | era_[kLog2]);
    }
    // An aligned read of 2^kLog2 bytes, at most 8.
    template <unsigned kLog2>
    ALWAYS_INLINE void note(uintptr_t address) {
        entries_[place(address)] = address | era_[kLog2];
    }
    // Some of the eight bytes around `address` are written.
    ALWAYS_INLINE void forget(uintptr_t address) { entries_[place(address)] = 0; }

    ALWAYS_INLINE void forget_all() {
        for (u64& era : era_) era += kEra;
        if (UNLIKELY(era_[0] < kEra)) begin_anew();
    }

  private:
    static constexpr u32 kEntries = 512;
    // Of an entry: 47 bits of an address, 2 for the size, 15 for when it was noted.
    static constexpr u64 kSize = u64{1} << 47, kEra = u64{1} << 49;

    static ALWAYS_INLINE size_t place(uintptr_t address) { return (address >> 3) % kEntries; }

    NEVER_INLINE void begin_anew() {
        for (u64& entry : entries_) entry = 0;
        for (u64 log2 = 0; log2 < 4; ++log2) era_[log2] = kEra + log2 * kSize;
    }

    u64 era_[4] = {kEra, kEra + kSize, kEra + 2 * kSize, kEra + 3 * kSize};
    u64 entries_[kEntries] = {};
};

SharedReads shared_reads;

}  // namespace
