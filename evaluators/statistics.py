"""Intervals and comparisons over instances.

All intervals are 95 % percentile bootstrap intervals over instances (Efron & Tibshirani 1993, ch. 13), with resamples
drawn once per sample size from a fixed seed, so that the same scores always give the same interval. Scores that are
measured have intervals of their own, over repeated measurements of the instances there are; :func:`measured` compares
those.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from evaluators.declaration import Direction
from evaluators.verdicts import Comparison

RESAMPLES = 1000


_BLOCK = 125
"""Resamples worked on at one time: what they need fits the second-level cache."""


@lru_cache(maxsize=16)
def _counts(size: int) -> np.ndarray:
    """How often each of ``size`` instances is in each resample, (RESAMPLES, size); bytes, since a driver keeps them."""
    rng = np.random.default_rng(20_231 + size)
    return rng.multinomial(size, np.full(size, 1.0 / size), size=RESAMPLES).astype(np.uint8)


def _resampled_means(values: np.ndarray) -> np.ndarray:
    """Mean of ``values``, shape (instances,), in each resample, (RESAMPLES,), in the type of ``values``."""
    counts = _counts(len(values))
    blocks = [counts[i : i + _BLOCK].astype(values.dtype) @ values for i in range(0, RESAMPLES, _BLOCK)]
    means: np.ndarray = np.concatenate(blocks) / values.dtype.type(len(values))
    return means


def mean_interval(scores: np.ndarray) -> tuple[float, float]:
    """95 % interval of the mean of ``scores``, shape (instances,)."""
    if len(scores) < 2:
        value = float(np.mean(scores))
        return value, value
    centre = float(np.mean(scores))
    # Centred first: float32 resampling then loses nothing that matters, however large the scores are.
    low, high = np.percentile(_resampled_means((np.asarray(scores, float) - centre).astype(np.float32)), [2.5, 97.5])
    return centre + float(low), centre + float(high)


def ratio_interval(ours: np.ndarray, theirs: np.ndarray) -> tuple[float, tuple[float, float]]:
    """Ratio of sums ours/theirs with its 95 % interval, instances resampled in pairs."""
    top, bottom = _resampled_means(np.asarray(ours, float)), _resampled_means(np.asarray(theirs, float))
    ratios = np.divide(top, bottom, out=np.full(len(top), np.inf), where=bottom > 0)
    low, high = np.percentile(ratios, [2.5, 97.5], method="nearest")  # between infinities nothing can be interpolated
    total = float(np.sum(theirs))
    return (float(np.sum(ours)) / total if total > 0 else float("inf")), (float(low), float(high))


@dataclass(frozen=True, slots=True)
class Paired:
    """A paired comparison of two score vectors on the same instances.

    Attributes:
        difference: mean of ours - theirs, in the unit of the score.
        confidence: its 95 % interval.
        comparison: ``better`` or ``worse`` only if the whole interval is on one side of zero.
        wins: instances where ours is better.
        ties: instances with equal scores.
        losses: instances where ours is worse.
    """

    difference: float
    confidence: tuple[float, float]
    comparison: Comparison
    wins: int
    ties: int
    losses: int

    def as_json(self) -> dict[str, Any]:
        """Plain values for a JSON document."""
        return {
            "difference": self.difference,
            "confidence": list(self.confidence),
            "comparison": self.comparison.value,
            "wins": self.wins,
            "ties": self.ties,
            "losses": self.losses,
        }


def paired(ours: np.ndarray, theirs: np.ndarray, direction: Direction) -> Paired:
    """Compare per-instance scores, shape (instances,) each.

    Raises:
        ValueError: if the shapes differ.
    """
    if ours.shape != theirs.shape:
        raise ValueError(f"paired comparison of {ours.shape} with {theirs.shape} scores")
    difference = np.asarray(ours, float) - np.asarray(theirs, float)
    return _compared(difference, mean_interval(difference), direction)


def measured(
    ours: np.ndarray,
    our_interval: tuple[float, float],
    theirs: np.ndarray,
    their_interval: tuple[float, float],
    direction: Direction,
) -> Paired:
    """Compare per-instance scores, shape (instances,) each, whose means were measured apart, each with its interval.

    The interval of the difference is made of theirs (Zou & Donner, Statistics in Medicine 27, 2008, 1693-1702).
    """
    difference = np.asarray(ours, float) - np.asarray(theirs, float)
    mine, other = float(np.mean(ours)), float(np.mean(theirs))
    below = float(np.hypot(mine - our_interval[0], their_interval[1] - other))
    above = float(np.hypot(our_interval[1] - mine, other - their_interval[0]))
    return _compared(difference, (mine - other - below, mine - other + above), direction)


def _compared(difference: np.ndarray, interval: tuple[float, float], direction: Direction) -> Paired:
    low, high = interval
    sign = 1.0 if direction == "min" else -1.0
    good, bad = int(np.sum(sign * difference < 0)), int(np.sum(sign * difference > 0))
    if sign * low < 0 and sign * high < 0:
        comparison = Comparison.BETTER
    elif sign * low > 0 and sign * high > 0:
        comparison = Comparison.WORSE
    else:
        comparison = Comparison.INDISTINGUISHABLE
    return Paired(float(np.mean(difference)), (low, high), comparison, good, len(difference) - good - bad, bad)
