// The calls that -fsanitize=thread and -fsanitize-coverage=trace-pc have the compiler put into a program.
//
// Their names and arguments are those of compiler-rt's tsan_interface.h, as g++ and clang emit them.
#pragma once

#include "hooks.hpp"

#define ADDRESS(pointer) reinterpret_cast<uintptr_t>(pointer)
#define PLAIN(size)                                                                                  \
    void __tsan_read##size(void* at) { access<kRead, size>(ADDRESS(at), CALLER); }                   \
    void __tsan_write##size(void* at) { access<kWrite, size>(ADDRESS(at), CALLER); }                 \
    void __tsan_volatile_read##size(void* at) { access<kRead, size>(ADDRESS(at), CALLER); }          \
    void __tsan_volatile_write##size(void* at) { access<kWrite, size>(ADDRESS(at), CALLER); }        \
    void __tsan_unaligned_read##size(void* at) { access<kRead, size>(ADDRESS(at), CALLER); }         \
    void __tsan_unaligned_write##size(void* at) { access<kWrite, size>(ADDRESS(at), CALLER); }       \
    void __tsan_unaligned_volatile_read##size(void* at) { access<kRead, size>(ADDRESS(at), CALLER); } \
    void __tsan_unaligned_volatile_write##size(void* at) { access<kWrite, size>(ADDRESS(at), CALLER); } \
    void __tsan_read_write##size(void* at) {                                                         \
        access<kRead, size>(ADDRESS(at), CALLER);                                                    \
        access<kWrite, size>(ADDRESS(at), CALLER);                                                   \
    }                                                                                                \
    void __tsan_unaligned_read_write##size(void* at) { __tsan_read_write##size(at); }

extern "C" {

PLAIN(1)
PLAIN(2)
PLAIN(4)
PLAIN(8)
PLAIN(16)

void __tsan_read_range(void* at, size_t size) { access_many<kRead>(at, size, CALLER); }
void __tsan_write_range(void* at, size_t size) { access_many<kWrite>(at, size, CALLER); }

void __tsan_vptr_read(void** at) { access<kRead, 8>(ADDRESS(at), CALLER); }
// A destructor stores the table that is there already: no write for anyone else.
void __tsan_vptr_update(void** at, void* value) {
    if (*at != value) access<kWrite, 8>(ADDRESS(at), CALLER);
}

void __tsan_func_entry(void* pc) { enter_function(ADDRESS(pc), stack_pointer()); }
void __tsan_func_exit() { leave_function(); }
void __tsan_init() {}
void __tsan_ignore_thread_begin() {}
void __tsan_ignore_thread_end() {}

void __sanitizer_cov_trace_pc() { now.work += 1; }

}  // extern "C"

#undef PLAIN
