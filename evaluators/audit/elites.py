"""The audit of a would-be elite: fresh processes, another order, other names, and no anticipation.

* The same requests again must give the same decisions, else ``nondeterministic``.
* The instances in another order and under other names, one call an instance, must give the same decisions, else
  ``tampering``: the program recognises instances or keeps something from one to the next.
* Online problems: instances that agree up to a time and differ after it must get the same decisions up to that time,
  else ``tampering``: the program knows the future.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from evaluators.candidate import Candidate
from evaluators.cascade import Evaluator, NotReadyError
from evaluators.declaration import EntryPoint, Split
from evaluators.evaluation import StageResult
from evaluators.judging import Frames, Runner, run_judged
from evaluators.problem import Instance, Problem
from evaluators.toolchains.parlaylib import ParlayLib
from evaluators.verdicts import Verdict

VIEWED_INSTANCES = 40
"""Instances solved again one by one; the batch of all is repeated as a whole."""
_DRAWS = 16
"""Orders drawn at most until another instance than before comes first."""
_LIMITS = (
    Verdict.TIME_LIMIT, Verdict.MEMORY_LIMIT, Verdict.PROCESS_LIMIT, Verdict.OUTPUT_LIMIT, Verdict.DISK_LIMIT,
)  # fmt: skip


def _canonical(decisions: Any) -> Any:
    """Decisions as plain values that compare by content."""
    if isinstance(decisions, np.ndarray):
        return decisions.tolist()
    return decisions


class _FailedError(Exception):
    def __init__(self, verdict: Verdict, feedback: str) -> None:
        super().__init__(feedback)
        self.verdict, self.feedback = verdict, feedback


class EliteAudit:
    """Audits candidates that one evaluator has found worth it."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator

    def run(self, candidate: Candidate, split: Split, seed: int) -> StageResult:
        """Audit ``candidate`` on ``split``; ``seed`` draws order, names and futures."""
        started = time.perf_counter()
        verdict, feedback = Verdict.OK, ""
        try:
            self._audit(candidate, split, seed)
        except _FailedError as failed:
            verdict, feedback = failed.verdict, failed.feedback
        return StageResult("audit", verdict, time.perf_counter() - started, feedback)

    def _audit(self, candidate: Candidate, split: Split, seed: int) -> None:
        evaluator, problem = self.evaluator, self.evaluator.problem
        screened = evaluator.screen(candidate)
        frames = evaluator.frames(split, screened.elementwise, smoke=False)
        first = self._decisions(candidate, frames)
        if problem.spec.deterministic == "exact":
            again = self._decisions(candidate, frames)
            self._compare(first, again, frames.instances, Verdict.NONDETERMINISTIC, "two identical runs")
            drawn = np.random.default_rng((seed, 0)).permutation(len(frames.instances))
            sample = np.sort(drawn[:VIEWED_INSTANCES]).tolist()
            instances = tuple(frames.instances[i] for i in sample)
            single = [first[i] for i in sample]
            if screened.elementwise:
                # Whether solving in lock step changes decisions is a question to us, not to the candidate.
                single = self._decisions(candidate, evaluator.make_frames((), instances, elementwise=False))
                batch = [first[i] for i in sample]
                self._compare(batch, single, instances, Verdict.INTERNAL_ERROR, "lock step and one by one")
            views, origin = self._views(instances, seed)
            seen = self._decisions(candidate, evaluator.make_frames((), tuple(views), elementwise=False))
            expected = [single[i] for i in origin]
            self._compare(expected, seen, views, Verdict.TAMPERING, "another order and other names of the instances")
        if problem.spec.online:
            self._anticipation(candidate, seed)

    def _views(self, instances: Sequence[Instance], seed: int) -> tuple[list[Instance], list[int]]:
        """The problem's views of ``instances``, in an order in which another one than before comes first.

        The seeds have nothing to do with the one that drew the instances: two orders drawn alike may cancel.
        """
        for drawn in np.random.default_rng((seed, 1)).integers(1 << 32, size=_DRAWS).tolist():
            views, origin = self.evaluator.problem.audit_views(instances, drawn)
            if origin[:1] != [0]:
                break
        return views, origin

    def _decisions(self, candidate: Candidate, frames: Frames, *, seen: bool = True) -> list[Any]:
        """Canonical decisions, one entry an instance; ``seen`` says that it has solved these instances before."""
        evaluator = self.evaluator
        try:
            job = evaluator.job(candidate, frames)
        except NotReadyError as error:
            raise _FailedError(Verdict.INTERNAL_ERROR, str(error)) from None
        judged = run_judged(
            evaluator.problem, evaluator.pool, job, frames, None, evaluator.sign, evaluator.toolchain.explain
        )
        if judged.verdict is not Verdict.OK:
            # A limit may be hit because the machine is busy, and that is no evidence of anything else.
            if not seen or judged.verdict is Verdict.INTERNAL_ERROR or judged.verdict in _LIMITS:
                raise _FailedError(judged.verdict, f"it failed in the audit: {judged.feedback}")
            # It passed before with the same input: either chance decides, or it knows where it is.
            raise _FailedError(
                Verdict.NONDETERMINISTIC, f"it passed before, but failed when run again: {judged.feedback}"
            )
        found: list[Any] = [None] * len(frames.instances)
        for request, response in zip(frames.requests, judged.outcome.responses, strict=True):
            for i, decisions in zip(request.indices, evaluator.problem.decode(request, response), strict=True):
                found[i] = _canonical(decisions)
        return found

    @staticmethod
    def _compare(
        expected: Sequence[Any], found: Sequence[Any], instances: Sequence[Instance], verdict: Verdict, between: str
    ) -> None:
        for instance, one, other in zip(instances, expected, found, strict=True):
            if one != other:
                raise _FailedError(verdict, f"decisions on {instance.name} differ between {between}")

    def _anticipation(self, candidate: Candidate, seed: int) -> None:
        problem, evaluator = self.evaluator.problem, self.evaluator
        for one, other, until in problem.anticipation_pairs(seed):
            # Each future in a process of its own, so that nothing can be carried over.
            early = []
            for instance in (one, other):
                frames = evaluator.make_frames((), (instance,), elementwise=False)
                decisions = self._decisions(candidate, frames, seen=False)[0]
                early.append(_canonical(problem.decisions_before(instance, decisions, until)))
            if early[0] != early[1]:
                raise _FailedError(
                    Verdict.TAMPERING,
                    f"decisions up to time {until:g} differ although {one.name} and {other.name} agree up to then: "
                    "it anticipates the future",
                )


class AuditingEvaluator(Evaluator):
    """An evaluator that audits, too: all that a campaign asks of a :class:`evaluators.judge.Judge`."""

    def __init__(self, problem: Problem, pool: Runner, entry: EntryPoint, library: ParlayLib | None = None) -> None:
        super().__init__(problem, pool, entry, library)
        self._audit = EliteAudit(self)

    def audit(self, candidate: Candidate, split: Split, seed: int) -> StageResult:
        """The audit of a would-be elite."""
        return self._audit.run(candidate, split, seed)
