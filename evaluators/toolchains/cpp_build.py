"""Building a C++ candidate: preprocess, compile what was preprocessed, list its symbols, link it with the driver.

All of it runs inside the sandbox. The candidate is a translation unit of its own; ``main`` is the driver's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from evaluators.candidate import Candidate
from evaluators.environment import cpu_model
from evaluators.evaluation import Resources
from evaluators.judging import Runner
from evaluators.problem import EntryPoint
from evaluators.toolchains import build_cache
from evaluators.toolchains.cpp_gate import check_symbols, lines_digest
from evaluators.toolchains.cpp_reports import first_error
from evaluators.toolchains.cpp_source import SourceError
from evaluators.verdicts import Verdict
from sandboxes import Outcome, Reason
from sandboxes.building import Built, Step, build_job, read_build

COMPILER = "g++"
FRAMES_HEADER = "evolve_frames.hpp"
_COMMON = ("-std=c++20", "-pthread", "-fdiagnostics-color=never", "-fmax-errors=3", "-fno-working-directory", "-pipe")
_INSTRUMENTED = ("-O1", "-g1", "-fno-omit-frame-pointer", "-march=native")
VARIANTS: Mapping[str, tuple[str, ...]] = {
    "plain": ("-O3", "-march=native"),
    "memory": (*_INSTRUMENTED, "-fsanitize=address,undefined", "-fno-sanitize-recover=all"),
    "races": (*_INSTRUMENTED, "-fsanitize=thread"),
}
"""Flags of each way to build a candidate: to be run and timed, and under the sanitizers."""
_ARTEFACTS = ("candidate.ii", "symbols.txt", "program")
_PREPROCESS, _COMPILE, _SYMBOLS, _DRIVER, _LINK = range(5)
_ATTEMPTS = 2


@dataclass(frozen=True, slots=True)
class Build:
    """What a build came to.

    Attributes:
        verdict: ``ok``, ``rejected``, ``build_error`` or ``internal_error``.
        feedback: why, if not ``ok``.
        lines: hash of the candidate's own preprocessed lines; empty unless ``ok``.
        binary: the program; empty unless ``ok``.
        resources: what it used; nothing if it was known already.
    """

    verdict: Verdict
    feedback: str = ""
    lines: str = ""
    binary: bytes = b""
    resources: Resources = field(default_factory=Resources)


@cache
def frames_header() -> bytes:
    """Source of the header by which drivers speak with the supervisor."""
    return (Path(__file__).parent / "include" / FRAMES_HEADER).read_bytes()


def build(pool: Runner, compiler: str, candidate: Candidate, entry: EntryPoint, driver: str, variant: str) -> Build:
    """Build ``candidate`` with ``driver``, or take what an earlier build of the same came to.

    Args:
        pool: runs the compiler.
        compiler: its version, part of what a result is kept by.
        candidate: one that passed the screen.
        entry: entry point the driver calls.
        driver: source of the trusted program around it.
        variant: one of :data:`VARIANTS`.
    """
    flags = (*_COMMON, *VARIANTS[variant])
    source = candidate.files[entry.file]
    known_as = build_cache.key(
        {
            "source": source, "driver": driver, "header": frames_header(), "flags": " ".join(flags),
            "compiler": compiler, "cpu": cpu_model(), "entry": f"{entry.file} {entry.name}",
        }
    )  # fmt: skip
    known = build_cache.read(known_as)
    if known is not None:
        facts, binary = known
        return Build(Verdict(facts["verdict"]), facts["feedback"], facts["lines"], binary)
    built = _run(
        pool, {entry.file: source, "driver.cpp": driver.encode(), FRAMES_HEADER: frames_header()}, entry, flags
    )
    result = _judged(built, entry, checked=variant == "plain")
    if built.reason is Reason.FINISHED and result.verdict is not Verdict.INTERNAL_ERROR:  # a limit may be chance
        facts = {"verdict": result.verdict.value, "feedback": result.feedback, "lines": result.lines}
        build_cache.write(known_as, facts, result.binary)
    return result


def _run(pool: Runner, sources: Mapping[str, bytes], entry: EntryPoint, flags: tuple[str, ...]) -> Built:
    steps = (
        Step((COMPILER, *flags, "-E", entry.file, "-o", "candidate.ii")),
        Step((COMPILER, *flags, "-x", "c++-cpp-output", "-c", "candidate.ii", "-o", "candidate.o")),
        Step(("nm", "-f", "posix", "candidate.o"), "symbols.txt"),
        Step((COMPILER, *flags, "-c", "driver.cpp", "-o", "driver.o")),
        Step((COMPILER, *flags, "candidate.o", "driver.o", "-o", "program")),
    )
    job = build_job(sources, steps, _ARTEFACTS)
    for _ in range(_ATTEMPTS):
        built = read_build(pool.run(job), _ARTEFACTS)
        if built.reason is not Reason.INTERNAL_ERROR:
            break
    return built


def _judged(built: Built, entry: EntryPoint, checked: bool) -> Build:
    used = Resources().plus(built.outcome)
    if built.reason is Reason.INTERNAL_ERROR:
        return Build(Verdict.INTERNAL_ERROR, f"failure of ours, not the candidate's: {built.outcome.detail}")
    if built.reason is not Reason.FINISHED:
        return Build(Verdict.BUILD_ERROR, _over_limit(built.outcome), resources=used)
    if built.failed_step == _DRIVER or built.exit_code == 127:
        said = first_error(built.diagnostics) or f"{COMPILER} is missing"
        return Build(Verdict.INTERNAL_ERROR, f"the problem's own driver does not build: {said}", resources=used)
    if built.failed_step == _LINK and "undefined reference" in built.diagnostics and entry.name in built.diagnostics:
        feedback = f"it must define exactly this function, outside any namespace: {entry.signature}"
        return Build(Verdict.REJECTED, feedback, resources=used)
    if not built.ok:
        said = first_error(built.diagnostics) or f"{COMPILER} ended with exit code {built.exit_code}"
        return Build(Verdict.BUILD_ERROR, said, resources=used)
    try:
        lines = lines_digest(built.artefacts["candidate.ii"].decode("utf-8", "replace"), entry.file)
        if checked:
            check_symbols(built.artefacts["symbols.txt"].decode("utf-8", "replace"), entry.name)
    except SourceError as error:
        return Build(Verdict.REJECTED, str(error), resources=used)
    return Build(Verdict.OK, "", lines, built.artefacts["program"], used)


def _over_limit(outcome: Outcome) -> str:
    if outcome.reason in (Reason.EXITED, Reason.SIGNALLED):
        return "the build ended before its time"
    name = outcome.reason.value.replace("_", " ")
    return (
        f"building it hit the {name} after {outcome.cpu_seconds:.1f} s of CPU, "
        f"peak memory {outcome.peak_memory_bytes / 2**20:.0f} MiB"
    )
