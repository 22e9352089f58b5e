// The blocks of the heap: how big, and allocated where.
#pragma once

#include "contexts.hpp"

namespace {

struct Block {
    uintptr_t address;
    size_t size;
    u32 context;
};

// A hash table by address that doubles when half full.
class Blocks {
  public:
    void open() { grow(12); }

    void add(const Block& block) {
        if (at_ == nullptr) return;
        if (2 * count_ > mask_) grow(log2_ + 1);
        size_t k = place(block.address);
        while (at_[k].address != 0 && at_[k].address != block.address) k = (k + 1) & mask_;
        count_ += at_[k].address == 0;
        at_[k] = block;
    }

    void remove(uintptr_t address) {
        if (at_ == nullptr) return;
        size_t hole = place(address);
        while (at_[hole].address != address) {
            if (at_[hole].address == 0) return;
            hole = (hole + 1) & mask_;
        }
        --count_;
        // Close the gap: an entry moves up unless that would put it before its place.
        for (size_t k = (hole + 1) & mask_; at_[k].address != 0; k = (k + 1) & mask_) {
            if (((k - place(at_[k].address)) & mask_) >= ((k - hole) & mask_)) {
                at_[hole] = at_[k];
                hole = k;
            }
        }
        at_[hole].address = 0;
    }

    // The block an address lies in, or null. It looks at all of them: only reports ask.
    const Block* around(uintptr_t address) const {
        for (size_t k = 0; at_ != nullptr && k <= mask_; ++k) {
            if (at_[k].address != 0 && address - at_[k].address < at_[k].size) return &at_[k];
        }
        return nullptr;
    }

  private:
    size_t place(uintptr_t address) const { return ((address >> 4) * 0x9E3779B97F4A7C15u) >> (64 - log2_); }

    void grow(unsigned log2) {
        Block* old = at_;
        const size_t count = old == nullptr ? 0 : mask_ + 1;
        log2_ = log2;
        mask_ = (size_t{1} << log2) - 1;
        at_ = static_cast<Block*>(reserve(sizeof(Block) << log2));
        count_ = 0;
        for (size_t k = 0; k < count; ++k) {
            if (old[k].address != 0) add(old[k]);
        }
        if (old != nullptr) munmap(old, sizeof(Block) * count);
    }

    Block* at_ = nullptr;
    size_t mask_ = 0, count_ = 0;
    unsigned log2_ = 0;
};

Blocks blocks;

}  // namespace
