"""How a program is built with the series-parallel detector, and how it is told what to do.

The candidate is compiled with :data:`INSTRUMENTED` flags, the runtime with :data:`RUNTIME` ones, and both are linked
with :data:`LINK` ones, the candidate's object before all others: where two objects define the same inline function the
linker keeps the first, which must be the instrumented one. The driver may be compiled without instrumentation; then
the work is the candidate's alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "runtime"

MAIN_SOURCE = "runtime.cpp"
"""The file of :func:`runtime_sources` to compile; it includes the others."""
EXIT_RACE = 66
"""Exit code of a program in which a race was seen."""
EXIT_REFUSED = 65
"""Exit code of a program that cannot be followed: one that starts threads, or outgrows the runtime's tables."""
SETTINGS = "EVOLVE_SERIES_PARALLEL"
"""Environment variable with the runtime's settings."""

_COMMON = ("-O1", "-g", "-march=native", "-fsanitize=thread", "-DEVOLVE_PARLAY_SERIAL")
INSTRUMENTED: Mapping[str, tuple[str, ...]] = {
    # An access must stay in its loop and keep its line, and g++ would copy small constant sizes inline, unseen.
    "g++": (
        *_COMMON,
        "-fsanitize-coverage=trace-pc",
        "-fno-tree-loop-im",
        "-fno-move-loop-stores",
        "-fno-move-loop-invariants",
        "-fno-builtin-memcpy",
        "-fno-builtin-memmove",
        "-fno-builtin-memset",
    ),
    "clang++": (*_COMMON, "-fsanitize-coverage=bb,no-prune,trace-pc", "-mllvm", "-disable-licm-promotion"),
}
"""Flags of a candidate's translation unit, by compiler."""
RUNTIME: Mapping[str, tuple[str, ...]] = {
    # The runtime defines memcpy and its like: a loop of its own must not become a call of one.
    "g++": ("-std=c++20", "-O2", "-g0", "-march=native", "-fno-builtin", "-fno-tree-loop-distribute-patterns"),
    "clang++": ("-std=c++20", "-O2", "-g0", "-march=native", "-fno-builtin"),
}
"""Flags of the runtime."""
LINK: tuple[str, ...] = ("-pthread",)
"""Flags of the linker: no sanitizer among them."""


@cache
def runtime_sources() -> Mapping[str, bytes]:
    """Name -> content of the runtime's files, all to lie in one folder."""
    return {path.name: path.read_bytes() for path in sorted(_FOLDER.iterdir()) if path.suffix in (".cpp", ".hpp")}


def settings(*, report: int = 2, halt: bool = False, exit_code: int = EXIT_RACE) -> dict[str, str]:
    """The environment of an instrumented program.

    Args:
        report: descriptor the report is written on.
        halt: end the program at the first race.
        exit_code: code to end with if there was a race; 0: the program's own.
    """
    return {SETTINGS: f"report={report}:halt={int(halt)}:exit_code={exit_code}"}
