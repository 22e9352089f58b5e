// What the program says of its parallel structure (evolve/series_parallel.h).
#pragma once

#include "rules.hpp"

namespace {

#define CALLER reinterpret_cast<uintptr_t>(__builtin_return_address(0))
// Where the frame of the hook's caller begins: all that lies deeper belongs to calls that it makes.
#define FRAME (reinterpret_cast<uintptr_t>(__builtin_frame_address(0)) + 2 * sizeof(void*))

inline void close_level() {
    const Level level = levels.back();
    span_block_ends(level, levels.size() == 1);
    runs.cut(level.first_run);
    shared_reads.forget_all();
    levels.cut(levels.size() - 1);
    now.active = levels.size() > 0;
    if (now.active) {
        enter(levels.back());
        now.stamp = level.stamp_before;
        section_floor = level.sections_before;
    } else {
        now.outermost = now.begun = now.running = UINT32_MAX;
    }
}

// Blocks that an exception left are closed once the stack is above them.
NEVER_INLINE void close_levels_below(uintptr_t frame) {
    while (levels.size() > 0 && levels.back().frame < frame) {
        if (now.active) {
            span_branch_ends(levels.back());
            sections_branch_ends();
        }
        close_level();
    }
}

ALWAYS_INLINE void close_abandoned(uintptr_t frame) {
    if (LIKELY(levels.size() > 0) && UNLIKELY(levels.back().frame < frame)) close_levels_below(frame);
}

}  // namespace

extern "C" {

void evolve_sp_block_begin(size_t branches) {
    close_abandoned(FRAME);
    if (levels.size() == 0) {
        if (now.counter > kBeginAnew) {  // nothing that is past can race any more: begin anew
            plain_shadow.wipe_all();
            atomic_shadow.wipe_all();
            sections.cut(0);
            once.cut(0);
            now.counter = 0;
        }
        now.outermost = now.counter + 1;
    }
    Level level{};
    level.begun = level.running = now.counter + 1;
    level.stamp_before = now.stamp;
    level.sections_before = section_floor;
    level.frame = FRAME;
    level.branches = branches;
    level.ordinal = ++blocks_begun;
    level.pc = CALLER;
    level.node = now.node;
    level.first_run = static_cast<u32>(runs.size());
    span_block_begins(level);
    levels.push(level);
    shared_reads.forget_all();
    if (levels.size() > deepest) deepest = static_cast<u32>(levels.size());
    enter(level);
    now.active = false;
}

void evolve_sp_branch_begin(size_t index) {
    close_abandoned(FRAME);
    if (levels.size() == 0) return;
    Level& level = levels.back();
    note_branch(level, index);
    now.running = now.stamp = level.running;
    ++branches_begun;
    sections_branch_begins();
    span_branch_begins();
    now.active = true;
}

void evolve_sp_branch_end(void) {
    close_abandoned(FRAME);
    if (levels.size() == 0) return;
    sections_branch_ends();
    span_branch_ends(levels.back());
    now.active = false;
}

void evolve_sp_block_end(void) {
    close_abandoned(FRAME);
    if (levels.size() > 0) close_level();
}

}  // extern "C"
