// Work and span of the run, and both of its phases.
//
// Work T1 is the number of steps, span Tinf those on the longest chain of dependent ones (He, Leiserson and Leiserson,
// "The Cilkview scalability analyzer", SPAA 2010). A step is one basic block entered, one memory access (a range: one
// for each eight bytes begun), one function entered or one branch begun, so that it depends on the program and its
// input and not on the machine. A block of n branches is taken to be spread by a binary tree: ceil(log2 n) steps of
// span. The burdened span adds to each level of that tree what a steal costs.
#pragma once

#include "order.hpp"

namespace {

constexpr u64 kBurden = 4000;  // steps a steal costs: Cilkview's 15 000 instructions at about four to a step

struct Strand {
    u64 span, burdened;  // on the longest chain up to `mark`
    u64 mark;            // work when they were brought up to date
};

struct Phase {
    uintptr_t pc;
    u32 node;
    u64 blocks, branches, work, span;
};

Strand strand;
constexpr u32 kPhases = 64;
Phase phases[kPhases];
u32 phase_count;

ALWAYS_INLINE u64 span_now() { return strand.span + (now.work - strand.mark); }
ALWAYS_INLINE u64 burdened_now() { return strand.burdened + (now.work - strand.mark); }

inline void span_block_begins(Level& level) {
    level.span_before = span_now();
    level.burdened_before = burdened_now();
    level.longest_span = level.longest_burdened = 0;
    level.work_before = now.work;
    strand.mark = now.work;
}

// What the headers do between branches is neither work nor span: the mark is where the last branch ended.
ALWAYS_INLINE void span_branch_begins() {
    now.work = strand.mark + 1;
    strand.span = strand.burdened = 0;
}

ALWAYS_INLINE void span_branch_ends(Level& level) {
    const u64 span = span_now(), burdened = burdened_now();
    if (span > level.longest_span) level.longest_span = span;
    if (burdened > level.longest_burdened) level.longest_burdened = burdened;
    strand.mark = now.work;
}

inline void note_phase(const Level& level, u64 span) {
    u32 k = 0;
    while (k < phase_count && !(phases[k].pc == level.pc && phases[k].node == level.node)) ++k;
    if (k == kPhases) return;
    if (k == phase_count) phases[phase_count++] = {level.pc, level.node, 0, 0, 0, 0};
    Phase& phase = phases[k];
    phase.blocks += 1;
    phase.branches += level.branches;
    phase.work += now.work - level.work_before;
    phase.span += span;
}

inline void span_block_ends(const Level& level, bool outermost) {
    now.work = strand.mark;
    const u64 tree = level.branches > 1 ? 64 - static_cast<u64>(__builtin_clzll(level.branches - 1)) : 0;
    strand.span = level.span_before + level.longest_span + tree;
    strand.burdened = level.burdened_before + level.longest_burdened + tree * (1 + kBurden);
    if (outermost) note_phase(level, level.longest_span + tree);
}

}  // namespace
