// Where an access was made: its instruction, and how that was reached.
//
// Calling contexts are nodes of a tree, folded at recursion so that it stays small (Ammons, Ball and Larus, "Exploiting
// hardware performance counters with flow and context sensitive profiling", PLDI 1997). An access is known by the
// number of its (instruction, node, kind), which fits a cell of shadow memory.
#pragma once

#include "order.hpp"

namespace {

enum Op : u8 { kRead, kWrite, kAtomicRead, kAtomicWrite, kFree, kAllocate };

struct Node {
    uintptr_t pc;  // return address into the caller
    u32 parent;
};

struct Context {
    uintptr_t pc;
    u32 node;
    u32 size;
    Op op;
};

struct Frame {
    u32 node;         // the caller's
    uintptr_t stack;  // pointer when the function was entered: its own variables lie above
};

// A hash table from two numbers to one, in front of which stands a small direct-mapped one.
template <u32 kCapacity>
class Numbers {
  public:
    void open() {
        if (slots_ == nullptr) slots_ = static_cast<Slot*>(reserve(sizeof(Slot) * kCapacity));
    }
    ALWAYS_INLINE u32 recent(u64 first, u32 second) const {
        const Slot& slot = recent_[place(first) & (kRecent - 1)];
        return LIKELY(slot.first == first && slot.second == second) ? slot.value : 0;
    }
    u32 find(u64 first, u32 second) {
        for (u64 k = hash(first, second);; ++k) {
            const Slot& slot = slots_[k & (kCapacity - 1)];
            if (slot.value == 0) return 0;
            if (slot.first == first && slot.second == second) {
                recent_[place(first) & (kRecent - 1)] = slot;
                return slot.value;
            }
        }
    }
    bool add(u64 first, u32 second, u32 value) {
        if (++count_ > kCapacity / 2) return false;
        u64 k = hash(first, second);
        while (slots_[k & (kCapacity - 1)].value != 0) ++k;
        slots_[k & (kCapacity - 1)] = {first, second, value};
        return true;
    }

  private:
    struct Slot {
        u64 first;
        u32 second, value;
    };
    static constexpr u32 kRecent = 1024;
    static ALWAYS_INLINE u64 place(u64 first) { return first ^ (first >> 10); }
    static u64 hash(u64 first, u32 second) {
        return ((first * 0x9E3779B97F4A7C15u) ^ (second * 0xD6E8FEB86659FD93u)) >> 20;
    }
    Slot* slots_ = nullptr;
    Slot recent_[kRecent] = {};
    u32 count_ = 0;
};

constexpr u32 kNodes = 1u << 18, kContexts = 1u << 20, kFrames = 1u << 20;
Growing<Node, kNodes> nodes;
Growing<Context, kContexts> contexts;
Growing<Frame, kFrames> frames;
Numbers<2 * kNodes> node_numbers;
Numbers<2 * kContexts> context_numbers;
u64 frames_too_deep;

inline void open_contexts() {
    nodes.open();
    contexts.open();
    frames.open();
    node_numbers.open();
    context_numbers.open();
    nodes.push({0, 0});
    nodes.push({0, 0});  // node 1 is the outermost caller; 0 stands for none
    contexts.push({0, 1, 0, kRead});
    now.node = 1;
}

NEVER_INLINE u32 add_child(uintptr_t pc, u32 parent) {
    u32 child = node_numbers.find(pc, parent);
    if (child != 0) return child;
    for (u32 above = parent; above > 1; above = nodes[above].parent) {
        if (nodes[above].pc == pc) child = above;  // recursion: the outermost such call stands for all
    }
    if (child == 0) {
        if (nodes.full()) return parent;
        child = static_cast<u32>(nodes.size());
        nodes.push({pc, parent});
    }
    return node_numbers.add(pc, parent, child) ? child : parent;
}

NEVER_INLINE u32 add_context(uintptr_t pc, Op op, u32 size) {
    const u64 key = (static_cast<u64>(pc) << 3) | op;
    u32 number = context_numbers.find(key, now.node);
    if (number != 0 || contexts.full()) return number;
    number = static_cast<u32>(contexts.size());
    if (!context_numbers.add(key, now.node, number)) return 0;
    contexts.push({pc, now.node, size, op});
    return number;
}

// The number of an access by the running strand; 0 if there are too many.
ALWAYS_INLINE u32 context_of(uintptr_t pc, Op op, size_t size) {
    const u32 number = context_numbers.recent((static_cast<u64>(pc) << 3) | op, now.node);
    return LIKELY(number != 0) ? number : add_context(pc, op, static_cast<u32>(size));
}

// As for an access; before the runtime is open nothing is known.
inline u32 context_of_allocation(uintptr_t pc, size_t size) {
    return contexts.size() > 0 ? context_of(pc, kAllocate, size > UINT32_MAX ? UINT32_MAX : size) : 0;
}

ALWAYS_INLINE void enter_function(uintptr_t pc, uintptr_t stack) {
    now.work += 1;
    if (UNLIKELY(frames.full())) {
        ++frames_too_deep;
        return;
    }
    frames.push({now.node, stack});
    const u32 child = node_numbers.recent(pc, now.node);
    now.node = LIKELY(child != 0) ? child : add_child(pc, now.node);
}

ALWAYS_INLINE void leave_function() {
    if (UNLIKELY(frames_too_deep > 0)) {
        --frames_too_deep;
    } else if (LIKELY(frames.size() > 0)) {
        now.node = frames.back().node;
        frames.cut(frames.size() - 1);
    }
}

}  // namespace
