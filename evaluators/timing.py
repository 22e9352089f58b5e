"""Scores that are running times: candidate and baseline in turn, each in a fresh process, on clocks they cannot reach.

A problem scores by CPU time of all threads together or by elapsed time. CPU time runs from handing over the last
request until the process has been stopped, so that nothing is gained by answering first and working later; it hardly
depends on what else the machine does, and suits serial code. Elapsed time is what parallel code is for; it ends with
the answer, on which the process is stopped at once, and on a shared machine needs more pairs. The other clock is
reported beside it.

The two of a pair run one after the other in one slot, in an order drawn anew, so that a slow moment strikes both. The
score of an instance is the 20 % trimmed mean of the log-ratios of its pairs. Pairs come in rounds, one on each
instance; :mod:`evaluators.stopping` says when there are enough. Before a pair on the clock of elapsed time the
machine's run queue is looked at (:mod:`evaluators.run_queue`); how many pairs ran on a crowded machine is told.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b

import numpy as np

from evaluators.declaration import CLOCKS, Clock, Timing
from evaluators.evaluation import Resources
from evaluators.judging import verdict_of
from evaluators.problem import Instance, Timed, WrongAnswerError
from evaluators.run_queue import RunQueue
from evaluators.stopping import PERCENT, Stopping
from evaluators.toolchains.base import Bench, MakeJob, Toolchain
from evaluators.verdicts import Verdict
from sandboxes import Job, Native, Outcome, Reason

TRIM = 0.2
RESAMPLES = 1000
_ATTEMPTS = 2
_OUR_FAILURE = "failure of ours, not the candidate's"


@dataclass(slots=True)
class Times:
    """What was measured.

    Attributes:
        clock: the one the score is taken from.
        ratios: clock -> log-ratios candidate / baseline, shape (instances, rounds).
        seconds: of the candidate on ``clock``, median over pairs, shape (instances,).
        verdict: ``ok`` unless a run of the candidate went wrong.
        feedback: what went wrong.
        resources: of the candidate's runs.
        pairs: that were run, on all instances together.
        crowded: of them, those that the machine had no idle cores for; None if that was not looked at.
        raced_out: whether it was stopped for being clearly slower than its bar.
    """

    clock: Clock
    ratios: Mapping[Clock, np.ndarray]
    seconds: np.ndarray
    verdict: Verdict = Verdict.OK
    feedback: str = ""
    resources: Resources = field(default_factory=Resources)
    pairs: int = 0
    crowded: int | None = None
    raced_out: bool = False

    def facts(self) -> dict[str, float]:
        """What its stage tells besides scores: ``pairs``, and ``crowded`` if the clock is elapsed time."""
        crowded: dict[str, float] = {} if self.crowded is None else {"crowded": self.crowded}
        return {"pairs": self.pairs, **crowded}

    def scores(self, clock: Clock | None = None) -> np.ndarray:
        """Time in percent of the baseline's, shape (instances,), on the clock of the score or another."""
        return np.asarray(PERCENT * np.exp(trimmed_mean(self.ratios[clock or self.clock])))

    def interval(self) -> tuple[float, float]:
        """95 % bootstrap interval of the mean score over pairs: what would other runs on these instances have given?"""
        ratios = self.ratios[self.clock]
        instances, pairs = ratios.shape
        drawn = np.random.default_rng(instances * 1009 + pairs).integers(0, pairs, (RESAMPLES, instances, pairs))
        resampled = np.take_along_axis(ratios[None].repeat(RESAMPLES, axis=0), drawn, axis=2)
        low, high = np.percentile(PERCENT * np.exp(trimmed_mean(resampled)).mean(axis=-1), [2.5, 97.5])
        return float(low), float(high)


