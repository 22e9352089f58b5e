"""How often the 95 % intervals of R-ConstraintBench's report cover the truth of simulated models.

    python benchmarks/rcbench_intervals.py [REPEATS]

30 levels; answers independent, or ramps of different difficulty (standard deviation 1.5 of the log odds).
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable

import numpy as np

from evolve.rcbench.report.curves import area, thresholds
from evolve.rcbench.report.interaction import NEEDED, interaction
from evolve.rcbench.report.intervals import Outcomes
from evolve.rcbench.report.paired import compare

LEVELS, APART = np.arange(1, 31), np.array([5, 15, 30])
NEVER = 99
Curve = Callable[[np.ndarray], np.ndarray]
CURVES: dict[str, Curve] = {
    "steep": lambda k: 1 / (1 + np.exp((k - 15.3) / 2)),
    "slow": lambda k: 1 / (1 + np.exp((k - 12.4) / 5)),
    "line": lambda k: 1 - k / 31,
    "ceiling": lambda k: np.full(len(k), 0.97),
    "floor": lambda k: np.full(len(k), 0.03),
}


def answers(rng: np.random.Generator, curve: Curve, ramps: int, spread: float, levels: np.ndarray = LEVELS) -> Outcomes:
    level, ramp = np.repeat(levels, ramps), np.tile(np.arange(ramps), len(levels))
    share = curve(level.astype(float))
    odds = share / (1 - share) * np.exp(rng.normal(0, spread, ramps))[ramp]
    return Outcomes(level, ramp, rng.random(len(level)) < odds / (1 + odds))


def true_curve(rng: np.random.Generator, curve: Curve, spread: float) -> np.ndarray:
    share = curve(LEVELS.astype(float))
    odds = share / (1 - share) * np.exp(rng.normal(0, spread, (20_000, 1)))
    return (odds / (1 + odds)).mean(axis=0)


def curves(rng: np.random.Generator, repeats: int) -> None:
    for name, curve in CURVES.items():
        for spread in (0.0, 1.5):
            truth = true_curve(rng, curve, spread)
            means = np.array([truth[np.abs(LEVELS - level) <= 1].mean() for level in LEVELS])
            for ramps in (3, 10, 30):
                hits = np.zeros(3)
                for _ in range(repeats):
                    found = answers(rng, curve, ramps, spread)
                    low, high = area(found).confidence
                    hits[0] += low <= truth.mean() <= high
                    for k, threshold in enumerate(thresholds(found), 1):
                        last = int(np.max(LEVELS[means >= threshold.share], initial=0))
                        low, high = (NEVER if end is None else end for end in threshold.confidence)
                        hits[k] += low <= (last + 1 if last < LEVELS[-1] else NEVER) <= high
                shown = ", ".join(f"{100 * hit / repeats:.0f} %" for hit in hits)
                print(f"{name}, spread {spread:g}, {ramps} ramps: AUC, k 0.9, k 0.5 covered in {shown}")


def interactions(rng: np.random.Generator, repeats: int) -> None:
    def product(alone: Curve, axis: Curve) -> Curve:
        return lambda k: alone(k) * (axis(k) / alone(k)) ** 3

    for name, alone, axis in (
        ("good", lambda k: 0.98 - 0.005 * k, lambda k: 0.95 - 0.02 * k),
        ("poor", lambda k: 0.8 - 0.02 * k, lambda k: 0.64 - 0.016 * k),
    ):
        for ramps, levels in itertools.product((10, 30), (LEVELS, APART)):
            covered = 0
            for _ in range(repeats):
                phases = dict(zip(NEEDED, [alone, axis, axis, axis, product(alone, axis)], strict=True))
                found = interaction({p: answers(rng, curve, ramps, 0.0, levels) for p, curve in phases.items()})
                assert found is not None
                assert found.confidence is not None
                covered += found.confidence[0] <= 0 <= found.confidence[1]
            shown = f"{100 * covered / repeats:.0f} %"
            print(f"no interaction, {name} model, {ramps} ramps, {len(levels)} levels: covered in {shown}")


def differences(rng: np.random.Generator, repeats: int) -> None:
    for spread in (0.0, 1.5):
        for ramps in (3, 10, 30):
            ramp = np.tile(np.arange(ramps), len(LEVELS))
            covered = rejected = 0
            for _ in range(repeats):
                easier = rng.normal(0, spread, (2, ramps))[:, ramp]
                first, second = rng.random((2, len(ramp))) < 1 / (1 + np.exp(-0.5 - easier))
                found = compare(first, second, ramp)
                covered += found.confidence[0] <= 0 <= found.confidence[1]
                rejected += found.p < 0.05
            print(
                f"equal contestants, spread {spread:g}, {ramps} ramps: covered in {100 * covered / repeats:.0f} %, "
                f"McNemar rejects {100 * rejected / repeats:.0f} %"
            )


if __name__ == "__main__":
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    rng = np.random.default_rng(1)
    curves(rng, repeats)
    interactions(rng, repeats)
    differences(rng, repeats)
