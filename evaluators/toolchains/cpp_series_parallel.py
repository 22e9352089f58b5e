"""A candidate under the series-parallel detector: races on the raced inputs, work and span on one larger input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from evaluators.candidate import Candidate
from evaluators.judging import verdict_of
from evaluators.problem import Instance, WrongAnswerError
from evaluators.toolchains.base import PARALLELISM, SPEEDUP, Bench
from evaluators.toolchains.series_parallel import (
    EXIT_RACE,
    EXIT_REFUSED,
    Report,
    Symbols,
    WorkSpan,
    explain,
    read_report,
    settings,
    symbols_job,
    symbols_of,
)
from evaluators.toolchains.series_parallel.feedback import construct
from evaluators.toolchains.series_parallel.reports import Block
from evaluators.verdicts import Verdict
from sandboxes import Job, Limits, Native, Outcome, Reason

PREDICTED_FOR = 64
"""Processors for which the speed-up in a stage's facts is foretold."""
_REPORT_BYTES = 256 * 1024
_PHASES = 3


@dataclass(frozen=True, slots=True)
class Looked:
    """What the detector found.

    Attributes:
        verdict: ``ok``, or the first thing that was wrong.
        feedback: what a proposer is told.
        facts: work, span, parallelism and the speed-up they foretell; empty if they were not measured.
        left: why it cannot say: the program makes its own threads, or orders accesses by locks. ThreadSanitizer may.
    """

    verdict: Verdict
    feedback: str = ""
    facts: Mapping[str, float] = field(default_factory=dict)
    left: str = ""


def look(bench: Bench, candidate: Candidate, binary: bytes, limits: Limits) -> Looked:
    """Run a candidate that was built with the detector.

    Args:
        bench: problem and pool; the problem has a request upon which the driver leaves.
        candidate: its source is quoted.
        binary: the program.
        limits: of one run.
    """
    limits = replace(limits, output_bytes=max(limits.output_bytes, _REPORT_BYTES))
    raced = bench.problem.inspected("series-parallel")
    report, looked = _run(bench, binary, raced, limits)
    if report.races:
        symbols = symbols_of(bench.pool.run(symbols_job(binary, report)))
        source = candidate.text(bench.entry.file)
        return Looked(Verdict.DATA_RACE, explain(report, symbols, bench.entry.file, source))
    if looked.verdict is not Verdict.OK or looked.left:
        return looked
    report, looked = _run(bench, binary, bench.problem.inspected("span"), limits)
    if looked.verdict is not Verdict.OK or report.work_span is None:
        return looked
    found = report.work_span
    symbols = symbols_of(bench.pool.run(symbols_job(binary, report)))
    low, high = found.predicted(PREDICTED_FOR)
    facts = {
        "work": found.work, "span": found.span, "burdened_span": found.burdened_span,
        PARALLELISM: found.parallelism, SPEEDUP: low, "greatest_speedup": high,
    }  # fmt: skip
    return Looked(Verdict.OK, _profile(report, found, symbols, bench.entry.file), facts)


def _profile(report: Report, found: WorkSpan, symbols: Symbols, file: str) -> str:
    """Where work and span lie: what is outside of all parallel constructs, then those with the longest spans."""
    said = f"work {found.work} and span {found.span} steps, parallelism {found.parallelism:.3g}"
    serial = found.span - sum(phase.span for phase in report.phases)
    parts = [f"{_share(serial, found.span)} of the span outside of parallel constructs"]
    for phase in sorted(report.phases, key=lambda phase: -phase.span)[:_PHASES]:
        where = construct(Block(0, 0, phase.stack), symbols, file)
        parts.append(f"{_share(phase.span, found.span)} in {where} with {_share(phase.work, found.work)} of the work")
    return f"{said}: {'; '.join(parts)}"


def _share(part: int, whole: int) -> str:
    return f"{100.0 * part / max(whole, 1):.0f} %"


def _run(bench: Bench, binary: bytes, instances: Sequence[Instance], limits: Limits) -> tuple[Report, Looked]:
    """One run on all ``instances``, whose answers must be right here as well."""
    end = bench.problem.farewell()
    assert end is not None
    requests = bench.problem.requests(instances, bench.entry, elementwise=False)
    payloads = (*(request.payload for request in requests), end)
    job = Job("", {}, payloads, limits=limits, native=Native(binary, settings()))
    for _ in range(2):
        outcome = bench.pool.run(job)
        if outcome.reason is not Reason.INTERNAL_ERROR:
            break
    report = read_report(outcome.stderr)
    for request, response in zip(requests, outcome.responses, strict=False):
        try:
            bench.problem.judge(request, response, instances)
        except WrongAnswerError as error:
            return report, Looked(Verdict.WRONG_ANSWER, f"run serially, as it may be on one core: {error}")
    return report, _ended(outcome, report)


def _ended(outcome: Outcome, report: Report) -> Looked:
    if outcome.reason is Reason.EXITED and outcome.exit_code == EXIT_REFUSED and report.refused:
        return Looked(Verdict.OK, left=report.refused)
    if outcome.reason is Reason.EXITED and outcome.exit_code == EXIT_RACE and report.races:
        return Looked(Verdict.DATA_RACE)
    if outcome.reason is Reason.EXITED and outcome.exit_code == 0 and report.complete:
        return Looked(Verdict.OK, left="it takes locks" if report.locked else "")
    if outcome.reason in (Reason.EXITED, Reason.SIGNALLED, Reason.FINISHED):
        left = f"exit code {outcome.exit_code}" if outcome.signal is None else f"signal {outcome.signal}"
        return Looked(Verdict.RUNTIME_ERROR, f"run serially under the race detector it ended with {left}")
    return Looked(*verdict_of(outcome, lambda _: (Verdict.RUNTIME_ERROR, "")))
