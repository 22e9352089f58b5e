"""How surely the series-parallel detector and ThreadSanitizer find the races of the corpus, and what ours costs.

Ours runs each program once, ThreadSanitizer ``--runs`` times on the threads build of the parlay headers. A program's
rate is the share of runs in which it was called racy. The cost is the CPU time of typical kernels under our detector
over that of the same source at -O3 on one thread, the two in turn, medians of the ratios::

    python benchmarks/race_detectors.py --runs 20
    python benchmarks/race_detectors.py --only cost --compiler clang++
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.support.series_parallel import (
    CORPUS,
    HEADERS,
    THEMES,
    Program,
    build_program,
    build_runtime,
    command,
    programs,
    watch,
)  # fmt: skip

KERNELS = Path(__file__).parent / "race_kernels" / "typical.cpp"
THREADS = ("-std=c++20", "-O1", "-g1", "-march=native", "-fsanitize=thread", "-DEVOLVE_PARLAY_THREADS", "-pthread")
LONGEST = 30
"""Seconds one run under ThreadSanitizer may take."""
FAST = ("-std=c++20", "-O3", "-march=native", "-pthread")


def build_plain(compiler: str, flags: tuple[str, ...], source: Path, to: Path) -> Path:
    subprocess.run([command(compiler), *flags, f"-I{HEADERS}", str(source), "-o", str(to)], check=True)
    return to


def thread_sanitizer_rate(built: Path, program: Program, runs: int) -> float:
    environment = {**os.environ, "TSAN_OPTIONS": "halt_on_error=1"}
    found = 0
    for _ in range(runs):
        try:
            run = subprocess.run(
                [str(built), program.name], env=environment, capture_output=True, check=False, timeout=LONGEST
            )
        except subprocess.TimeoutExpired:
            continue  # it has seen no race by then
        if b"FATAL: ThreadSanitizer" in run.stderr:  # it could not begin, and ends as if it had seen a race
            raise SystemExit(f"{program.name}: {run.stderr.decode(errors='replace').strip().splitlines()[0]}")
        found += b"WARNING: ThreadSanitizer" in run.stderr
    return found / runs


def rates(compiler: str, runs: int, themes: list[str], folder: Path) -> None:
    runtime = build_runtime(compiler, folder)
    found: list[tuple[Program, float, float]] = []
    for theme in themes:
        source = CORPUS / f"{theme}.cpp"
        ours = build_program(compiler, source, runtime, folder)
        theirs = build_plain(compiler, THREADS, source, folder / f"{theme}-threads")
        for program in programs(theme):
            seen = float(watch(ours, program.name).exit_code == 66)
            rate = thread_sanitizer_rate(theirs, program, runs)
            found.append((program, seen, rate))
            print(f"{program.kind:6} {program.name:45} {seen:6.0%} {rate:6.0%}", flush=True)
    print(f"\n{compiler}, ours once, ThreadSanitizer {runs} times each")
    print(f"{'':10} {'racy':>5} {'ours':>7} {'TSan mean':>10} {'never':>6}   {'not racy':>8} {'ours':>7} {'TSan':>7}")
    for theme in [*themes, "all"]:
        of_theme = [row for row in found if theme in (row[0].theme, "all")]
        racy, others = ([row for row in of_theme if (row[0].kind == "RACY") is wanted] for wanted in (True, False))
        mine, theirs_mean = (statistics.mean(row[k] for row in racy) for k in (1, 2))
        never = sum(row[2] == 0 for row in racy)
        wrongly = [statistics.mean(row[k] for row in others) for k in (1, 2)]
        print(
            f"{theme:10} {len(racy):5} {mine:7.1%} {theirs_mean:10.1%} {never:6}   "
            f"{len(others):8} {wrongly[0]:7.1%} {wrongly[1]:7.1%}"
        )


def seconds(program: Path, n: int) -> list[tuple[str, float]]:
    environment = {**os.environ, "PARLAY_NUM_THREADS": "1"}
    run = subprocess.run([str(program), str(n)], env=environment, capture_output=True, text=True, check=True)
    rows = [line.split() for line in run.stdout.splitlines()]
    return [(name, float(taken)) for name, taken in rows[len(rows) // 2 :]]


def cost(compiler: str, n: int, rounds: int, folder: Path) -> None:
    watched = build_program(compiler, KERNELS, build_runtime(compiler, folder), folder)
    plain = build_plain(compiler, FAST, KERNELS, folder / "plain")
    ratios: dict[str, list[tuple[float, float]]] = {}
    for _ in range(rounds):
        for (name, under), (_, alone) in zip(seconds(watched, n), seconds(plain, n), strict=True):
            ratios.setdefault(name, []).append((under, alone))
    print(f"{compiler}, n = {n}, CPU seconds under our detector and at -O3 on one thread, median of {rounds} rounds")
    for name, pairs in ratios.items():
        under, alone = (statistics.median(pair[k] for pair in pairs) for k in (0, 1))
        print(f"{name:10} {under:8.4f} {alone:8.4f} {statistics.median(a / b for a, b in pairs):6.1f} x")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compiler", default="g++", choices=("g++", "clang++"))
    parser.add_argument("--only", choices=("rates", "cost"))
    parser.add_argument("--runs", type=int, default=5, help="runs of each program under ThreadSanitizer")
    parser.add_argument("--themes", nargs="+", default=list(THEMES), choices=THEMES)
    parser.add_argument("--n", type=int, default=1_000_000, help="elements of the kernels' inputs")
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if chosen.only != "cost":
            rates(chosen.compiler, chosen.runs, chosen.themes, Path(folder))
        if chosen.only != "rates":
            cost(chosen.compiler, chosen.n, chosen.rounds, Path(folder))


if __name__ == "__main__":
    main()
