"""The best on ``validation``, and how far behind it a member of the population may be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evolve.fence import far_out


@dataclass(frozen=True, slots=True)
class Champion:
    """The best on ``validation`` since the population was founded.

    Attributes:
        score: of it, the mean over the split.
        ordinal: of its proposal.
        scores: on each instance, shape (instances,); None if they are not known.
    """

    score: float
    ordinal: int
    scores: np.ndarray | None

    def bar(self, sign: float, margin: float) -> tuple[np.ndarray | None, float]:
        """What a child is raced against on ``validation``, where many fall behind soon: scores, and the fence of them.

        They are its own, worse by what a member may be worse: who falls behind them clearly must leave, and everybody
        else is judged on all instances. Raced against the best itself nearly every child falls behind, and on the few
        instances judged until then chance alone makes most of them look worse by more than they may be.

        Args:
            sign: +1 if smaller scores are better, else -1.
            margin: share by which a member may be worse.
        """
        if self.scores is None:
            return None, float("inf")
        scores = self.scores + sign * margin * abs(self.score)
        return scores, far_out(sign * scores)

    def leaves_behind(self, score: float, sign: float, margin: float) -> bool:
        """Whether a member with this score is worse than it may be, on whichever island.

        An island that lags behind so loses those it would go on with, and has to look elsewhere.
        """
        return sign * (score - self.score) > margin * abs(self.score)
