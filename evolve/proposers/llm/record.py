"""What became of what was asked: the proposer's memory, made anew from the archive when a campaign is resumed."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np

from evolve.archive.shingles import tokens
from evolve.proposers.base import Observation
from evolve.proposers.llm.operators import OPERATORS

WINDOW = 1_000
"""Proposals that are looked back on; fewer than a resumed campaign is told of, so that it draws as if never stopped."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One proposal that is over.

    Attributes:
        ordinal: of the proposal.
        model: who was asked.
        operator: what was asked for.
        remark: what was said beside the program.
        parent_score: of the first parent on ``train``, or None.
        score: on all of ``train``; None for what failed, was known already, or was stopped early by racing.
        calls: attempts to get answers.
        nusd: what they cost, in nano-dollars.
        size: tokens of a program that was asked to be shorter, comments left out; else 0.
        parent_size: of its parent.
    """

    ordinal: int
    model: str
    operator: str
    remark: str
    parent_score: float | None
    score: float | None
    calls: int
    nusd: int
    size: int = 0
    parent_size: int = 0

    def gain(self, sign: float) -> float:
        """By how much it is better than its parent, negative if worse; 0 where the two cannot be compared.

        Args:
            sign: +1 if smaller scores are better, else -1.
        """
        if self.score is None or self.parent_score is None:
            return 0.0
        return sign * (self.parent_score - self.score)


class Record:
    """The last outcomes, in the order of their proposals whatever the order they were told in. Thread-safe."""

    def __init__(self) -> None:
        self._outcomes: dict[int, Outcome] = {}
        self._lock = threading.Lock()

    def learn(self, observation: Observation) -> None:
        """Keep what became of a proposal, if somebody was asked for it."""
        if not observation.asked:
            return
        scores = observation.instance_scores
        judged = observation.verdict == "ok" and scores is not None and not bool(np.isnan(scores).any())
        shortened = judged and observation.asked in OPERATORS and OPERATORS[observation.asked].shortens
        sources = (observation.source, observation.parent_source) if shortened else ()
        outcome = Outcome(
            observation.ordinal, observation.model, observation.asked, observation.remark, observation.parent_score,
            observation.score if judged else None, observation.calls, observation.nusd,
            *(len(tokens(source)) for source in sources),
        )  # fmt: skip
        with self._lock:
            self._outcomes[outcome.ordinal] = outcome
            if len(self._outcomes) > 2 * WINDOW:  # more than the window are left: proposals end out of order
                self._outcomes = {key: self._outcomes[key] for key in sorted(self._outcomes)[-3 * WINDOW // 2 :]}

    def recent(self, ordinal: int) -> list[Outcome]:
        """Outcomes from ``WINDOW`` proposals before ``ordinal`` on, oldest first."""
        with self._lock:
            return [self._outcomes[key] for key in sorted(self._outcomes) if key >= ordinal - WINDOW]
