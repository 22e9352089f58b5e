// The series-parallel detector's runtime: one object that takes the place of libtsan (see ../__init__.py).
//
// Everything but the entry points has internal linkage, so that no program can name it.
#include <sys/single_threaded.h>

#include "locks.hpp"

namespace {

void at_end() {
    const int code = finish();
    if (code < 0) return;
    fflush(nullptr);
    leave(code);
}

void open_runtime(int, char**, char** environment) {
    now.outermost = now.begun = now.running = UINT32_MAX;
    levels.open();
    runs.open();
    sections.open();
    once.open();
    open_contexts();
    plain_shadow.open();
    atomic_shadow.open();
    blocks.open();
    __libc_single_threaded = 0;  // or the library counts references without atomics
    bool first = true;
    dl_iterate_phdr(note_module, &first);
    read_settings(environment);
    atexit(at_end);
}

// Before any constructor: they are instrumented, too.
__attribute__((section(".preinit_array"), used)) void (*const before_all)(int, char**, char**) = open_runtime;

[[noreturn]] void leave_early(int code) {
    const int own = finish();
    leave(own < 0 ? code : own);
}

}  // namespace

extern "C" {

// For drivers, before they answer: a program that has answered may be stopped at any moment. One that raced ends here.
void evolve_sp_checkpoint() {
    say_summary();
    if (races_sure == 0 || settings.exit_code == 0) return;
    finished = true;
    leave(settings.exit_code);
}

void _exit(int code) { leave_early(code); }
void _Exit(int code) noexcept { leave_early(code); }
void quick_exit(int code) noexcept { leave_early(code); }

}  // extern "C"
