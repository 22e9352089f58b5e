"""What judges candidates, as seen by whoever has them judged: an evaluator in this process, or something far away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from evaluators.candidate import Candidate
from evaluators.declaration import EntryPoint, Split
from evaluators.evaluation import Evaluation, StageResult
from evaluators.problem import Instance, Problem
from evaluators.toolchains.base import Screened


class Judge(Protocol):
    """Judges candidates for one entry point of one problem; thread-safe."""

    @property
    def problem(self) -> Problem:
        """Theirs."""
        ...

    @property
    def entry(self) -> EntryPoint:
        """The function they define."""
        ...

    @property
    def sign(self) -> float:
        """1 where less is better, -1 where more is."""
        ...

    @property
    def environment(self) -> str:
        """What scores depend on besides candidate and problem; an evaluation that was made in another one says so."""
        ...

    def screen(self, candidate: Candidate) -> Screened:
        """The static screen. It executes nothing."""
        ...

    def evaluate(
        self,
        candidate: Candidate,
        split: Split,
        *,
        instances: Sequence[Instance] | None = None,
        bar: np.ndarray | None = None,
        fence: float = float("inf"),
    ) -> Evaluation:
        """Judge ``candidate`` on ``split``; see :meth:`evaluators.cascade.Evaluator.evaluate`."""
        ...

    def audit(self, candidate: Candidate, split: Split, seed: int) -> StageResult:
        """The audit of a would-be elite; see :class:`evaluators.audit.elites.EliteAudit`."""
        ...
