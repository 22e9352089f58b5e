"""Running one judged job: the host judges each answer as it arrives and may stop the job."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from evaluators.problem import Instance, Judged, JudgedBatch, Problem, Request, WrongAnswerError
from evaluators.verdicts import Verdict
from sandboxes import Capabilities, Gate, Job, Outcome, Reason

Explain = Callable[[Outcome], tuple[Verdict, str]]
"""A language's reading of how a process ended by itself: verdict and feedback."""
_OF_REASON = {
    Reason.CPU_LIMIT: Verdict.TIME_LIMIT,
    Reason.WALL_LIMIT: Verdict.TIME_LIMIT,
    Reason.MEMORY_LIMIT: Verdict.MEMORY_LIMIT,
    Reason.PROCESS_LIMIT: Verdict.PROCESS_LIMIT,
    Reason.OUTPUT_LIMIT: Verdict.OUTPUT_LIMIT,
    Reason.DISK_LIMIT: Verdict.DISK_LIMIT,
    Reason.INTERNAL_ERROR: Verdict.INTERNAL_ERROR,
}
RACE_MINIMUM = 40
"""Instances tried before racing may stop a candidate."""
RACE_Z = 2.6
"""Standard errors by which a candidate must trail the bar to be stopped (one-sided 0.5 %)."""


JUDGE_FAILED = "the problem's own problem.py failed while judging"
"""How the feedback begins when a problem's trusted part raised what it should not."""
COMPLAINT_LENGTH = 2000
"""Characters kept of a problem's complaint about an answer, which may quote as much of the answer as it likes."""


class Runner(Protocol):
    """What runs jobs: a sandbox pool, or anything with its members."""

    @property
    def capabilities(self) -> Capabilities:
        """What is enforced."""
        ...

    def run(self, job: Job, gate: Gate | None = None) -> Outcome:
        """Run one job."""
        ...

    def run_in_turn(self, jobs: Sequence[Job], ready: Callable[[], object] | None = None) -> list[Outcome]:
        """Run jobs one after another in one place, ``ready`` being called there before the first."""
        ...


@dataclass(frozen=True, slots=True)
class Frames:
    """The requests of one job.

    Attributes:
        requests: smoke requests first; ``indices`` point into ``instances``.
        instances: smoke instances first.
        smoke_requests: how many of the requests are smoke.
        smoke_instances: how many of the instances are smoke.
        effort: work of solving the instances, in the problem's unit.
    """

    requests: tuple[Request, ...]
    instances: tuple[Instance, ...]
    smoke_requests: int
    smoke_instances: int
    effort: float
    rows: tuple[np.ndarray, ...] = field(init=False, repr=False, compare=False)  # of each request's instances
    looks: frozenset[int] = field(init=False, repr=False, compare=False)  # requests after which the judge is asked

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", tuple(np.array(request.indices, np.intp) for request in self.requests))
        object.__setattr__(self, "looks", frozenset(k for k, request in enumerate(self.requests) if request.look))


@dataclass(slots=True)
class JudgedJob:
    """What one job came to.

    Attributes:
        verdict: ``ok`` unless something went wrong.
        in_smoke: whether it went wrong among the smoke requests.
        feedback: what went wrong, or what the problem says of right answers; told to a proposer.
        scores: per instance (smoke included), NaN where not reached.
        objectives: raw objective values, same shape.
        values: further objectives, name -> per-instance array.
        complete: False if racing stopped it.
        outcome: the sandbox's facts.
        answered: requests whose answers were judged.
        wrong: request -> verdict and complaint, of those answered wrongly; at most one unless all were to be asked.
    """

    verdict: Verdict
    in_smoke: bool
    feedback: str
    scores: np.ndarray
    objectives: np.ndarray
    values: dict[str, np.ndarray]
    complete: bool
    outcome: Outcome
    answered: int = 0
    wrong: Mapping[int, tuple[Verdict, str]] = field(default_factory=dict)


