// The report: each race once, as soon as it is seen, and a summary at the end.
//
// There is a summary whenever the driver asks for one, and at the end; each counts from the start of the program.
// Every line begins with a mark and is one JSON object. Addresses of code and of global variables are relative to where
// the program was loaded, as addr2line and nm count them.
#pragma once

#include <link.h>
#include <stdio.h>
#include <stdlib.h>

#include "blocks.hpp"
#include "contexts.hpp"
#include "sections.hpp"
#include "span.hpp"
#include "writing.hpp"

extern "C" char __executable_start, _end;
extern "C" void* __libc_stack_end;

namespace {

constexpr u32 kKept = 20, kPairs = 1024, kStackShown = 24;
constexpr int kExitRefused = 65;
constexpr const char* kMark = "evolve-series-parallel: ";

struct Settings {
    int report = 2;
    int exit_code = 66;
    bool halt = false;
};

struct Pair {
    uintptr_t earlier, later;
    u32 ops;
};

Settings settings;
uintptr_t load_bias, tls_begin = UINTPTR_MAX, tls_end;
Pair pairs[kPairs];
u32 pair_count, kept_sure, kept_locked;
u64 races_sure, races_locked;
u32 summaries;
bool finished;

ALWAYS_INLINE uintptr_t stack_pointer() {
    uintptr_t here;
    asm("mov %%rsp, %0" : "=r"(here));
    return here;
}

inline bool in_program(uintptr_t address) {
    return address >= reinterpret_cast<uintptr_t>(&__executable_start) && address < reinterpret_cast<uintptr_t>(&_end);
}

inline void say_stack(uintptr_t pc, u32 node) {
    line.key("stack").text("[");
    u32 shown = 0;
    while (shown < kStackShown) {
        if (in_program(pc)) {
            line.comma().hex(pc - load_bias - 1);
            ++shown;
        }
        if (node <= 1) break;
        pc = nodes[node].pc;
        node = nodes[node].parent;
    }
    line.text("]");
}

inline void say_access(const char* name, const Context& context) {
    static const char* const kOps[] = {"read", "write", "atomic read", "atomic write", "free", "allocation"};
    line.key(name).text("{").key("op").text("\"").text(kOps[context.op]).text("\"");
    line.key("size").number(context.size);
    say_stack(context.pc, context.node);
    line.text("}");
}

inline void say_variable(uintptr_t address) {
    line.key("variable").text("{");
    const Block* block = blocks.around(address);
    if (block != nullptr) {
        line.key("kind").text("\"heap\"").key("offset").number(address - block->address);
        line.key("size").number(block->size);
        const Context& allocated = contexts[block->context];
        say_stack(allocated.pc, allocated.node);
    } else if (in_program(address)) {
        line.key("kind").text("\"global\"").key("at").hex(address - load_bias);
    } else if (address >= stack_pointer() && address < reinterpret_cast<uintptr_t>(__libc_stack_end)) {
        line.key("kind").text("\"stack\"");
        for (size_t k = 0; k + 1 < frames.size(); ++k) {
            if (frames[k].stack > address) continue;
            // The next function was called from the one whose variable it is.
            const u32 callee = k + 2 < frames.size() ? frames[k + 2].node : now.node;
            say_stack(nodes[callee].pc, nodes[callee].parent);
            break;
        }
    } else {
        line.key("kind").text("\"other\"");
    }
    line.text("}");
}

inline void say_level(const Level& level) {
    line.key("ordinal").number(level.ordinal).key("size").number(level.branches);
    say_stack(level.pc, level.node);
}

inline void say_race(const Context& earlier, const Context& later, u32 stamp, uintptr_t address, uintptr_t lock) {
    const u32 number = level_between(stamp);
    const Level& level = levels[number - 1];
    line.text(kMark).text("{").key("race").text("{").key("address").hex(address);
    if (lock != 0) line.key("lock").hex(lock);
    say_access("earlier", earlier);
    say_access("later", later);
    say_variable(address);
    line.key("earlier_branch").number(branch_of(number, stamp)).key("later_branch").number(level.index);
    line.key("block").text("{");
    say_level(level);
    line.text("}").key("outer").text("[");
    for (u32 k = 0; k + 1 < number && k < 8; ++k) {
        line.comma().text("{").key("branch").number(levels[k].index);
        say_level(levels[k]);
        line.text("}");
    }
    line.text("]}}").send(settings.report);
}

inline void say_summary() {
    line.text(kMark).text("{").key("summary").text("{").key("number").number(summaries++);
    line.key("races").number(races_sure);
    line.key("locked").number(races_locked).key("distinct").number(pair_count);
    line.key("work").number(now.work).key("span").number(span_now());
    line.key("burdened_span").number(burdened_now()).key("burden").number(kBurden);
    line.key("blocks").number(blocks_begun).key("branches").number(branches_begun).key("depth").number(deepest);
    line.key("phases").text("[");
    for (u32 k = 0; k < phase_count; ++k) {
        const Phase& phase = phases[k];
        line.comma().text("{").key("blocks").number(phase.blocks).key("branches").number(phase.branches);
        line.key("work").number(phase.work).key("span").number(phase.span);
        say_stack(phase.pc, phase.node);
        line.text("}");
    }
    line.text("]}}").send(settings.report);
}

[[noreturn]] inline void leave(int code) {
    for (;;) syscall(SYS_exit_group, code);
}

// The exit code the program shall have, the report being complete; -1: its own.
inline int finish() {
    now.active = false;
    if (!finished) {
        finished = true;
        say_summary();
    }
    return races_sure > 0 && settings.exit_code != 0 ? settings.exit_code : -1;
}

[[noreturn]] void refuse(const char* why) {
    line.text(kMark).text("{").key("refused").text("\"").text(why).text("\"}").send(settings.report);
    leave(kExitRefused);
}

// An access by the running strand and an earlier one at `stamp` are in parallel and at least one of them writes.
NEVER_INLINE void race(u32 stamp, u32 earlier_context, u32 later_context, uintptr_t address) {
    const uintptr_t lock = common_lock(stamp);
    ++(lock != 0 ? races_locked : races_sure);
    const Context &earlier = contexts[earlier_context], &later = contexts[later_context];
    const u32 ops = static_cast<u32>(earlier.op) << 4 | later.op | (lock != 0 ? 1u << 8 : 0);
    for (u32 k = 0; k < pair_count; ++k) {
        if (pairs[k].earlier == earlier.pc && pairs[k].later == later.pc && pairs[k].ops == ops) return;
    }
    if (pair_count == kPairs) return;
    pairs[pair_count++] = {earlier.pc, later.pc, ops};
    u32& kept = lock != 0 ? kept_locked : kept_sure;
    if (++kept <= kKept) say_race(earlier, later, stamp, address, lock);
    if (settings.halt && lock == 0) leave(finish());
}

// Where the program was loaded, and the span of all modules' thread-local variables.
inline int note_module(dl_phdr_info* info, size_t, void* first) {
    if (auto* program = static_cast<bool*>(first); *program) {
        load_bias = info->dlpi_addr;
        *program = false;
    }
    for (int k = 0; k < info->dlpi_phnum; ++k) {
        if (info->dlpi_phdr[k].p_type != PT_TLS || info->dlpi_tls_data == nullptr) continue;
        const auto begin = reinterpret_cast<uintptr_t>(info->dlpi_tls_data);
        if (begin < tls_begin) tls_begin = begin;
        if (begin + info->dlpi_phdr[k].p_memsz > tls_end) tls_end = begin + info->dlpi_phdr[k].p_memsz;
    }
    return 0;
}

// EVOLVE_SERIES_PARALLEL="report=3:halt=1:exit_code=0", each part optional.
inline void read_settings(char** environment) {
    constexpr char kName[] = "EVOLVE_SERIES_PARALLEL=";
    const char* at = nullptr;
    for (; *environment != nullptr && at == nullptr; ++environment) {
        size_t k = 0;
        while (kName[k] != '\0' && (*environment)[k] == kName[k]) ++k;
        if (kName[k] == '\0') at = *environment + k;
    }
    while (at != nullptr && *at != '\0') {
        const char* value = at;
        while (*value != '\0' && *value != '=') ++value;
        if (*value == '\0') break;
        const int number = atoi(++value);
        if (at[0] == 'r') settings.report = number;
        if (at[0] == 'h') settings.halt = number != 0;
        if (at[0] == 'e') settings.exit_code = number;
        while (*value != '\0' && *value != ':') ++value;
        at = *value == ':' ? value + 1 : value;
    }
    const long own = syscall(SYS_fcntl, settings.report, 1030 /* F_DUPFD_CLOEXEC */, 32);
    if (own >= 0) settings.report = static_cast<int>(own);  // out of the way of a program that closes descriptors
}

}  // namespace
