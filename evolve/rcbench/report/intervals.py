"""95 % intervals of shares, answers within a ramp being alike.

Instances of one ramp share their tasks, so their answers are no independent draws; ramps are. A share over several
levels therefore gets an interval by the effective number of answers (Korn & Graubard 1998, Survey Methodology 24): how
many independent ones would vary as much as the ramps do. A share at one level, one answer a ramp, has the interval of
Wilson (1927, JASA 22).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np

Z = 1.959963984540054
"""Two-sided 95 % quantile of the normal distribution."""

Interval = tuple[float, float]


@cache
def t_quantile(degrees: int) -> float:
    """Two-sided 95 % quantile of Student's t, from its distribution at whole ``degrees`` >= 1 of freedom.

    The distribution is the finite sum of Abramowitz & Stegun (1964), 26.7.3 and 26.7.4; it is inverted by bisection.
    """

    def within(t: float) -> float:
        """P(-t < T < t)."""
        theta = math.atan(t / math.sqrt(degrees))
        cos, odd = math.cos(theta), degrees % 2
        term, total = (cos, 0.0) if odd else (1.0, 0.0)
        for k in range(2 + odd, degrees + 1, 2):
            total += term
            term *= cos * cos * (k - 1) / k
        total *= math.sin(theta)
        return 2 / math.pi * (theta + total) if odd else total

    if degrees > 500:
        return Z * (1 + (Z * Z + 1) / (4 * degrees))  # first term of the expansion, right to 5 digits here
    low, high = Z, 13.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if within(middle) < 0.95 else (low, middle)
    return high


def wilson(successes: float, n: float) -> Interval:
    """Interval of a share of ``n`` independent answers; ``n`` may be an effective number. Nothing is known at n = 0."""
    if n <= 0:
        return 0.0, 1.0
    share = successes / n
    centre, spread = share + Z * Z / (2 * n), Z * math.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    low, high = (centre - spread) / (1 + Z * Z / n), (centre + spread) / (1 + Z * Z / n)
    # At 0 and 1 an end is that very number, which rounding would miss.
    return (0.0 if share == 0 else max(0.0, low)), (1.0 if share == 1 else min(1.0, high))


@dataclass(frozen=True)
class Outcomes:
    """Which answers were feasible.

    Attributes:
        level: number of precedences of each instance, shape (answers,).
        ramp: to which ramp it belongs, same shape.
        ok: whether its answer was feasible, same shape, bool.
    """

    level: np.ndarray
    ramp: np.ndarray
    ok: np.ndarray

    @property
    def levels(self) -> np.ndarray:
        """Levels that occur, ascending."""
        return np.unique(self.level)

    def __len__(self) -> int:
        return len(self.ok)

    def where(self, chosen: np.ndarray) -> Outcomes:
        """Those of a mask, shape (answers,)."""
        return Outcomes(self.level[chosen], self.ramp[chosen], self.ok[chosen])

    def at(self, level: int) -> tuple[int, int]:
        """Feasible answers and answers at one level."""
        here = self.level == level
        return int(self.ok[here].sum()), int(here.sum())


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its 95 % interval."""

    value: float
    confidence: Interval


def weighted_share(outcomes: Outcomes, weights: np.ndarray) -> Estimate:
    """Mean over levels of the share feasible, levels weighted.

    The variance is the larger of two: that of ramps about their mean, and that of independent answers, in which a
    level's share is drawn towards a half by one success and one failure, so that a level without failures is not
    taken for one that cannot fail. The interval is Wilson's at the number of independent answers that would have
    this variance, less what Student's t for so few ramps costs.

    Args:
        outcomes: at least one answer.
        weights: of the levels in ``outcomes.levels``, shape (levels,); need not sum to one.
    """
    index = np.searchsorted(outcomes.levels, outcomes.level)
    n = np.bincount(index)
    successes = np.bincount(index, outcomes.ok)
    shares, drawn = successes / n, (successes + 1) / (n + 2)
    value = float(weights @ shares / np.sum(weights))  # divided last, so that all feasible is exactly 1
    weights = weights / np.sum(weights)
    centre = float(weights @ drawn)
    variance = float(np.sum(weights**2 * drawn * (1 - drawn) / n))
    deviations = (weights / n)[index] * (outcomes.ok - shares[index])
    by_ramp = np.bincount(np.unique(outcomes.ramp, return_inverse=True)[1], deviations)
    ramps = len(by_ramp)
    if ramps > 1:
        variance = max(variance, ramps / (ramps - 1) * float(by_ramp @ by_ramp))
    effective = centre * (1 - centre) / variance
    if ramps > 1:
        effective *= (Z / t_quantile(ramps - 1)) ** 2
    return Estimate(value, wilson(value * effective, effective))
