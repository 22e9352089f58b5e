"""Does the combination of constraints fail more than its parts would together?

The published claim is that models break where constraints interact, not by any axis alone (arXiv 2508.15204). If
axes failed independently, an answer would survive the combination at level k with probability

    E(k) = F_0(k) * product over axes a of F_a(k) / F_0(k),

where F_a is the share feasible with axis ``a`` alone on top of precedence, and F_0 that of precedence alone; without
the division precedence would be counted once an axis. The excess is the mean over levels of E(k) - F_all(k): above
zero the combination fails more than the product of its parts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from evaluators.rconstraintbench.model import ABLATIONS
from evolve.rcbench.report.intervals import Interval, Outcomes, t_quantile

ALONE, COMBINED = "precedence", "all"
NEEDED = (ALONE, *ABLATIONS, COMBINED)
FEWEST_RAMPS = 5  # with fewer the interval is too narrow as often as not


@dataclass(frozen=True, slots=True)
class Interaction:
    """The test of the claim for one contestant.

    Attributes:
        levels: that all phases have in common.
        expected: E(k), shape (levels,), from moving means over three levels.
        observed: F_all(k), likewise.
        excess: mean of expected - observed, corrected for bias.
        confidence: its 95 % interval, or None with too few ramps, in all or at one of the levels.
        verdict: ``more``, ``less`` or ``indistinguishable``: whether the combination fails more often than the product.
    """

    levels: tuple[int, ...]
    expected: tuple[float, ...]
    observed: tuple[float, ...]
    excess: float
    confidence: Interval | None
    verdict: str


def interaction(phases: Mapping[str, Outcomes]) -> Interaction | None:
    """Test one contestant, or None if not all phases that are needed share a level.

    Args:
        phases: answers by phase.
    """
    if not all(phase in phases and len(phases[phase]) for phase in NEEDED):
        return None
    shared = set.intersection(*(set(phases[phase].levels.tolist()) for phase in NEEDED))
    if not shared:
        return None
    levels = np.array(sorted(shared))
    near = (np.abs(levels[:, None] - levels) <= 1).astype(float)
    successes, counts = _counts(phases, levels)
    expected, observed = _curves(successes.sum(axis=2), counts.sum(axis=2), near)
    excess, interval = float(np.mean(expected - observed)), None
    ramps = counts.shape[2]
    left_out = np.array([
        np.mean(np.subtract(*_curves(np.delete(successes, g, 2).sum(2), np.delete(counts, g, 2).sum(2), near)))
        for g in range(ramps)
    ])  # fmt: skip
    if ramps >= FEWEST_RAMPS and not np.isnan(left_out).any():
        error = _error_of_answers(successes.sum(axis=2), counts.sum(axis=2), near)
        excess, interval = _jackknife(excess, left_out, error)
    verdict = "indistinguishable"
    if interval is not None and (interval[0] > 0 or interval[1] < 0):
        verdict = "more" if interval[0] > 0 else "less"
    return Interaction(
        tuple(levels.tolist()), tuple(expected.tolist()), tuple(observed.tolist()), excess, interval, verdict
    )


def _counts(phases: Mapping[str, Outcomes], levels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Feasible answers and answers at these levels, both of shape (phases, levels, ramps)."""
    here = [phases[phase].where(np.isin(phases[phase].level, levels)) for phase in NEEDED]
    ramps = np.unique(np.concatenate([found.ramp for found in here]))
    shape = (len(NEEDED), len(levels), len(ramps))
    successes, counts = np.zeros(shape), np.zeros(shape)
    for p, found in enumerate(here):
        at = np.searchsorted(levels, found.level), np.searchsorted(ramps, found.ramp)
        np.add.at(successes[p], at, found.ok)
        np.add.at(counts[p], at, 1)
    return successes, counts


def _curves(successes: np.ndarray, counts: np.ndarray, near: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """E(k) and F_all(k) from counts of shape (phases, levels); NaN where a phase has no answer.

    Args:
        successes: feasible answers.
        counts: answers.
        near: 1 where two levels are part of one moving mean, else 0, shape (levels, levels).
    """
    top, bottom = successes @ near, counts @ near
    shares = np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom > 0)
    alone, axes, combined = shares[0], shares[1:-1], shares[-1]
    # Where precedence alone is never met, neither is anything on top of it.
    survival = np.divide(axes, alone, out=np.where(np.isnan(axes * alone), np.nan, 0.0), where=alone > 0)
    # A probability; where few answers meet precedence alone, chance multiplied by itself would say any number. (To hold
    # it below F_0 is too much: the intervals then miss one time in ten.)
    return np.minimum(alone * np.prod(survival, axis=0), 1.0), combined


def _error_of_answers(successes: np.ndarray, counts: np.ndarray, near: np.ndarray) -> float:
    """Standard error of the excess if answers were independent, by the delta method; arguments as of :func:`_curves`.

    Each share is drawn towards a half by one success and one failure, as in :func:`.intervals.weighted_share`.
    """
    drawn = (successes + 1) / (counts + 2)
    bottom = counts @ near
    shares = (counts * drawn) @ near / bottom
    alone, axes = shares[0], shares[1:-1]
    expected = np.minimum(alone * np.prod(axes / alone, axis=0), 1.0)
    slopes = np.vstack([(1 - len(axes)) * expected / alone, expected / axes, np.full((1, len(near)), -1.0)])
    influence = counts * (slopes / bottom @ near) / len(near)
    return math.sqrt(float(np.sum(influence**2 * drawn * (1 - drawn) / counts)))


def _jackknife(estimate: float, left_out: np.ndarray, least: float) -> tuple[float, Interval]:
    """The estimate less its bias, and its interval (Efron & Tibshirani 1993, ch. 11), from those without one ramp.

    Where few answers meet precedence alone, as where levels lie too far apart to be averaged, the estimate jumps, and
    leaving out one ramp shows too little of it: the standard error is at least ``least``.
    """
    ramps = len(left_out)
    mean = float(left_out.mean())
    error = max(least, math.sqrt((ramps - 1) / ramps * float(np.sum((left_out - mean) ** 2))))
    corrected = ramps * estimate - (ramps - 1) * mean
    half = t_quantile(ramps - 1) * error
    low, middle, high = np.clip([corrected - half, corrected, corrected + half], -1.0, 1.0).tolist()
    return middle, (low, high)
