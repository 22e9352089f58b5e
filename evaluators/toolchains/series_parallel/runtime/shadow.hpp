// What is remembered of each byte of the program's memory.
//
// A cell stands for 1, 2, 4 or 8 bytes that were always accessed together. Which of these it is belongs to a page of
// 256 bytes, which starts coarse and is refined at the first access that needs it, so that cells are exact to the byte
// and still one for an access to an ordinary array.
#pragma once

#include "contexts.hpp"

namespace {

struct Cell {
    u32 writer, writer_context;  // stamp of the last write, 0: none
    u32 reader, reader_context;  // stamp of a read, as SP-bags keeps it
};

constexpr unsigned kPageLog2 = 8, kChunkLog2 = 26, kAddressLog2 = 47, kCellLog2 = 4, kCoarsest = 3;
constexpr uintptr_t kPageBytes = uintptr_t{1} << kPageLog2;
constexpr u32 kElsewhere = 0x80;  // in a tag: the other shadow has cells of this page, too

struct Page {
    Cell* cells;
    u32 tag;  // 0: no cells; 1 + log2 of the bytes of a cell; kElsewhere may be added
};

inline Pool cell_pool;

class Shadow {
  public:
    void open() { chunks_ = static_cast<Page**>(reserve(sizeof(Page*) << (kAddressLog2 - kChunkLog2))); }

    // The page of an address, or null if nothing was ever noted near it.
    ALWAYS_INLINE Page* page(uintptr_t address) const {
        Page* chunk = chunks_[(address & kAddresses) >> kChunkLog2];
        return LIKELY(chunk != nullptr) ? chunk + in_chunk(address) : nullptr;
    }

    Page& make_page(uintptr_t address) {
        Page*& chunk = chunks_[(address & kAddresses) >> kChunkLog2];
        if (chunk == nullptr) chunk = static_cast<Page*>(reserve(sizeof(Page) << (kChunkLog2 - kPageLog2)));
        return chunk[in_chunk(address)];
    }

    // `visit(cell, address)` of all cells of a range, made where there are none.
    template <class Visit>
    ALWAYS_INLINE void each(uintptr_t address, size_t size, Visit&& visit) {
        while (size > 0) {
            const size_t piece = piece_of(address, size);
            Page& page = make_page(address);
            refine(page, static_cast<unsigned>(__builtin_ctzll(address | piece | 8)));
            over(page, address, piece, visit);
            address += piece;
            size -= piece;
        }
    }

    // `visit(cell, address)` of the cells of a range that there are; a cell may reach beyond the range.
    template <class Visit>
    ALWAYS_INLINE void each_known(uintptr_t address, size_t size, Visit&& visit) {
        while (size > 0) {
            const size_t piece = piece_of(address, size);
            Page* known = page(address);
            if (known != nullptr && cell_tag(*known) != 0) over(*known, address, piece, visit);
            address += piece;
            size -= piece;
        }
    }

    // Forget a range: what lay there is gone.
    void wipe(uintptr_t address, size_t size) {
        while (size > 0) {
            const size_t piece = piece_of(address, size);
            Page* known = page(address);
            if (known != nullptr && cell_tag(*known) != 0) {
                if (piece == kPageBytes) {
                    drop(*known);
                } else {
                    refine(*known, static_cast<unsigned>(__builtin_ctzll(address | piece | 8)));
                    over(*known, address, piece, [](Cell& cell, uintptr_t) { cell = Cell{0, 0, 0, 0}; });
                }
            }
            address += piece;
            size -= piece;
        }
    }

    void wipe_all() {
        for (size_t k = 0; k < size_t{1} << (kAddressLog2 - kChunkLog2); ++k) {
            if (chunks_[k] == nullptr) continue;
            for (size_t j = 0; j < size_t{1} << (kChunkLog2 - kPageLog2); ++j) drop(chunks_[k][j]);
        }
    }

    static ALWAYS_INLINE u32 cell_tag(const Page& page) { return page.tag & ~kElsewhere; }

  private:
    static constexpr uintptr_t kAddresses = (uintptr_t{1} << kAddressLog2) - 1;

    static ALWAYS_INLINE size_t in_chunk(uintptr_t address) {
        return (address >> kPageLog2) & ((size_t{1} << (kChunkLog2 - kPageLog2)) - 1);
    }
    static ALWAYS_INLINE size_t piece_of(uintptr_t address, size_t size) {
        const size_t room = kPageBytes - (address & (kPageBytes - 1));
        return size < room ? size : room;
    }
    static unsigned log2_bytes(unsigned shift) { return kPageLog2 - shift + kCellLog2; }

    static void drop(Page& page) {
        if (cell_tag(page) == 0) return;
        cell_pool.give(page.cells, log2_bytes(cell_tag(page) - 1));
        page.cells = nullptr;
        page.tag &= kElsewhere;
    }

    static ALWAYS_INLINE void refine(Page& page, unsigned shift) {
        if (UNLIKELY(cell_tag(page) == 0 || cell_tag(page) - 1 > shift)) make_finer(page, shift);
    }
    static NEVER_INLINE void make_finer(Page& page, unsigned shift) {
        auto* cells = static_cast<Cell*>(cell_pool.take(log2_bytes(shift)));
        if (cell_tag(page) != 0) {
            const unsigned old = cell_tag(page) - 1;
            for (size_t k = 0; k < kPageBytes >> shift; ++k) cells[k] = page.cells[k >> (old - shift)];
            cell_pool.give(page.cells, log2_bytes(old));
        }
        page.cells = cells;
        page.tag = (page.tag & kElsewhere) | (shift + 1);
    }

    template <class Visit>
    static ALWAYS_INLINE void over(Page& page, uintptr_t address, size_t size, Visit&& visit) {
        const unsigned shift = cell_tag(page) - 1;
        const size_t from = (address & (kPageBytes - 1)) >> shift;
        const size_t to = ((address & (kPageBytes - 1)) + size - 1) >> shift;
        for (size_t k = from; k <= to; ++k) visit(page.cells[k], (address & ~(kPageBytes - 1)) + (k << shift));
    }

    Page** chunks_ = nullptr;
};

Shadow plain_shadow;   // ordinary accesses
Shadow atomic_shadow;  // atomic ones, which never race with one another

}  // namespace
