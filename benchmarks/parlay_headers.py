"""Our parlay headers beside ParlayLib's own, oneTBB and std::execution::par: times of seven operations.

``python benchmarks/parlay_headers.py [--parlay-include DIR] [--n N] [--threads P] [--rounds R] [NAME ...]``; DIR is
the ``include`` of a ParlayLib checkout. ``--examples`` compiles the programs of the checkout's ``examples`` folder
instead, against our headers, and runs them. oneTBB (libtbb-dev) is left out where it is not installed.

Each implementation is one process that keeps its input; they take turns operation by operation, in an order drawn anew
each round, so that what else the machine does falls on all alike. A ratio is the median over rounds of ours by theirs,
of the time on the clock and, behind the stroke, of processor time, which other programs on the machine disturb less.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import statistics
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OURS = ROOT / "evaluators" / "kernels" / "include"
SOURCE = Path(__file__).resolve().parent / "parlay_headers" / "operations.cpp"
FLAGS = ("-std=c++20", "-O3", "-march=native", "-DNDEBUG")
OPERATIONS = ("reduce", "scan", "filter", "histogram", "sort", "integer_sort", "bfs")
WARM_UP = 2


class Implementation:
    """One built program that times an operation a request."""

    def __init__(self, name: str, program: Path, n: int, threads: int) -> None:
        self.name = name
        environment = {**os.environ, "PARLAY_NUM_THREADS": str(threads)}
        self._process = subprocess.Popen(
            [program, str(n), str(threads)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )

    def milliseconds(self, operation: str) -> tuple[float, float, int] | None:
        """Clock and processor time and checksum of one run, or None where there is no such operation."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(operation + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline().split()
        return None if answer == ["none"] else (float(answer[0]), float(answer[1]), int(answer[2]))

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def compiled(source: Path, target: Path, *arguments: str) -> float | None:
    """CPU seconds of a compilation, or None if it fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(["g++", "-o", target, source, *arguments], capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        return None
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def implementations(folder: Path, parlay: Path | None, n: int, threads: int) -> list[Implementation]:
    """Those that can be built here, ours first."""
    wanted: dict[str, tuple[str, ...]] = {"ours": ("-DPARLAY", f"-I{OURS}", "-pthread")}
    if parlay is not None:
        wanted["parlaylib"] = ("-DPARLAY", f"-I{parlay}", "-pthread")
    wanted["tbb"] = ("-DTBB", "-ltbb")
    wanted["std::par"] = ("-DSTD", "-ltbb")
    built = []
    for name, arguments in wanted.items():
        program = folder / name.replace(":", "_")
        seconds = compiled(SOURCE, program, *FLAGS, *arguments)
        if seconds is None:
            print(f"{name}: not built, left out")
            continue
        built.append(Implementation(name, program, n, threads))
    return built


def table(rows: Iterable[Iterable[str]]) -> str:
    """Rows in columns."""
    cells = [list(row) for row in rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))]
    return "\n".join("  ".join(cell.rjust(w) for cell, w in zip(row, widths, strict=True)) for row in cells)


def compare(parlay: Path | None, n: int, threads: int, rounds: int, operations: list[str]) -> None:
    """Print milliseconds of ours and ours by theirs, medians over rounds."""
    draw = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        programs = implementations(Path(folder), parlay, n, threads)
        times: dict[tuple[str, str], list[tuple[float, float]]] = {}
        for turn in range(WARM_UP + rounds):
            for operation in operations:
                checks = set()
                for program in draw.sample(programs, len(programs)):
                    measured = program.milliseconds(operation)
                    if measured is None:
                        continue
                    checks.add(measured[2])
                    if turn >= WARM_UP:
                        times.setdefault((operation, program.name), []).append(measured[:2])
                if len(checks) > 1:
                    print(f"{operation}: answers differ: {checks}")
        for program in programs:
            program.close()
    others = [program.name for program in programs[1:]]
    rows = [["operation", "ours ms", *(f"by {name}" for name in others)]]
    for operation in operations:
        ours = times[operation, "ours"]
        row = [operation, f"{statistics.median(clock for clock, _ in ours):.2f}"]
        for name in others:
            theirs = times.get((operation, name))
            pairs = list(zip(ours, theirs, strict=True)) if theirs else []
            ratios = [statistics.median(a[k] / b[k] for a, b in pairs) for k in range(2)] if pairs else []
            row.append(" / ".join(f"{ratio:.2f}" for ratio in ratios) if ratios else "-")
        rows.append(row)
    print(f"n = {n}, {threads} threads, {rounds} rounds")
    print(table(rows))


def try_examples(checkout: Path, names: list[str]) -> None:
    """Compile each example against our headers, run it on a small input, and say what became of it."""
    folder = checkout / "examples"
    for source in sorted(folder.glob("*.cpp")):
        if names and source.stem not in names:
            continue
        with tempfile.TemporaryDirectory() as scratch:
            program = Path(scratch) / "example"
            seconds = compiled(source, program, "-std=c++17", "-O1", f"-I{OURS}", "-pthread")
            if seconds is None:
                print(f"{source.stem}: does not compile", flush=True)
                continue
            try:
                ran = subprocess.run([program, "10000"], capture_output=True, text=True, timeout=60)
            except subprocess.TimeoutExpired:
                print(f"{source.stem}: compiled, did not end", flush=True)
                continue
            last = (ran.stdout.strip().splitlines() or [""])[-1]
            print(f"{source.stem}: compiled in {seconds:.1f} s, exit {ran.returncode}, {last[:100]}", flush=True)


def main() -> None:
    """Read the arguments and run what they ask for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parlay-include", type=Path, metavar="DIR")
    parser.add_argument("--n", type=int, default=10_000_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--examples", action="store_true")
    parser.add_argument("names", nargs="*", help="operations, or with --examples examples; all if none is named")
    arguments = parser.parse_args()
    parlay: Path | None = arguments.parlay_include
    if parlay is not None and not (parlay / "parlay" / "primitives.h").is_file():
        parser.error(f"--parlay-include: no parlay/primitives.h in {parlay}")
    if arguments.examples:
        if parlay is None:
            parser.error("--examples needs --parlay-include, the include folder of a ParlayLib checkout")
        try_examples(parlay.resolve().parent, arguments.names)
        return
    unknown = set(arguments.names) - set(OPERATIONS)
    if unknown:
        parser.error(f"no operation {', '.join(sorted(unknown))}; there are {', '.join(OPERATIONS)}")
    compare(parlay, arguments.n, arguments.threads, arguments.rounds, arguments.names or list(OPERATIONS))


if __name__ == "__main__":
    main()
