"""Building and running programs with the series-parallel detector outside the sandbox, and its corpus of races."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from evaluators.toolchains.series_parallel import (
    INSTRUMENTED,
    LINK,
    MAIN_SOURCE,
    RUNTIME,
    Report,
    Symbols,
    lines_of,
    read_report,
    read_symbols,
    runtime_sources,
    settings,
    symbol_steps,
)  # fmt: skip

ROOT = Path(__file__).resolve().parents[2]
HEADERS = ROOT / "evaluators" / "kernels" / "include"
CORPUS = ROOT / "tests" / "evaluators" / "kernels" / "races" / "corpus"
THEMES = tuple(sorted(path.stem for path in CORPUS.glob("*.cpp")))

_PROGRAM = re.compile(r"(?P<kind>RACY|CLEAN|LOCKED)\((?P<name>\w+)\)")
_MARK = re.compile(r"// race(?P<maybe>\??)$")


@dataclass(frozen=True)
class Program:
    """One program of the corpus.

    Attributes:
        theme: its file, without suffix.
        kind: ``RACY``, ``CLEAN`` or ``LOCKED``.
        lines: between which it races.
        permitted: lines that may be named instead.
    """

    theme: str
    name: str
    kind: str
    lines: frozenset[int]
    permitted: frozenset[int]

    def wrong(self, seen: Seen) -> str:
        """What ``seen`` has wrong; empty if it is as it should be."""
        report = seen.report
        races = report.locked if self.kind == "LOCKED" else report.races
        named = {line for race in races for line in lines_of(race, seen.symbols, f"{self.theme}.cpp")}
        if not report.complete:
            return f"{self.name}: no summary ({report.refused or seen.exit_code})"
        if seen.exit_code != (66 if self.kind == "RACY" else 0):
            return f"{self.name} is {self.kind} and ended with {seen.exit_code}; it races at {sorted(named)}"
        if self.kind != "LOCKED" and report.locked:
            return f"{self.name} has no lock"
        wanted = frozenset() if self.kind == "CLEAN" else self.lines
        if not wanted <= named <= wanted | self.permitted:
            return f"{self.name} races at lines {sorted(wanted)}, not {sorted(named)}"
        return ""


@dataclass(frozen=True)
class Seen:
    """What one run came to."""

    exit_code: int
    report: Report
    symbols: Symbols
    stderr: str


def programs(theme: str) -> list[Program]:
    """The programs of one file, with the lines marked in them and in the functions before them."""
    found: list[Program] = []
    marked: dict[int, bool] = {}
    inside = False
    for number, line in enumerate((CORPUS / f"{theme}.cpp").read_text(encoding="utf-8").splitlines(), 1):
        begun = _PROGRAM.match(line)
        mark = _MARK.search(line)
        if begun:
            inside = not line.endswith("}")
        if mark:
            marked[number] = bool(mark["maybe"])
        if begun:
            found.append(Program(theme, begun["name"], begun["kind"], frozenset(), frozenset()))
        if found and (begun or inside):
            found[-1] = _with_lines(found[-1], marked)
        if line == "}":
            inside = False
        if not line and not inside:
            marked = {}
    return found


def _with_lines(program: Program, marked: dict[int, bool]) -> Program:
    sure, maybe = (frozenset(line for line, unsure in marked.items() if unsure is want) for want in (False, True))
    return Program(program.theme, program.name, program.kind, sure, maybe)


def command(compiler: str) -> str:
    """Path of ``g++`` or ``clang++``; skips the test where there is none."""
    found = shutil.which(compiler) or shutil.which(f"{compiler}-14")
    if found is None:
        pytest.skip(
            f"{compiler} is not installed (apt-get install {'clang-14' if compiler == 'clang++' else compiler})"
        )
    return found


def compile_one(compiler: str, flags: Sequence[str], source: Path, to: Path) -> Path:
    """Compile one source to an object."""
    subprocess.run([command(compiler), "-std=c++20", *flags, "-c", str(source), "-o", str(to)], check=True)
    return to


def build_runtime(compiler: str, folder: Path) -> Path:
    """The detector's runtime as an object, made from its published sources alone."""
    for name, content in runtime_sources().items():
        (folder / name).write_bytes(content)
    warnings = ("-Wall", "-Wextra", "-Werror")
    return compile_one(compiler, (*RUNTIME[compiler], *warnings), folder / MAIN_SOURCE, folder / "runtime.o")


def build_program(compiler: str, source: Path, runtime: Path, folder: Path, flags: Sequence[str] = ()) -> Path:
    """A program under the detector."""
    instrumented = (*INSTRUMENTED[compiler], f"-I{HEADERS}", *flags)
    made = compile_one(compiler, instrumented, source, folder / f"{source.stem}.o")
    program = folder / source.stem
    subprocess.run([command(compiler), str(made), str(runtime), *LINK, "-o", str(program)], check=True)
    return program


def watch(program: Path, *arguments: str, **choices: int) -> Seen:
    """Run a program under the detector and look its report up."""
    environment = {"PATH": os.environ["PATH"], **settings(**choices)}
    run = subprocess.run(
        [str(program), *arguments], env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    report = read_report(run.stderr)
    return Seen(run.returncode, report, look_up(program, report), run.stderr)


def look_up(program: Path, report: Report) -> Symbols:
    """The symbols the races of a report need."""
    if not (report.races or report.locked):
        return Symbols()
    steps = symbol_steps(report.addresses(), str(program))
    frames, names = (subprocess.run(step.argv, capture_output=True, text=True, check=True).stdout for step in steps)
    return read_symbols(frames, names)