def trimmed_mean(values: np.ndarray) -> np.ndarray:
    """Mean over the last axis without its ``TRIM`` smallest and largest values."""
    count = values.shape[-1]
    cut = min(int(np.ceil(TRIM * count)), (count - 1) // 2)
    return np.asarray(np.sort(values, axis=-1)[..., cut : count - cut].mean(axis=-1))


def measure(
    bench: Bench, toolchain: Toolchain, candidate: MakeJob, baseline: MakeJob, instances: Sequence[Instance],
    timing: Timing, seed: str, stopping: Stopping,
) -> Times:  # fmt: skip
    """Time ``candidate`` against ``baseline`` on each instance; ends at the first run of the candidate that fails.

    Args:
        bench: problem, pool and limits.
        toolchain: of the candidate's language.
        candidate: makes its jobs.
        baseline: likewise.
        instances: to be timed.
        timing: how many pairs for each at most, and by which clock.
        seed: draws who goes first.
        stopping: says whether fewer pairs will do.
    """
    shape = (len(instances), timing.pairs)
    ratios: dict[Clock, np.ndarray] = {clock: np.zeros(shape) for clock in CLOCKS}
    own = np.zeros(shape)
    times = Times(timing.clock, ratios, np.zeros(len(instances)))
    queue = RunQueue(bench.problem.spec.requires.cores) if timing.clock == "elapsed" else None
    runs = [_runs(bench, bench.problem.timed(instance), baseline, candidate) for instance in instances]
    rng = random.Random(seed)
    for r in range(timing.pairs):
        for i, run in enumerate(runs):
            found = _pair(bench, toolchain, run, rng.random() < 0.5, times, queue)
            if found is None:
                return times
            theirs, ours = found
            for clock in ratios:
                ratios[clock][i, r] = np.log(_taken(ours, clock) / _taken(theirs, clock))
            own[i, r] = _taken(ours, timing.clock)
        reason = stopping.reason(ratios[timing.clock][:, : r + 1]) if r + 1 < timing.pairs else ""
        if reason:
            break
    times.ratios = {clock: found[:, : r + 1] for clock, found in ratios.items()}
    times.seconds = np.median(own[:, : r + 1], axis=1)
    times.raced_out = reason == "slow"
    if times.raced_out:
        times.feedback = "stopped by racing"
    return times


@dataclass(frozen=True, slots=True)
class _Runs:
    """One instance, and the jobs that are to be timed on it."""

    timed: Timed
    baseline: Job
    candidate: Job


def _taken(outcome: Outcome, clock: Clock) -> float:
    """Seconds of the last request."""
    return (outcome.response_cpu_seconds if clock == "cpu" else outcome.response_seconds)[-1]


def _runs(bench: Bench, timed: Timed, baseline: MakeJob, candidate: MakeJob) -> _Runs:
    # All requests but the last, which only says go, are sent once for all runs on this instance.
    names = {k: blake2b(request, digest_size=16).hexdigest() for k, request in enumerate(timed.requests[:-1])}

    def made(make: MakeJob) -> Job:
        job = make(timed.requests, bench.limits)
        assert job.native is not None
        native = Native(job.native.binary, job.native.environment, timed.shared_bytes)
        return replace(job, native=native, kept=names)

    return _Runs(timed, made(baseline), made(candidate))


def _pair(
    bench: Bench, toolchain: Toolchain, run: _Runs, swapped: bool, times: Times, queue: RunQueue | None
) -> tuple[Outcome, Outcome] | None:
    """Outcomes of baseline and candidate; None if one failed, which ``times`` then tells. Ours is tried once more."""
    jobs = [run.candidate, run.baseline] if swapped else [run.baseline, run.candidate]
    for _ in range(_ATTEMPTS):
        outcomes = bench.pool.run_in_turn(jobs, queue)
        if all(outcome.reason is not Reason.INTERNAL_ERROR for outcome in outcomes):
            break
    else:
        times.verdict, times.feedback = Verdict.INTERNAL_ERROR, f"{_OUR_FAILURE}: {outcomes[-1].detail}"
        return None
    times.pairs += 1
    if queue is not None:
        times.crowded = (times.crowded or 0) + queue.crowded
    # a run that takes its slot with it is the last
    ended = dict(zip(("ours", "theirs") if swapped else ("theirs", "ours"), outcomes, strict=False))
    theirs, ours = ended.get("theirs"), ended.get("ours")
    if theirs is not None and _failure(toolchain, run.timed, theirs) is not None:
        times.verdict, times.feedback = Verdict.INTERNAL_ERROR, f"{_OUR_FAILURE}: the baseline could not be timed"
        return None
    if ours is not None:
        times.resources = times.resources.plus(ours)
        failure = _failure(toolchain, run.timed, ours)
        if failure is not None:
            times.verdict, times.feedback = failure
            return None
    if theirs is None or ours is None:
        times.verdict, times.feedback = Verdict.INTERNAL_ERROR, f"{_OUR_FAILURE}: a slot was lost"
        return None
    return theirs, ours


def _failure(toolchain: Toolchain, timed: Timed, outcome: Outcome) -> tuple[Verdict, str] | None:
    verdict, feedback = verdict_of(outcome, toolchain.explain)
    if verdict is not Verdict.OK:
        return verdict, feedback
    try:
        timed.check(outcome.shared)
    except WrongAnswerError as error:
        return Verdict.WRONG_ANSWER, str(error)
    return None
