// What orders accesses of parallel branches after all: locks, and initialisation that happens once.
//
// SP-bags knows fork and join only. Stretches of a strand under a lock get stamps of their own, so that it can be asked
// of any earlier access which locks were held; two accesses under one common lock are reported apart, since whether
// that is right is for a detector of interleavings to say. A lock made of an atomic is known by its use: an acquiring
// read-modify-write turned it from 0 into something, and the same branch stored 0 with release order later on.
#pragma once

#include "order.hpp"

namespace {

constexpr u32 kOpen = UINT32_MAX, kLookBack = 64;

struct Section {
    uintptr_t lock;
    u32 from, to;  // stamps; to == kOpen while it is held
};

struct Once {
    u32 from, to;
};

Growing<Section, size_t{1} << 24> sections;  // by rising `from`
Growing<Once, size_t{1} << 20> once;
u32 section_floor;  // sections before it belong to enclosing branches

inline void take_lock(uintptr_t lock) {
    if (!now.active) return;
    restamp();
    sections.push({lock, now.stamp, kOpen});
}

inline void drop_lock(uintptr_t lock) {
    if (!now.active) return;
    for (size_t k = sections.size(); k > section_floor; --k) {
        Section& section = sections[k - 1];
        if (section.lock == lock && section.to == kOpen) {
            restamp();
            section.to = now.stamp;
            return;
        }
    }
}

ALWAYS_INLINE void sections_branch_begins() { section_floor = static_cast<u32>(sections.size()); }

// What a branch took and did not release was no lock.
NEVER_INLINE void forget_open_sections() {
    while (sections.size() > section_floor && sections.back().to == kOpen) sections.cut(sections.size() - 1);
    for (size_t k = sections.size(); k > section_floor && sections.size() - k < kLookBack; --k) {
        if (sections[k - 1].to == kOpen) sections[k - 1].to = sections[k - 1].from;
    }
}

ALWAYS_INLINE void sections_branch_ends() {
    if (UNLIKELY(sections.size() > section_floor)) forget_open_sections();
}

// `visit(lock)` of the locks held by a finished branch at `stamp`, until it returns true.
template <class Visit>
inline uintptr_t lock_at(u32 stamp, Visit&& visit) {
    size_t low = 0, high = sections.size();
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (sections[middle].from <= stamp) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (u32 back = 0; low > 0 && back < kLookBack; --low, ++back) {
        const Section& section = sections[low - 1];
        if (section.to != kOpen && stamp < section.to && visit(section.lock)) return section.lock;
    }
    return 0;
}

// A lock under which both the access at `stamp` and the running strand are, or 0.
NEVER_INLINE uintptr_t common_lock(u32 stamp) {
    if (sections.size() == 0) return 0;
    return lock_at(stamp, [](uintptr_t lock) {
        for (size_t k = sections.size(), back = 0; k > section_floor && back < kLookBack; --k, ++back) {
            if (sections[k - 1].to == kOpen && sections[k - 1].lock == lock) return true;
        }
        return false;
    });
}

// Whether the kept reader is worth less than the running one: it read under a lock, and this one does not.
NEVER_INLINE bool only_kept_is_locked(u32 stamp) {
    for (size_t k = sections.size(), back = 0; k > section_floor && back < kLookBack; --k, ++back) {
        if (sections[k - 1].to == kOpen) return false;
    }
    return lock_at(stamp, [](uintptr_t) { return true; }) != 0;
}

// Whoever reads what a guarded initialisation wrote has passed its guard, which comes after it.
inline void once_begins() {
    if (!now.active) return;
    restamp();
    once.push({now.stamp, 0});
}

inline void once_ends() {
    if (!now.active) return;
    for (size_t k = once.size(); k > 0; --k) {
        if (once[k - 1].to != 0) continue;
        restamp();
        once[k - 1].to = now.stamp;
        return;
    }
}

NEVER_INLINE bool initialised_once(u32 stamp) {
    for (size_t k = once.size(); k > 0; --k) {
        if (once[k - 1].from <= stamp && stamp < once[k - 1].to) return true;
    }
    return false;
}

}  // namespace
