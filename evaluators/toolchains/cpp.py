"""The C++ toolchain: screen and gate, build inside the sandbox, run natively, inspect under the sanitizers.

The stages ``memory`` (AddressSanitizer and UndefinedBehaviorSanitizer) and ``races`` run a candidate that has answered
rightly once more, built with instrumentation. Races are looked for twice: by the series-parallel detector, which finds
every determinacy race on an input in one serial run and measures work and span on the way, where the problem's driver
can make it report; then by ThreadSanitizer on real threads, which knows locks and atomics, but sees only the
interleavings that happen.
"""

from __future__ import annotations

import re
import threading
import time
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, replace

from evaluators.candidate import Candidate
from evaluators.declaration import EntryPoint, ProblemSpec
from evaluators.evaluation import StageResult
from evaluators.judging import Frames, Runner, run_judged
from evaluators.toolchains import cpp_headers, cpp_reports, cpp_source
from evaluators.toolchains.base import Bench, MakeJob, Prepared, Screened, Stages
from evaluators.toolchains.cpp_build import COMPILER, VARIANTS, Build, build
from evaluators.toolchains.cpp_series_parallel import look
from evaluators.verdicts import Verdict
from sandboxes import Job, Limits, Native, Outcome, Reason
from sandboxes.building import Step, build_job, read_build
from sandboxes.pool import NATIVE_REFUSED

EXIT_RACE, EXIT_MEMORY = 66, 67
_ENVIRONMENT: Mapping[str, Mapping[str, str]] = {
    "plain": {},
    "memory": {
        "ASAN_OPTIONS": f"exitcode={EXIT_MEMORY}:detect_leaks=0:detect_stack_use_after_return=1:color=never",
        "UBSAN_OPTIONS": f"exitcode={EXIT_MEMORY}:halt_on_error=1:print_stacktrace=0:color=never",
    },
    "races": {"TSAN_OPTIONS": f"exitcode={EXIT_RACE}:halt_on_error=1:history_size=4:color=never"},
}
"""Settings in the environment win over those a candidate compiles in. Leak detection needs ptrace, which is denied."""
INSTRUMENTED_MEMORY, INSTRUMENTED_TIME = 8, 20
"""How much more memory and time an instrumented program may use; the inputs are smaller besides."""
RACE_RUNS = 2
"""Runs under ThreadSanitizer: what it sees depends on the schedule."""
_PROBE_RUNS = 5
_RACE_TRIAL = """
#include <thread>
static long total;
int main(int count, char**) {
    const auto add = [] { for (int i = 0; i < 1000; ++i) total += 1; };
    std::thread one(add);
    if (count > 1) one.join();
    std::thread other(add);
    if (count == 1) one.join();
    other.join();
}
"""
_SIGNATURE = re.compile(r"void (?P<name>\w+)\((?P<parameters>[^()]*)\)")
_PARAMETER = re.compile(r"[\w:<>*& ]*[*& ](?P<name>[^\W\d]\w*)")


@dataclass(frozen=True, slots=True)
class _Machine:
    """What a pool's walls hold: the compiler's version, and why the race detector cannot be used (empty: it can)."""

    compiler: str
    no_races: str | None = None


