// SP-bags: when two accesses race, and what a cell remembers.
//
// A write races with an earlier write or read that is logically parallel to it, a read with such a write. A cell keeps
// the last writer, and a reader that is replaced only by one that comes after it in series: as long as the kept one is
// parallel to what runs, it races with all that a dropped one would race with. Atomic accesses have cells of their own;
// they race with plain ones and never with one another, so that for their writers the readers' rule holds as well.
#pragma once

#include "races.hpp"
#include "shadow.hpp"

namespace {

// Whether what ran at `stamp` is parallel to the running strand and meant the same object at `address`: what lies
// deeper on the stack than the block they are branches of is a dead frame's, whose room is used again.
ALWAYS_INLINE bool parallel(u32 stamp, uintptr_t address) {
    if (stamp >= now.running || stamp < now.outermost) return false;
    const uintptr_t here = stack_pointer();
    if (LIKELY(stamp >= now.begun)) return address - here >= now.frame - here;
    const u32 level = level_between(stamp);
    return level != 0 && address - here >= levels[level - 1].frame - here;
}

// A conflict is found: is it a race? What each thread has of its own is none, nor what is initialised once.
NEVER_INLINE void conflict(u32 stamp, u32 context, u32 later, uintptr_t address) {
    if (address >= tls_begin && address < tls_end) return;
    if (once.size() > 0 && initialised_once(stamp)) return;
    race(stamp, context, later, address);
}

template <Op op>
ALWAYS_INLINE void against(u32 stamp, u32 context, uintptr_t address, uintptr_t pc, size_t size) {
    if (UNLIKELY(parallel(stamp, address))) conflict(stamp, context, context_of(pc, op, size), address);
}

template <Op op>
ALWAYS_INLINE void keep_reader(u32& kept, u32& kept_context, uintptr_t address, uintptr_t pc, size_t size) {
    if (kept == now.stamp) return;
    if (parallel(kept, address) && !(sections.size() > 0 && only_kept_is_locked(kept))) return;
    kept = now.stamp;
    kept_context = context_of(pc, op, size);
}

// Whether the running strand's access changes nothing and cannot be a race, as it has made such a one before.
template <Op op>
ALWAYS_INLINE bool seen_before(const Cell& cell) {
    const u32 kept = op == kWrite ? cell.writer : cell.reader, other = op == kWrite ? cell.reader : cell.writer;
    return kept == now.stamp && (other == now.stamp || other == 0);
}

template <Op op>
ALWAYS_INLINE void touch(Cell& cell, uintptr_t address, uintptr_t pc, size_t size) {
    static_assert(op == kRead || op == kWrite);
    if (seen_before<op>(cell)) return;
    against<op>(cell.writer, cell.writer_context, address, pc, size);
    if (op == kWrite) {
        against<op>(cell.reader, cell.reader_context, address, pc, size);
        cell.writer = now.stamp;
        cell.writer_context = context_of(pc, op, size);
        shared_reads.forget(address);
    } else {
        keep_reader<op>(cell.reader, cell.reader_context, address, pc, size);
    }
}

template <Op op>
ALWAYS_INLINE void touch_atomic_by_plain(Cell& cell, uintptr_t address, uintptr_t pc, size_t size) {
    against<op>(cell.writer, cell.writer_context, address, pc, size);
    if (op == kWrite) against<op>(cell.reader, cell.reader_context, address, pc, size);
}

// An access to any range of plain memory.
template <Op op>
NEVER_INLINE void access_range(uintptr_t address, size_t size, uintptr_t pc) {
    plain_shadow.each(address, size, [=](Cell& cell, uintptr_t at) { touch<op>(cell, at, pc, size); });
    for (uintptr_t page = address & ~(kPageBytes - 1); page < address + size; page += kPageBytes) {
        if (!(plain_shadow.page(page)->tag & kElsewhere)) continue;
        atomic_shadow.page(page)->tag |= kElsewhere;
        const uintptr_t from = page < address ? address : page;
        const uintptr_t to = page + kPageBytes < address + size ? page + kPageBytes : address + size;
        atomic_shadow.each_known(
            from, to - from, [=](Cell& cell, uintptr_t at) { touch_atomic_by_plain<op>(cell, at, pc, size); });
    }
}

template <Op op>
NEVER_INLINE void access_cell_slowly(Cell& cell, uintptr_t address, uintptr_t pc, size_t size) {
    touch<op>(cell, address, pc, size);
}

// Whether all that ran at `stamp` is in series with the running strand, as far as one look tells.
ALWAYS_INLINE bool surely_serial(u32 stamp) { return stamp >= now.running || stamp < now.outermost; }

// Whether a read changes nothing because an earlier branch's is kept: what many branches read.
ALWAYS_INLINE bool stays(const Cell& cell, uintptr_t address) {
    const uintptr_t here = stack_pointer();
    return cell.reader >= now.begun && cell.reader < now.running && address - here >= now.frame - here &&
           sections.size() == 0;
}

// If so for all cells of an access, and if no branch of the open blocks has written them, then so it is for this block's
// branches to come.
template <Op op, unsigned kSize>
ALWAYS_INLINE bool note_shared(const Cell* cell, unsigned shift, uintptr_t address) {
    if constexpr (op == kRead && kSize <= 1u << kCoarsest) {
        for (const Cell* end = cell + (kSize >> shift); cell < end; ++cell) {
            if (cell->writer >= now.outermost || !stays(*cell, address)) return false;
        }
        shared_reads.note<__builtin_ctz(kSize)>(address);
        return true;
    }
    return false;
}

// touch() for the usual cases, which need no calls and hence no saved registers; false: none of them.
template <Op op>
ALWAYS_INLINE bool touch_quickly(Cell& cell, uintptr_t address, uintptr_t pc) {
    const u32 writer = cell.writer, reader = cell.reader;
    if (UNLIKELY(!surely_serial(writer))) return false;
    if (surely_serial(reader)) {
        const u32 context = context_numbers.recent((static_cast<u64>(pc) << 3) | op, now.node);
        if (UNLIKELY(context == 0)) return false;
        if (op == kWrite) shared_reads.forget(address);
        (op == kWrite ? cell.writer : cell.reader) = now.stamp;
        (op == kWrite ? cell.writer_context : cell.reader_context) = context;
        return true;
    }
    return op == kRead && stays(cell, address);
}

template <Op op, unsigned kSize>
NEVER_INLINE void access_cell(Cell& cell, uintptr_t address, uintptr_t pc) {
    if (note_shared<op, kSize>(&cell, __builtin_ctz(kSize), address)) return;
    if (!touch_quickly<op>(cell, address, pc)) access_cell_slowly<op>(cell, address, pc, kSize);
}

template <Op op, unsigned kSize>
NEVER_INLINE void access_cells_slowly(Cell* cell, unsigned shift, uintptr_t address, uintptr_t pc) {
    for (Cell* end = cell + (kSize >> shift); cell < end; ++cell, address += uintptr_t{1} << shift) {
        touch<op>(*cell, address, pc, kSize);
    }
}

// An aligned access to cells that are finer than it.
template <Op op, unsigned kSize>
ALWAYS_INLINE void access_cells(Cell* cell, unsigned shift, uintptr_t address, uintptr_t pc) {
    Cell *const end = cell + (kSize >> shift), *at = cell;
    while (at < end && (seen_before<op>(*at) || touch_quickly<op>(*at, address, pc))) ++at;
    if (UNLIKELY(at < end)) access_cells_slowly<op, kSize>(cell, shift, address, pc);
}

template <Op op, unsigned kSize>
NEVER_INLINE void access_finer(Cell* cell, unsigned shift, uintptr_t address, uintptr_t pc) {
    if (note_shared<op, kSize>(cell, shift, address)) return;
    access_cells<op, kSize>(cell, shift, address, pc);
}

// An aligned access where there are atomic ones nearby.
template <Op op, unsigned kSize>
NEVER_INLINE void access_beside(Cell* cell, unsigned shift, uintptr_t address, uintptr_t pc) {
    access_cells<op, kSize>(cell, shift, address, pc);
    atomic_shadow.page(address)->tag |= kElsewhere;
    bool written = false;
    atomic_shadow.each_known(address, kSize, [=, &written](Cell& other, uintptr_t at) {
        touch_atomic_by_plain<op>(other, at, pc, kSize);
        written |= other.writer >= now.outermost;
    });
    if (!written) note_shared<op, kSize>(cell, shift, address);
}

// The fast path: an aligned access that is one cell or some. What it calls it calls last, so that it saves nothing.
template <Op op, unsigned kSize>
ALWAYS_INLINE void access(uintptr_t address, uintptr_t pc) {
    now.work += 1;
    constexpr unsigned kShift = __builtin_ctz(kSize);
    if constexpr (op == kRead && kShift <= kCoarsest) {
        if (shared_reads.known<kShift>(address)) return;
    }
    if (!now.active) return;
    Page* page = plain_shadow.page(address);
    if (UNLIKELY(page == nullptr || (address & (kSize - 1)) != 0)) return access_range<op>(address, kSize, pc);
    const u32 tag = page->tag;
    const uintptr_t within = address & (kPageBytes - 1);
    if (LIKELY(tag == kShift + 1)) {
        Cell& cell = page->cells[within >> kShift];
        if (seen_before<op>(cell)) return;
        return access_cell<op, kSize>(cell, address, pc);
    }
    const u32 shift = Shadow::cell_tag(*page) - 1;
    if (LIKELY(tag - 1 < kShift)) return access_finer<op, kSize>(page->cells + (within >> shift), shift, address, pc);
    if (shift <= kShift) return access_beside<op, kSize>(page->cells + (within >> shift), shift, address, pc);
    access_range<op>(address, kSize, pc);
}

// A range that the program reads or writes at once, as memcpy does.
template <Op op>
ALWAYS_INLINE void access_many(const void* from, size_t size, uintptr_t pc) {
    now.work += (size + 7) / 8;
    if (now.active && size > 0) access_range<op>(reinterpret_cast<uintptr_t>(from), size, pc);
}

template <Op op>
ALWAYS_INLINE void touch_atomic(Cell& cell, uintptr_t address, uintptr_t pc, size_t size) {
    if (op == kAtomicWrite) {
        shared_reads.forget(address);
        keep_reader<op>(cell.writer, cell.writer_context, address, pc, size);
    } else {
        keep_reader<op>(cell.reader, cell.reader_context, address, pc, size);
    }
}

template <Op op>
ALWAYS_INLINE void touch_plain_by_atomic(Cell& cell, uintptr_t address, uintptr_t pc, size_t size) {
    against<op>(cell.writer, cell.writer_context, address, pc, size);
    if (op == kAtomicWrite) against<op>(cell.reader, cell.reader_context, address, pc, size);
}

template <Op op>
NEVER_INLINE void access_atomic_range(uintptr_t address, size_t size, uintptr_t pc) {
    const uintptr_t ends[] = {address, address + size - 1};
    for (const uintptr_t at : ends) {
        Page& plain = plain_shadow.make_page(at);
        plain.tag |= kElsewhere;
        if (Shadow::cell_tag(plain) != 0) atomic_shadow.make_page(at).tag |= kElsewhere;
    }
    plain_shadow.each_known(
        address, size, [=](Cell& cell, uintptr_t at) { touch_plain_by_atomic<op>(cell, at, pc, size); });
    atomic_shadow.each(address, size, [=](Cell& cell, uintptr_t at) { touch_atomic<op>(cell, at, pc, size); });
}

template <Op op, unsigned kSize>
ALWAYS_INLINE void access_atomic(uintptr_t address, uintptr_t pc) {
    now.work += 1;
    if (!now.active) return;
    constexpr unsigned kShift = __builtin_ctz(kSize);
    Page* page = atomic_shadow.page(address);
    if (LIKELY(page != nullptr && page->tag == kShift + 1 && (address & (kSize - 1)) == 0)) {
        return touch_atomic<op>(page->cells[(address & (kPageBytes - 1)) >> kShift], address, pc, kSize);
    }
    access_atomic_range<op>(address, kSize, pc);
}

// A block of the heap is given back: like a write to all of it, after which nothing is known of it.
NEVER_INLINE void access_free(uintptr_t address, size_t size, uintptr_t pc) {
    const auto check = [=](Cell& cell, uintptr_t at) {
        against<kFree>(cell.writer, cell.writer_context, at, pc, size);
        against<kFree>(cell.reader, cell.reader_context, at, pc, size);
    };
    plain_shadow.each_known(address, size, check);
    atomic_shadow.each_known(address, size, check);
    shared_reads.forget_all();
    plain_shadow.wipe(address, size);
    atomic_shadow.wipe(address, size);
}

}  // namespace
