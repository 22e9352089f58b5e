"""What can be said of two samples of campaigns, of each of which only the order of its results can be trusted.

All works on costs: scores turned so that less is better, infinite for a campaign that has no winner. Such campaigns
count: they are the worst, and equal among themselves. A statistic that is infinite or undefined is None.

Samples are taken for independent. Campaigns of different proposers that share a seed may be alike (``genetic`` and
``random`` begin with the same programs); tests and intervals then err on the cautious side.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from evaluators.verdicts import Comparison

RESAMPLES = 4000
LEVEL = 0.05
"""Of significance, for all pairs together."""
MAX_SAMPLE = 100
"""Campaigns of a proposer up to which the exact distribution of the rank sum takes less than a second."""

Interval = tuple[float | None, float | None]


def finite(value: float) -> float | None:
    """The number, or None if it is infinite or none."""
    return float(value) if math.isfinite(value) else None


def quantile(costs: np.ndarray, share: float) -> float:
    """Quantile of ``costs``, shape (campaigns,), interpolated (Hyndman & Fan 1996, type 7); may be infinite."""
    ordered = np.sort(costs)
    place = share * (len(ordered) - 1)
    below, above = float(ordered[math.floor(place)]), float(ordered[math.ceil(place)])
    # Between infinities there is nothing to interpolate.
    return below if below == above else below + (above - below) * (place - math.floor(place))


@lru_cache(maxsize=4)
def _drawn(size: int, sample: int) -> np.ndarray:
    """Indices of the resamples of a sample, (RESAMPLES, size), from a fixed seed; those of sample 0 and 1 differ."""
    return np.random.default_rng([20_231, size, sample]).integers(0, size, (RESAMPLES, size))


def _medians(costs: np.ndarray, sample: int = 0) -> np.ndarray:
    """Median of each resample of ``costs``, shape (campaigns,); shape (RESAMPLES,)."""
    medians: np.ndarray = np.median(costs[_drawn(len(costs), sample)], axis=1)
    return medians


def _limits(values: np.ndarray) -> tuple[float, float]:
    """Percentiles 2.5 and 97.5 that occur among ``values``; not a number if one of these is none."""
    low, high = np.percentile(values, [2.5, 97.5], method="nearest")
    return float(low), float(high)


def median_interval(costs: np.ndarray) -> tuple[float, float]:
    """95 % percentile bootstrap interval of the median (Efron & Tibshirani 1993, ch. 13); may be infinite.

    Args:
        costs: shape (campaigns,), at least one.
    """
    return _limits(_medians(costs))


def median_difference(first: np.ndarray, second: np.ndarray) -> tuple[float | None, Interval]:
    """Median of the first sample less that of the second, with its 95 % bootstrap interval.

    Args:
        first: costs, shape (campaigns,).
        second: costs of others, resampled apart from the first; shape (other campaigns,).
    """
    with np.errstate(invalid="ignore"):  # infinite less infinite is not a number, and is said to be unknown
        difference = float(np.median(first) - np.median(second))
        low, high = _limits(_medians(first) - _medians(second, sample=1))
    return finite(difference), (finite(low), finite(high))


@dataclass(frozen=True, slots=True)
class RankTest:
    """Two samples compared by ranks.

    Attributes:
        u: pairs, one of each sample, in which the first has the lower cost; equal costs are half a pair.
        p: of the two-sided exact test.
        a12: probability that one of the first does better than one of the second, equal ones counting half
            (Vargha & Delaney 2000, Journal of Educational and Behavioral Statistics 25, 101-132).
        cliffs_delta: 2 a12 - 1 (Cliff 1993, Psychological Bulletin 114, 494-509).
        magnitude: of the effect, in the words of Vargha & Delaney: small from 0.56, medium from 0.64, large from 0.71,
            and as much below a half.
    """

    u: float
    p: float
    a12: float
    cliffs_delta: float
    magnitude: str


def rank_test(first: np.ndarray, second: np.ndarray) -> RankTest:
    """Mann-Whitney U test (1947, Annals of Mathematical Statistics 18, 50-60) with effect sizes.

    The distribution is the exact one given the ties: of all ways to choose the first sample out of both together, the
    share that has a rank sum at least as far from its mean. It is counted rank by rank, as in their recurrence.

    Args:
        first: costs, shape (campaigns,), at most ``MAX_SAMPLE``.
        second: likewise.
    """
    n, m = len(first), len(second)
    _, place, count = np.unique(np.concatenate([first, second]), return_inverse=True, return_counts=True)
    # Twice the middle rank of equal ones is a whole number.
    doubled = (2 * (np.cumsum(count) - count) + count + 1)[place]
    observed, mean = int(doubled[:n].sum()), n * (n + m + 1)
    ways = np.zeros((n + 1, int(np.sort(doubled)[-n:].sum()) + 1))
    ways[0, 0] = 1
    for rank in doubled.tolist():
        ways[1:, rank:] += ways[:-1, : ways.shape[1] - rank]
    far = np.abs(np.arange(ways.shape[1]) - mean) >= abs(observed - mean)
    u = n * m - (observed / 2 - n * (n + 1) / 2)
    a12 = u / (n * m)
    return RankTest(u, min(1.0, float(ways[n, far].sum() / math.comb(n + m, n))), a12, 2 * a12 - 1, _magnitude(a12))


def told_apart(p: float, a12: float) -> Comparison:
    """Whether the first sample is better or worse than the second.

    The interval of their difference does not say so: resampling a handful of campaigns makes it too short, while the
    test is exact whatever their number.

    Args:
        p: of the rank test, adjusted for all pairs that are compared.
        a12: probability that one of the first does better than one of the second.
    """
    if p >= LEVEL or a12 == 0.5:
        return Comparison.INDISTINGUISHABLE
    return Comparison.BETTER if a12 > 0.5 else Comparison.WORSE


def _magnitude(a12: float) -> str:
    effect = round(abs(a12 - 0.5), 9)  # so that 0.56 is not below 0.56
    for least, word in ((0.21, "large"), (0.14, "medium"), (0.06, "small")):
        if effect >= least:
            return word
    return "negligible"