class CppToolchain:
    """C++ candidates: one translation unit, linked with the problem's driver."""

    suffix = ".cpp"
    stages = Stages(
        ("screen", "build", "smoke", "train", "memory", "races", "validation", "audit"),
        frozenset({"smoke", "memory", "races", "audit"}),
        ("memory", "races"),
    )

    def __init__(self) -> None:
        self._machines: weakref.WeakKeyDictionary[Runner, _Machine] = weakref.WeakKeyDictionary()
        self._lock = threading.Lock()

    def arguments(self, name: str, signature: str) -> tuple[str, ...]:
        """Parameter names of a function that returns nothing.

        Raises:
            ValueError: if it is not the signature of one called ``name``.
        """
        match = _SIGNATURE.fullmatch(signature.strip())
        parameters = match["parameters"].split(",") if match else []
        found = [_PARAMETER.fullmatch(parameter.strip()) for parameter in parameters]
        if match is None or match["name"] != name or not all(found):
            raise ValueError(f"a signature like 'void {name}(const int* in, int* out)'")
        return tuple(parameter["name"] for parameter in found if parameter is not None)

    def screen(self, candidate: Candidate, entry: EntryPoint, source_limit: int) -> Screened:
        """Size, encoding, the entry point's name, and what could blind a detector as far as it is spelled out."""
        if entry.file not in candidate.files:
            return Screened(False, f"the file {entry.file} is missing")
        if len(candidate.files) > 1:
            return Screened(False, f"it must be one file, {entry.file}")
        source = candidate.files[entry.file]
        if len(source) > source_limit:
            return Screened(False, f"the source is longer than {source_limit} bytes")
        try:
            found = cpp_source.check(source.decode("utf-8"))
        except UnicodeDecodeError:
            return Screened(False, "the source is not UTF-8")
        except cpp_source.SourceError as error:
            return Screened(False, str(error))
        if not cpp_source.calls(found, entry.name):
            return Screened(False, f"it must define {entry.signature!r}")
        return Screened(True, dedupe_key=cpp_source.dedupe_key(found))

    def lacking(self, spec: ProblemSpec, pool: Runner) -> str:
        """One sentence on what is missing: memory limits by cgroup, the compiler, a race detector that works."""
        if pool.capabilities.memory != "cgroup":
            return f"{spec.name} is in C++, and {NATIVE_REFUSED}"
        if not self._machine(pool).compiler:
            return f"{spec.name} is in C++, which needs {COMPILER} in the sandbox: apt-get install g++"
        if "races" in spec.stages:
            trouble = self._race_trouble(pool)
            if trouble:
                return f"{spec.name} looks for data races, and ThreadSanitizer does not work here: {trouble}"
        return ""

    def facts(self, pool: Runner) -> Mapping[str, str]:
        """Compiler, flags, and the headers beside a candidate."""
        compiler = self._machine(pool).compiler if pool.capabilities.memory == "cgroup" else ""
        flags = " ".join(VARIANTS["plain"].candidate)
        return {"compiler": f"{COMPILER} {compiler}", "flags": flags, "headers": cpp_headers.digest()[:16]}

    def prepare(self, bench: Bench, candidate: Candidate) -> Prepared:
        """Build it as it will be run and timed."""
        started = time.perf_counter()
        made = self._build(bench, candidate, "plain")
        stage = StageResult("build", made.verdict, time.perf_counter() - started, made.feedback)
        if made.verdict is not Verdict.OK:
            return Prepared(None, (stage,), made.resources)
        return Prepared(_native(made.binary, "plain"), (stage,), made.resources)

    def inspect(self, bench: Bench, candidate: Candidate, stage: str) -> StageResult:
        """Build it with a sanitizer, or with the series-parallel detector, and have it answer again."""
        started = time.perf_counter()
        facts: Mapping[str, float] = {}
        verdict, feedback = Verdict.OK, ""
        if stage == "races" and bench.problem.farewell() is not None:
            verdict, feedback, facts = self._look(bench, candidate)
        if verdict is Verdict.OK:
            verdict, said = self._inspect(bench, candidate, stage)
            feedback = said or feedback
        return StageResult(stage, verdict, time.perf_counter() - started, feedback, facts)

    def explain(self, outcome: Outcome) -> tuple[Verdict, str]:
        """A sanitizer's report, an uncaught exception, or how it left."""
        said = outcome.stderr
        if "FATAL: ThreadSanitizer" in said:
            return Verdict.INTERNAL_ERROR, f"failure of ours, not the candidate's: {said[-300:]}"
        if outcome.exit_code == EXIT_RACE and "WARNING: ThreadSanitizer" in said:
            return Verdict.DATA_RACE, cpp_reports.race(said)
        if outcome.exit_code == EXIT_MEMORY and ("ERROR: AddressSanitizer" in said or "runtime error:" in said):
            return Verdict.MEMORY_ERROR, cpp_reports.memory(said)
        tail = "\n".join(said.strip().splitlines()[-3:])[-500:]
        left = f"exit code {outcome.exit_code}" if outcome.signal is None else f"signal {outcome.signal}"
        return Verdict.RUNTIME_ERROR, f"it ended with {left} before it had answered{f': {tail}' if tail else ''}"

    # ---- builds -----------------------------------------------------------------------------------------------------

    def _build(self, bench: Bench, candidate: Candidate, variant: str) -> Build:
        """The detectors are told of branches by our headers, so only what is timed is built with the user's."""
        compiler = self._machine(bench.pool).compiler
        library = bench.library if variant == "plain" else None
        return build(bench.pool, compiler, candidate, bench.entry, bench.harness, variant, library)

    def _instrumented(self, bench: Bench, candidate: Candidate, variant: str) -> Build:
        """Built in a way that must not change what is built."""
        plain, made = (self._build(bench, candidate, one) for one in ("plain", variant))
        if made.verdict is Verdict.OK and made.lines != plain.lines:
            return Build(Verdict.REJECTED, "its code must not depend on whether a sanitizer is on")
        return made

    def _look(self, bench: Bench, candidate: Candidate) -> tuple[Verdict, str, Mapping[str, float]]:
        made = self._instrumented(bench, candidate, "series-parallel")
        if made.verdict is not Verdict.OK:
            return made.verdict, made.feedback, {}
        looked = look(bench, candidate, made.binary, _instrumented_limits(bench.limits))
        return looked.verdict, looked.feedback, looked.facts

    def _inspect(self, bench: Bench, candidate: Candidate, stage: str) -> tuple[Verdict, str]:
        made = self._instrumented(bench, candidate, stage)
        if made.verdict is not Verdict.OK:
            return made.verdict, made.feedback
        limits = _instrumented_limits(bench.limits)
        problem = bench.problem
        instances = tuple(problem.inspected(stage))
        requests = tuple(problem.requests(instances, bench.entry, elementwise=False))
        frames = Frames(requests, instances, 0, 0, problem.effort(instances))
        job = _native(made.binary, stage)(tuple(request.payload for request in requests), limits)
        for _ in range(RACE_RUNS if stage == "races" else 1):
            judged = run_judged(problem, bench.pool, job, frames, None, 1.0, self.explain)
            if judged.verdict is not Verdict.OK:
                return judged.verdict, judged.feedback
        return Verdict.OK, ""

    # ---- the machine ------------------------------------------------------------------------------------------------

    def _machine(self, pool: Runner) -> _Machine:
        with self._lock:
            found = self._machines.get(pool)
            if found is None:
                job = build_job({}, (Step((COMPILER, "-dumpfullversion"), "version"),), ("version",))
                built = read_build(pool.run(job), ("version",))
                version = built.artefacts.get("version", b"").decode("utf-8", "replace").strip()
                found = self._machines[pool] = _Machine(version)
            return found

    def _race_trouble(self, pool: Runner) -> str:
        """Why ThreadSanitizer cannot be trusted here, tried once a pool; empty if it can."""
        machine = self._machine(pool)
        trouble = machine.no_races
        if trouble is None:
            trouble = _try_race_detector(pool)
            with self._lock:
                self._machines[pool] = replace(machine, no_races=trouble)
        return trouble


