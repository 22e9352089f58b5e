"""What is known of a running campaign, for whoever watches it. In memory; the archive is the record."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from evaluators.evaluation import Evaluation, StageResult
from evolve.proposers.base import Member


@dataclass(frozen=True, slots=True)
class Best:
    """A best-so-far point of the curve: seconds of running time, evaluations, score."""

    seconds: float
    evaluations: int
    score: float


@dataclass
class Progress:
    """Counters and curves, thread-safe.

    Attributes:
        sign: +1 if smaller scores are better.
        clock: running time, all resumes together.
        earlier_seconds: of it before this process.
        evaluations: of proposals, all resumes together.
        statuses: status -> finished proposals.
        verdicts: verdict -> evaluations of this process.
        train: best-so-far points on ``train``.
        validation: best-so-far points on ``validation``, audited ones only.
        champion: member behind the last point of ``validation``.
        sandbox_cpu_seconds: CPU the sandbox charged to candidates in this process.
    """

    sign: float
    clock: Callable[[], float]
    earlier_seconds: float = 0.0
    evaluations: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)
    train: list[Best] = field(default_factory=list)
    validation: list[Best] = field(default_factory=list)
    champion: Member | None = None
    sandbox_cpu_seconds: float = 0.0

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._first_evaluations = self.evaluations

    @property
    def seconds(self) -> float:
        """Running time, all resumes together."""
        return self.clock()

    def rate(self) -> float:
        """Evaluations per second of this process."""
        return (self.evaluations - self._first_evaluations) / max(1e-9, self.seconds - self.earlier_seconds)

    def evaluated(self, evaluation: Evaluation, counted: bool) -> None:
        """An evaluation on ``train`` was committed; those of seeds are not counted."""
        with self._lock:
            if counted:
                self.evaluations += 1
                self.verdicts[evaluation.verdict.value] += 1
            self.sandbox_cpu_seconds += evaluation.resources.cpu_seconds
            if evaluation.ok and evaluation.complete and evaluation.score is not None:
                self._improve(self.train, evaluation.score)

    def validated(self, member: Member, validation: Evaluation, audit: StageResult | None) -> None:
        """A member was validated; with an audit it was a would-be champion."""
        with self._lock:
            if audit is not None and audit.verdict.value == "ok" and validation.score is not None:
                self._improve(self.validation, validation.score)
                self.champion = member

    def _improve(self, curve: list[Best], score: float) -> None:
        if not curve or self.sign * (score - curve[-1].score) < 0:
            curve.append(Best(self.seconds, self.evaluations, score))

    def finished(self, status: str, verdict: str) -> None:
        """A proposal's life ended."""
        with self._lock:
            self.statuses[status] += 1
            if status == "rejected":
                self.verdicts[verdict] += 1