class _Judge:
    """The gate of one job: judges answers, remembers what is known, decides whether to go on."""

    def __init__(
        self, problem: Problem, frames: Frames, bar: np.ndarray | None, sign: float, fence: float, ask_all: bool
    ) -> None:
        self.problem, self.frames, self.sign, self.fence, self.ask_all = problem, frames, sign, fence, ask_all
        self.bar = None if bar is None else np.minimum(sign * bar, fence)
        count = len(frames.instances)
        self.scores, self.objectives = np.full(count, np.nan), np.full(count, np.nan)
        self.values: dict[str, np.ndarray] = {}
        self.wrong: dict[int, tuple[Verdict, str]] = {}
        self.told: list[str] = []
        self.answered = 0
        self.raced_out = False
        self.defect: str | None = None

    def __call__(self, index: int, response: bytes) -> bool:
        request = self.frames.requests[index]
        try:
            judged = self.problem.judge(request, response, self.frames.instances)
        except WrongAnswerError as error:
            self.wrong[index] = error.verdict, _complaint(error)
            self.answered = index + 1 if self.ask_all else index
            return self.ask_all and error.verdict is not Verdict.TAMPERING
        except Exception as error:  # a defect of the problem's trusted part: never the candidate's fault
            self.defect = f"{type(error).__name__}: {_complaint(error)}"
            return False
        self.record(index, judged)
        self.answered = index + 1
        if request.look and self.answered < len(self.frames.requests) and self.is_hopeless():
            self.raced_out = True
            return False
        return True

    def record(self, index: int, judged: Sequence[Judged]) -> None:
        if isinstance(judged, JudgedBatch):
            where = self.frames.rows[index]
            self.scores[where], self.objectives[where] = judged.scores, judged.objectives
            return
        for i, judgement in zip(self.frames.requests[index].indices, judged, strict=True):
            self.scores[i], self.objectives[i] = judgement.score, judgement.objective
            if judgement.feedback:
                self.told.append(judgement.feedback)
            for name, value in judgement.values.items():
                self.values.setdefault(name, np.full(len(self.scores), np.nan))[i] = value

    def is_hopeless(self) -> bool:
        """One-sided paired test against the bar on the instances tried so far."""
        if self.bar is None:
            return False
        scores = self.scores[self.frames.smoke_instances :]
        tried = ~np.isnan(scores)
        worse_by = np.minimum(self.sign * scores[tried], self.fence) - self.bar[tried]
        count = len(worse_by)
        if count < RACE_MINIMUM:
            return False
        mean = float(worse_by.mean())
        if mean <= 0.0:
            return False
        worse_by -= mean
        return mean > RACE_Z * math.sqrt(float(worse_by @ worse_by) / (count - 1) / count)


def run_judged(
    problem: Problem,
    pool: Runner,
    job: Job,
    frames: Frames,
    bar: np.ndarray | None,
    sign: float,
    explain: Explain,
    fence: float = float("inf"),
    *,
    ask_all: bool = False,
) -> JudgedJob:
    """Run ``job`` and judge its answers. A failure of ours is tried once more on a fresh slot.

    Args:
        problem: judges.
        pool: runs.
        job: carries the payloads of ``frames.requests``.
        frames: what the payloads stand for.
        bar: per-instance scores to race against (smoke excluded), or None.
        sign: +1 if smaller scores are better, else -1.
        explain: of the candidate's language.
        fence: the most that counts in the race of ``sign * score`` on one instance.
        ask_all: go on behind a wrong answer; the verdict stays that of the first.
    """
    looked_at = replace(job, looks=frames.looks)
    for attempt in (1, 2):
        judge = _Judge(problem, frames, bar, sign, fence, ask_all)
        outcome = pool.run(looked_at, judge)
        ours = outcome.reason is Reason.INTERNAL_ERROR or outcome.in_simulator
        if not ours or attempt == 2:
            break
    verdict, feedback = _verdict(judge, outcome, explain)
    in_smoke = judge.answered < frames.smoke_requests
    return JudgedJob(
        verdict, in_smoke, feedback, judge.scores, judge.objectives, judge.values, not judge.raced_out, outcome,
        judge.answered, judge.wrong,
    )  # fmt: skip


def _complaint(error: Exception) -> str:
    """What an exception says, cut to a length and made fit for any file or terminal: it may quote a hostile answer."""
    return str(error)[:COMPLAINT_LENGTH].encode("utf-8", "replace").decode()


def _verdict(judge: _Judge, outcome: Outcome, explain: Explain) -> tuple[Verdict, str]:
    if judge.defect is not None:
        return Verdict.INTERNAL_ERROR, f"{JUDGE_FAILED}: {judge.defect}"
    if judge.wrong and outcome.reason is not Reason.INTERNAL_ERROR and not outcome.in_simulator:
        return judge.wrong[min(judge.wrong)]
    said = f"; {judge.answered} of {len(judge.frames.requests)} requests answered"
    verdict, feedback = verdict_of(outcome, explain, said)
    return verdict, feedback or "\n".join(judge.told)[:COMPLAINT_LENGTH]


def verdict_of(outcome: Outcome, explain: Explain, progress: str = "") -> tuple[Verdict, str]:
    """What how a job ended says about the candidate, and what a proposer is told of it.

    Args:
        outcome: the sandbox's facts.
        explain: of the candidate's language.
        progress: put behind the account of a limit.
    """
    if outcome.in_simulator or outcome.reason is Reason.INTERNAL_ERROR:
        said = outcome.detail or outcome.stderr[-300:]
        return Verdict.INTERNAL_ERROR, f"failure of ours, not the candidate's: {said}"
    if outcome.reason is Reason.FINISHED:
        return Verdict.OK, ""
    if outcome.reason is Reason.UNASKED:
        return Verdict.TAMPERING, "it answered before it was asked"
    if outcome.reason in (Reason.EXITED, Reason.SIGNALLED):
        return explain(outcome)
    name = outcome.reason.value.replace("_", " ")
    return _OF_REASON[outcome.reason], (
        f"{name} hit after {outcome.cpu_seconds:.2f} s of CPU and {outcome.wall_seconds:.2f} s, "
        f"peak memory {outcome.peak_memory_bytes / 2**20:.0f} MiB{progress}"
    )