def _instrumented_limits(limits: Limits) -> Limits:
    return replace(
        limits,
        cpu_seconds=limits.cpu_seconds * INSTRUMENTED_TIME,
        wall_seconds=limits.wall_seconds * INSTRUMENTED_TIME,
        memory_bytes=limits.memory_bytes * INSTRUMENTED_MEMORY,
    )


def _native(binary: bytes, variant: str) -> MakeJob:
    def job(payloads: tuple[bytes, ...], limits: Limits) -> Job:
        return Job("", {}, payloads, limits=limits, native=Native(binary, _ENVIRONMENT[variant]))

    return job


def _try_race_detector(pool: Runner) -> str:
    flags = ("-std=c++20", "-pthread", *VARIANTS["races"].candidate)
    step = Step((COMPILER, *flags, "race.cpp", "-o", "program"))
    built = read_build(pool.run(build_job({"race.cpp": _RACE_TRIAL.encode()}, (step,), ("program",))), ("program",))
    if not built.ok:
        return cpp_reports.first_error(built.diagnostics) or f"{COMPILER} could not build with it"
    job = _native(built.artefacts["program"], "races")((b"",), Limits(memory_bytes=1 << 30))
    for _ in range(_PROBE_RUNS):
        outcome = pool.run(job)
        if outcome.reason is not Reason.EXITED or outcome.exit_code != EXIT_RACE:
            said = outcome.stderr.strip().splitlines()[:1] or ["it did not see a race that is there"]
            return f"{said[0][:200]} (sysctl vm.mmap_rnd_bits=28 helps where addresses are too random)"
    return ""
