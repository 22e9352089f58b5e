// Which earlier strands are logically parallel to the running one.
//
// The program runs serially, and its parallel constructs are blocks of branches that nest. A branch gets a stamp when
// it begins, from a counter that only rises. The bags of SP-bags (Feng and Leiserson, "Efficient detection of
// determinacy races in Cilk programs", SPAA 1997) are then intervals of stamps: of an open block that began at B and
// whose running branch began at b, [B, b) holds all that ran in its earlier branches, which is the P-bag; everything
// else that has run is in series with the running strand. Membership is a comparison or two instead of a union-find.
#pragma once

#include "shared_reads.hpp"

namespace {

// Branches of one block that consumed one stamp each, one after another: branch `index + k` has stamp `stamp + k`. The
// last branch of a run may have used more.
struct Run {
    u64 index;
    u32 stamp;
    u32 length;
};

// An open block.
struct Level {
    u32 begun;           // first stamp of its branches
    u32 running;         // stamp at which the running branch began
    u32 stamp_before;    // of the strand that opened it
    uintptr_t frame;     // whatever lies deeper on the stack was made by its branches
    u64 branches;        // as announced
    u64 index;           // of the running branch
    u64 ordinal;         // how many blocks had begun before it
    uintptr_t pc;        // who called block_begin
    u32 node;            // and its calling context
    u32 first_run;
    u32 sections_before;  // the opening strand's first
    u64 span_before, burdened_before, longest_span, longest_burdened;
    u64 work_before;
};

struct Now {
    bool active;      // inside a branch: accesses count
    u32 stamp;        // what the running strand writes into cells
    u32 running;      // the innermost open block's running branch
    u32 begun;        // the innermost open block
    u32 outermost;    // the outermost open block
    u32 counter;      // last stamp given
    u32 node;         // calling context
    uintptr_t frame;  // of the innermost open block
    u64 work;         // steps so far
};

Now now;
constexpr u32 kLevels = 1u << 16, kBeginAnew = 1u << 31;
Growing<Level, kLevels> levels;
Growing<Run, size_t{1} << 28> runs;
u64 blocks_begun, branches_begun;
u32 deepest;

// The open block, counted from 1, of which `stamp` is in an earlier branch; 0: it is in series with the running strand.
inline u32 level_between(u32 stamp) {
    for (size_t k = levels.size(); k > 0; --k) {
        const Level& level = levels[k - 1];
        if (stamp >= level.running) return 0;
        if (stamp >= level.begun) return static_cast<u32>(k);
    }
    return 0;
}

ALWAYS_INLINE u32 new_stamp() {
    if (UNLIKELY(now.counter == UINT32_MAX)) refuse("it has more than four thousand million parallel branches");
    return ++now.counter;
}

// From here on the running strand's accesses can be told from its earlier ones.
inline void restamp() {
    if (!now.active) return;
    now.stamp = new_stamp();
    shared_reads.forget_all();
}

inline void enter(const Level& level) {
    now.begun = level.begun;
    now.running = level.running;
    now.frame = level.frame;
}

NEVER_INLINE void begin_run(u64 index, u32 stamp) { runs.push({index, stamp, 1}); }

ALWAYS_INLINE void note_branch(Level& level, u64 index) {
    level.running = new_stamp();
    level.index = index;
    if (LIKELY(runs.size() > level.first_run)) {
        Run& run = runs.back();
        if (LIKELY(run.stamp + run.length == level.running && run.index + run.length == index)) {
            ++run.length;
            return;
        }
    }
    begin_run(index, level.running);
}

// Which branch of `level` had `stamp`, which was given since that block began.
inline u64 branch_of(u32 level_number, u32 stamp) {
    const size_t from = levels[level_number - 1].first_run;
    size_t low = from, high = level_number < levels.size() ? levels[level_number].first_run : runs.size();
    while (high - low > 1) {
        const size_t middle = (low + high) / 2;
        (runs[middle].stamp <= stamp ? low : high) = middle;
    }
    const Run& run = runs[low];
    const u32 offset = stamp - run.stamp;
    return run.index + (offset < run.length ? offset : run.length - 1);
}

}  // namespace
