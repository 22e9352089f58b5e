"""Building a C++ candidate: preprocess, compile what was preprocessed, list its symbols, link it with the driver.

All of it runs inside the sandbox. The candidate is a translation unit of its own; ``main`` is the driver's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from evaluators.candidate import Candidate
from evaluators.declaration import EntryPoint
from evaluators.environment import cpu_model
from evaluators.evaluation import Resources
from evaluators.judging import Runner
from evaluators.toolchains import build_cache, cpp_headers
from evaluators.toolchains.cpp_gate import check_symbols, lines_digest
from evaluators.toolchains.cpp_reports import first_error
from evaluators.toolchains.cpp_source import SourceError
from evaluators.toolchains.parlaylib import ParlayLib
from evaluators.toolchains.series_parallel import INSTRUMENTED, LINK, MAIN_SOURCE, RUNTIME, runtime_sources
from evaluators.verdicts import Verdict
from sandboxes import Job, Outcome, Reason
from sandboxes.building import Built, Step, build_job, read_build

COMPILER = "g++"
_COMMON = (
    "-std=c++20", "-pthread", f"-I{cpp_headers.FOLDER}", "-fdiagnostics-color=never", "-fmax-errors=3",
    "-fno-working-directory", "-pipe",
)  # fmt: skip
_INSTRUMENTED = ("-O1", "-g1", "-fno-omit-frame-pointer", "-march=native")


@dataclass(frozen=True, slots=True)
class Variant:
    """Flags of a way to build a candidate.

    Attributes:
        candidate: of its translation unit.
        driver: of the driver's.
        link: of the linker.
        detector: whether the series-parallel detector's runtime is linked in.
    """

    candidate: tuple[str, ...]
    driver: tuple[str, ...]
    link: tuple[str, ...]
    detector: bool = False


def _same(*flags: str) -> Variant:
    return Variant(flags, flags, flags)


VARIANTS: Mapping[str, Variant] = {
    "plain": _same("-O3", "-march=native"),
    "memory": _same(*_INSTRUMENTED, "-fsanitize=address,undefined", "-fno-sanitize-recover=all"),
    "races": _same(*_INSTRUMENTED, "-fsanitize=thread", "-DEVOLVE_PARLAY_THREADS"),
    "series-parallel": Variant(INSTRUMENTED[COMPILER], ("-O1", "-march=native"), LINK, detector=True),
}
"""To be run and timed; under the sanitizers; and run serially under the series-parallel detector."""
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


def build(
    pool: Runner, compiler: str, candidate: Candidate, entry: EntryPoint, driver: str, variant: str,
    library: ParlayLib | None = None,
) -> Build:  # fmt: skip
    """Build ``candidate`` with ``driver``, or take what an earlier build of the same came to.

    Args:
        pool: runs the compiler.
        compiler: its version, part of what a result is kept by.
        candidate: one that passed the screen.
        entry: entry point the driver calls.
        driver: source of the trusted program around it.
        variant: one of :data:`VARIANTS`.
        library: whose headers stand in for ours.
    """
    ways = VARIANTS[variant]
    source = candidate.files[entry.file]
    known_as = build_cache.key(
        {
            "source": source, "driver": driver, "headers": cpp_headers.digest(library), "flags": repr(ways),
            "compiler": compiler, "cpu": cpu_model(), "entry": f"{entry.file} {entry.name}",
            **(runtime_sources() if ways.detector else {}),
        }
    )  # fmt: skip
    known = build_cache.read(known_as)
    if known is not None:
        facts, binary = known
        return Build(Verdict(facts["verdict"]), facts["feedback"], facts["lines"], binary)
    beside = {"driver.cpp": driver.encode(), **cpp_headers.headers(source, library)}
    if ways.detector:
        runtime = _runtime(pool, compiler)
        if isinstance(runtime, Build):
            return runtime
        beside["runtime.o"] = runtime
    built = _run(pool, {entry.file: source, **beside}, entry, ways)
    result = _judged(built, entry, checked=variant == "plain")
    if built.reason is Reason.FINISHED and result.verdict is not Verdict.INTERNAL_ERROR:  # a limit may be chance
        facts = {"verdict": result.verdict.value, "feedback": result.feedback, "lines": result.lines}
        build_cache.write(known_as, facts, result.binary)
    return result


def _run(pool: Runner, sources: Mapping[str, bytes], entry: EntryPoint, ways: Variant) -> Built:
    candidate = (COMPILER, *_COMMON, *ways.candidate)
    objects = ("candidate.o", "driver.o", *(["runtime.o"] if ways.detector else []))  # of twins the first is kept
    steps = (
        Step((*candidate, "-E", entry.file, "-o", "candidate.ii")),
        Step((*candidate, "-x", "c++-cpp-output", "-c", "candidate.ii", "-o", "candidate.o")),
        Step(("nm", "-f", "posix", "candidate.o"), "symbols.txt"),
        Step((COMPILER, *_COMMON, *ways.driver, "-c", "driver.cpp", "-o", "driver.o")),
        Step((COMPILER, *ways.link, "-pthread", *objects, "-o", "program")),
    )
    return _attempted(pool, build_job(sources, steps, _ARTEFACTS), _ARTEFACTS)


def _attempted(pool: Runner, job: Job, artefacts: Sequence[str]) -> Built:
    for _ in range(_ATTEMPTS):
        built = read_build(pool.run(job), artefacts)
        if built.reason is not Reason.INTERNAL_ERROR:
            break
    return built


def _runtime(pool: Runner, compiler: str) -> bytes | Build:
    """The detector's object file, compiled once a machine; or how that failed, which is ours."""
    flags = (COMPILER, *RUNTIME[COMPILER])
    sources = runtime_sources()
    known_as = build_cache.key({**sources, "flags": " ".join(flags), "compiler": compiler, "cpu": cpu_model()})
    known = build_cache.read(known_as)
    if known is not None:
        return known[1]
    job = build_job(sources, (Step((*flags, "-c", MAIN_SOURCE, "-o", "runtime.o")),), ("runtime.o",))
    built = _attempted(pool, job, ("runtime.o",))
    if not built.ok:
        said = first_error(built.diagnostics) or built.reason.value
        return Build(Verdict.INTERNAL_ERROR, f"the race detector's runtime does not build: {said}")
    build_cache.write(known_as, {}, built.artefacts["runtime.o"])
    return built.artefacts["runtime.o"]


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
