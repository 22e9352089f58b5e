"""How feasibility falls with the number of constraints: areas under the curve, and where it breaks.

F(k) is the share of feasible answers at level k. The published description names a weighted area and degradation
thresholds without saying how they are defined (arXiv 2508.15204); the definitions here are ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evolve.rcbench.report.intervals import Estimate, Outcomes, weighted_share

THRESHOLDS = (0.9, 0.5)
AHEAD = 6


@dataclass(frozen=True, slots=True)
class Threshold:
    """From which level on the share of feasible answers stays below ``share``.

    Attributes:
        share: the share in question.
        level: the smallest level asked at and after which it is below; None if it is not at the last one.
        confidence: 95 % interval of ``level``; an end is None if it lies beyond the last level asked.
    """

    share: float
    level: int | None
    confidence: tuple[int | None, int | None]


def area(outcomes: Outcomes) -> Estimate:
    """AUC: the mean of F(k) over the levels asked."""
    return weighted_share(outcomes, np.ones(len(outcomes.levels)))


def weighted_area(outcomes: Outcomes) -> Estimate:
    """WAUC: the mean of F(k) weighted by k, so that hard levels count more."""
    levels = outcomes.levels
    return weighted_share(outcomes, levels if levels.any() else np.ones(len(levels)))


def overall(outcomes: Outcomes) -> Estimate:
    """Share of all answers, every answer counting the same."""
    return weighted_share(outcomes, np.unique(outcomes.level, return_counts=True)[1])


def smoothed(outcomes: Outcomes) -> list[Estimate]:
    """The moving mean of F over k - 1, k and k + 1, as far as asked, for each level."""
    return [area(outcomes.where(_between(outcomes, level, 1))) for level in outcomes.levels]


def thresholds(outcomes: Outcomes, shares: Sequence[float] = THRESHOLDS) -> list[Threshold]:
    """Where the moving mean of F falls below each of ``shares`` for good.

    The upper end of an interval is where the upper end of the moving mean's own interval does so. For the lower end
    harder levels speak too, since a schedule that is feasible at a level is so at all levels below: the mean up to any
    of ``AHEAD`` levels further on may show that F was still above.
    """
    levels, means = outcomes.levels, smoothed(outcomes)
    at_least = [
        max(area(outcomes.where(_between(outcomes, level, ahead))).confidence[0] for ahead in range(1, AHEAD + 1))
        for level in levels
    ]

    def below(share: float, values: Sequence[float]) -> int | None:
        above = [k for k, value in enumerate(values) if value >= share]
        place = above[-1] + 1 if above else 0
        return int(levels[place]) if place < len(levels) else None

    at_most = [mean.confidence[1] for mean in means]
    return [
        Threshold(
            share,
            below(share, [mean.value for mean in means]),
            (below(share, at_least), below(share, at_most)),
        )
        for share in shares
    ]


def _between(outcomes: Outcomes, level: int, ahead: int) -> np.ndarray:
    return (outcomes.level >= level - 1) & (outcomes.level <= level + ahead)
