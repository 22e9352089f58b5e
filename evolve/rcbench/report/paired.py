"""Two contestants on the same instances: is the difference more than chance?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evolve.rcbench.report.intervals import Interval, t_quantile


@dataclass(frozen=True, slots=True)
class Pair:
    """A paired comparison of two contestants.

    Attributes:
        n: instances both answered.
        only_first: those only the first one solved.
        only_second: those only the second one solved.
        difference: share solved by the first less that of the second.
        confidence: its 95 % interval, ramps being the independent units.
        p: of McNemar's exact test, two-sided.
    """

    n: int
    only_first: int
    only_second: int
    difference: float
    confidence: Interval
    p: float


def compare(first: np.ndarray, second: np.ndarray, ramp: np.ndarray) -> Pair:
    """Compare what two contestants solved of the same instances.

    The variance of the difference is the larger of that of ramps and that of independent instances, the latter with
    half an instance added to each of the four cells (Agresti & Min 2005, Statistics in Medicine 24).

    Args:
        first: whether the first one's answer was feasible, shape (instances,), bool.
        second: the second one's, same shape.
        ramp: to which ramp each instance belongs, same shape.
    """
    n = len(first)
    only_first, only_second = int(np.sum(first & ~second)), int(np.sum(second & ~first))
    difference = (only_first - only_second) / n
    larger = n + 2.0
    centre = (only_first - only_second) / larger
    variance = ((only_first + only_second + 1) / larger - centre**2) / larger
    deviations = first.astype(float) - second - difference
    by_ramp = np.bincount(np.unique(ramp, return_inverse=True)[1], deviations) / n
    ramps = len(by_ramp)
    if ramps > 1:
        variance = max(variance, ramps / (ramps - 1) * float(by_ramp @ by_ramp))
    half = t_quantile(ramps - 1 if ramps > 1 else n) * math.sqrt(variance)
    interval = max(-1.0, difference - half), min(1.0, difference + half)
    return Pair(n, only_first, only_second, difference, interval, mcnemar(only_first, only_second))


def mcnemar(only_first: int, only_second: int) -> float:
    """P value of McNemar's test (1947, Psychometrika 12) in its exact, binomial form, two-sided."""
    n = only_first + only_second
    tail = sum(math.comb(n, k) for k in range(min(only_first, only_second) + 1))
    return min(1.0, float(2 * tail / 2**n))


def holm(p: Sequence[float]) -> list[float]:
    """P values adjusted for testing all of them (Holm 1979, Scandinavian Journal of Statistics 6)."""
    adjusted = [0.0] * len(p)
    largest = 0.0
    for rank, k in enumerate(sorted(range(len(p)), key=lambda k: p[k])):
        largest = max(largest, min(1.0, (len(p) - rank) * p[k]))
        adjusted[k] = largest
    return adjusted
