"""What the series-parallel detector tells: reports, sentences, work and span."""

from __future__ import annotations

import math
import subprocess
from pathlib import Path

import pytest

from evaluators.toolchains.series_parallel import EXIT_RACE, EXIT_REFUSED, WorkSpan, describe, explain, read_report
from tests.support.series_parallel import Seen, build_program, build_runtime, watch

SOURCE = """\
#include <parlay/parallel.h>
#include <cstdlib>
#include <cstring>
#include <pthread.h>
#include <unistd.h>
#include <vector>
long total;
static void racy(size_t n) {
    parlay::parallel_for(0, n, [=](size_t i) {
        if (i == 0) total = 1;
        if (i + 1 == n) total += 2;
    });
}
static void racy_block(std::vector<int>& a) {
    parlay::par_do([&] { a[3] = 1; },
                   [&] { a[3] = 2; });
}
static void even(std::vector<long>& a) {
    parlay::parallel_for(0, a.size(), [&](size_t i) {
        for (int k = 0; k < 1000; ++k) a[i] += k;
    });
}
static void* nothing(void*) { return nullptr; }
static void at_exit() { _exit(0); }
static volatile int sink;
static void compute(size_t n) {
    unsigned x = 1;
    for (size_t k = 0; k < n; ++k) x = x % 2 ? 3 * x + 1 : x / 2;
    sink = (int)x;
}
int main(int, char** arguments) {
    switch (std::atoi(arguments[1])) {
        case 0: racy(1000); break;
        case 1: { std::vector<int> a(10); racy_block(a); break; }
        case 2: { std::vector<long> a(64); even(a); break; }
        case 3: std::atexit(at_exit); racy(10); break;
        case 4: racy(10); _exit(0);
        case 5: { pthread_t thread; pthread_create(&thread, nullptr, nothing, nullptr); break; }
        case 6: racy(10); std::abort();
        case 7: close(2); racy(10); break;
        case 8: parlay::parallel_for(0, 1, [](size_t) { compute(100000); }); break;
        case 9: parlay::parallel_for(0, 4, [](size_t) { racy(5); }); break;
    }
}
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("program")
    source = folder / "candidate.cpp"
    source.write_text(SOURCE)
    return build_program("g++", source, build_runtime("g++", folder), folder)


def told(seen: Seen) -> str:
    return explain(seen.report, seen.symbols, "candidate.cpp", SOURCE)


def test_a_race_is_told_in_the_candidates_lines(program: Path) -> None:
    seen = watch(program, "0")
    assert seen.exit_code == EXIT_RACE
    assert told(seen).splitlines()[0] == (
        "line 11 (`if (i + 1 == n) total += 2;`) reads 8 bytes of total while "
        "line 10 (`if (i == 0) total = 1;`) writes it: iterations 0 and 999 of the parallel_for at line 9"
    )


def test_a_block_of_the_heap_is_named_by_where_it_was_made(program: Path) -> None:
    sentence = told(watch(program, "1"))
    assert "line 16" in sentence
    assert "line 15" in sentence
    assert "4 bytes at offset 12 of a block of 40 bytes allocated at line 34" in sentence
    assert "the two branches of the par_do at line 15" in sentence
    assert sentence.endswith("(a race even if both write the same value)")


def test_constructs_around_a_race_are_named(program: Path) -> None:
    seen = watch(program, "9")
    nested = [race for race in seen.report.races if race.outer]
    assert nested
    sentence = describe(nested[0], seen.symbols, "candidate.cpp")
    assert "iterations 0 and 4 of the parallel_for at line 9" in sentence
    assert "in branch 0 of the parallel_for at line 42" in sentence


@pytest.mark.parametrize("case", ["3", "4", "7"], ids=["atexit", "_exit", "stderr closed"])
def test_a_program_cannot_leave_before_it_is_told(program: Path, case: str) -> None:
    seen = watch(program, case)
    assert seen.exit_code == EXIT_RACE
    assert seen.report.complete
    assert seen.report.races


def test_a_program_that_crashes_has_told_its_races(program: Path) -> None:
    seen = watch(program, "6")
    assert seen.exit_code < 0
    assert seen.report.races
    assert not seen.report.complete
    assert seen.report.work_span is None


def test_it_stops_at_the_first_race_or_goes_on_as_asked(program: Path) -> None:
    halted = watch(program, "0", halt=True)
    assert (halted.exit_code, len(halted.report.races)) == (EXIT_RACE, 1)
    unchanged = watch(program, "0", exit_code=0)
    assert unchanged.exit_code == 0
    assert unchanged.report.count == 2


def test_threads_of_its_own_are_refused(program: Path) -> None:
    seen = watch(program, "5")
    assert seen.exit_code == EXIT_REFUSED
    assert seen.report.refused == "it starts a thread of its own"


def test_work_and_span_of_an_even_loop(program: Path) -> None:
    seen, again = watch(program, "2"), watch(program, "2")
    found = seen.report.work_span
    assert found is not None
    assert found == again.report.work_span
    assert (found.blocks, found.branches, found.depth) == (1, 64, 1)
    assert 40 < found.parallelism <= 64
    assert found.burdened_span == found.span + 6 * found.burden
    (phase,) = seen.report.phases
    assert phase.branches == 64
    assert phase.work <= found.work
    assert phase.span <= found.span


def test_computing_in_registers_is_work(program: Path) -> None:
    found = watch(program, "8").report.work_span
    assert found is not None
    assert found.span > 100_000
    assert found.parallelism == pytest.approx(1, rel=0.01)


def test_bounds_on_the_speed_up() -> None:
    found = WorkSpan(work=1_000_000, span=1000, burdened_span=21_000, burden=4000)
    assert found.parallelism == 1000
    assert found.predicted(1) == (pytest.approx(1_000_000 / 1_021_000), 1.0)
    low, high = found.predicted(64)
    assert low == pytest.approx(1_000_000 / (15_625 + 21_000))
    assert high == 64
    assert list(found.curve()) == [1, 2, 4, 8, 16, 32, 64, 128]
    assert all(low <= high for low, high in found.curve().values())
    assert WorkSpan(0, 0, 0, 4000).predicted(8) == (1.0, 1.0)
    assert math.isclose(WorkSpan(100, 100, 100, 4000).predicted(8)[1], 1.0)
    with pytest.raises(ValueError, match="processors must be at least 1"):
        found.predicted(0)


def test_a_forged_summary_voids_both(program: Path) -> None:
    text = watch(program, "2").stderr
    numbers = '"number":0,"races":0,"locked":0,"work":9,"span":1,"burdened_span":1,"burden":1,"blocks":1'
    forged = f'evolve-series-parallel: {{"summary":{{{numbers},"branches":1,"depth":1,"phases":[]}}}}\n'
    assert read_report(text).complete
    report = read_report(forged + text)
    assert not report.complete
    assert report.work_span is None


@pytest.mark.parametrize("line", ["{", '{"race":{}}', '{"race":{"address":"x"}}', "[]", '{"summary":{"races":"many"}}'])
def test_lines_that_cannot_be_read_are_passed_over(line: str) -> None:
    report = read_report(f"noise\nevolve-series-parallel: {line}\n")
    assert (report.races, report.complete, report.count) == ((), False, 0)


def test_the_runtime_gives_away_no_name_but_the_hooks(program: Path) -> None:
    """A program cannot reach what it cannot name: everything else has internal linkage."""
    defined = subprocess.run(
        ["nm", "-g", "--defined-only", str(program.parent / "runtime.o")], capture_output=True, text=True, check=True
    ).stdout.split()[2::3]
    strange = [name for name in defined if name.startswith("_Z") and not name.startswith(("_Zn", "_Zd"))]
    assert strange == []
    assert {"evolve_sp_block_begin", "evolve_sp_branch_end", "__tsan_read8", "malloc", "_exit"} <= set(defined)
