// Little programs with and without determinacy races, each run by name in a process of its own.
//
// RACY, CLEAN or LOCKED says what a detector should make of it; LOCKED: a race, but under a common lock. Lines that
// race end in the comment "race". All of them must be seen, and each race seen must be between two of them. Of a
// function above it they belong to the next programs up to a blank line. A line ending in "race?" is one that a
// compiler may take for its neighbour.
#pragma once

#include <parlay/parallel.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <vector>

using parlay::par_do;
using parlay::parallel_for;

struct Program {
    const char* name;
    void (*run)();
    Program* next;
    static inline Program* first = nullptr;
    Program(const char* name_, void (*run_)()) : name(name_), run(run_), next(first) { first = this; }
};

#define PROGRAM(name)                            \
    static void name();                          \
    static Program program_of_##name(#name, name); \
    static void name()
#define RACY(name) PROGRAM(name)
#define CLEAN(name) PROGRAM(name)
#define LOCKED(name) PROGRAM(name)

// A value the optimiser knows nothing of.
template <class T>
__attribute__((noinline)) T some(T value) {
    asm volatile("" : "+r"(value));
    return value;
}

// Where results go, so that they are needed.
template <class T>
__attribute__((noinline)) void use(const T& value) {
    asm volatile("" : : "r"(&value) : "memory");
}

int main(int count, char** arguments) {
    for (Program* program = Program::first; count == 2 && program != nullptr; program = program->next) {
        if (std::strcmp(program->name, arguments[1]) == 0) {
            program->run();
            return 0;
        }
    }
    std::fprintf(stderr, "which program?\n");
    return 2;
}
