"""The detector within the walls: built, run and looked up where only the toolchain is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from evaluators.toolchains import cpp_headers
from evaluators.toolchains.series_parallel import (
    EXIT_RACE,
    INSTRUMENTED,
    LINK,
    MAIN_SOURCE,
    RUNTIME,
    explain,
    read_report,
    runtime_sources,
    settings,
    symbols_job,
    symbols_of,
)  # fmt: skip
from sandboxes import Job, Limits, Native, Reason, SandboxPool, open_pool
from sandboxes.building import Step, build_job, read_build
from tests.support.compiled import need_memory_cgroup
from tests.support.series_parallel import HEADERS

CANDIDATE = b"""\
#include "series_parallel.h"
template <class F>
__attribute__((noinline)) void each(size_t n, F f) {
    evolve_sp_block_begin(n);
    for (size_t i = 0; i < n; ++i) {
        evolve_sp_branch_begin(i);
        f(i);
        evolve_sp_branch_end();
    }
    evolve_sp_block_end();
}
int total;
int kernel(int shared) {
    int apart[100];
    each(100, [&](size_t i) { (shared ? total : apart[i]) = 1; });
    return apart[3];
}
"""
DRIVER = b"""\
#include "evolve_frames.hpp"
int kernel(int);
extern "C" void evolve_sp_checkpoint();
int main() {
    evolve::answer(nullptr, 0);
    for (;;) {
        char shared;
        evolve::request();
        evolve::read_all(&shared, 1);
        kernel(shared);
        evolve_sp_checkpoint();
        evolve::answer(&shared, 1);
    }
}
"""
COMPILE = ("g++", "-std=c++20")


@pytest.fixture(scope="module")
def pool() -> Iterator[SandboxPool]:
    with open_pool("bubblewrap", slots=1, preload=()) as opened:
        need_memory_cgroup(opened)
        yield opened


@pytest.fixture(scope="module")
def program(pool: SandboxPool) -> bytes:
    sources = {
        "candidate.cpp": CANDIDATE,
        "driver.cpp": DRIVER,
        **cpp_headers.headers(b""),
        "series_parallel.h": (HEADERS / "evolve" / "series_parallel.h").read_bytes(),
        **runtime_sources(),
    }
    steps = (
        Step((*COMPILE, *INSTRUMENTED["g++"], "-c", "candidate.cpp", "-o", "candidate.o")),
        Step((*COMPILE, "-O1", f"-I{cpp_headers.FOLDER}", "-c", "driver.cpp", "-o", "driver.o")),
        Step(("g++", *RUNTIME["g++"], "-c", MAIN_SOURCE, "-o", "runtime.o")),
        Step(("g++", "candidate.o", "driver.o", "runtime.o", *LINK, "-o", "program")),
    )
    built = read_build(pool.run(build_job(sources, steps, ("program",))), ("program",))
    assert built.ok, built.diagnostics
    return built.artefacts["program"]


def job(program: bytes, *requests: bytes, halt: bool = False) -> Job:
    return Job("", {}, requests, limits=Limits(), native=Native(program, settings(halt=halt)))


def test_clean_answers_come_with_their_work_and_span(pool: SandboxPool, program: bytes) -> None:
    outcome = pool.run(job(program, b"\0", b"\0", b"\0"))
    assert (outcome.reason, outcome.responses) == (Reason.FINISHED, (b"\0",) * 3)
    report = read_report(outcome.stderr)
    assert report.complete
    assert report.races == ()
    first, second, third = report.checkpoints
    assert second.work - first.work == third.work - second.work > 0
    assert third == report.work_span
    assert third.branches == 300


@pytest.mark.parametrize("halt", [False, True], ids=["at the answer", "at once"])
def test_a_race_ends_it_before_it_answers(pool: SandboxPool, program: bytes, halt: bool) -> None:
    outcome = pool.run(job(program, b"\0", b"\1", b"\0", halt=halt))
    assert (outcome.reason, outcome.exit_code, len(outcome.responses)) == (Reason.EXITED, EXIT_RACE, 1)
    report = read_report(outcome.stderr)
    symbols = symbols_of(pool.run(symbols_job(program, report)))
    assert explain(report, symbols, "candidate.cpp") == (
        "line 15 writes 4 bytes of total in branches 0 and 1 of the parallel block at line 4 "
        "(a race even if both write the same value)"
    )
