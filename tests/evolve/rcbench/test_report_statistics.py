"""The report's statistics, against values from elsewhere and against models whose truth is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pytest

from evolve.rcbench.report.curves import area, overall, smoothed, thresholds, weighted_area
from evolve.rcbench.report.interaction import NEEDED, interaction
from evolve.rcbench.report.intervals import Outcomes, t_quantile, weighted_share, wilson
from evolve.rcbench.report.paired import compare, holm, mcnemar

LEVELS = np.arange(1, 31)
Curve = Callable[[np.ndarray], np.ndarray]


def logistic(middle: float, width: float) -> Curve:
    return lambda k: np.clip(1 / (1 + np.exp((k - middle) / width)), 1e-6, 1 - 1e-6)


def planted(
    rng: np.random.Generator, curve: Curve, ramps: int = 10, spread: float = 0.0, levels: np.ndarray = LEVELS
) -> Outcomes:
    """Right with probability ``curve(k)``; with ``spread`` some ramps are easier than others."""
    level, ramp = np.repeat(levels, ramps), np.tile(np.arange(ramps), len(levels))
    share = curve(level.astype(float))
    odds = share / (1 - share) * np.exp(rng.normal(0, spread, ramps))[ramp]
    return Outcomes(level, ramp, rng.random(len(level)) < odds / (1 + odds))


def moving_mean(values: np.ndarray) -> np.ndarray:
    return np.array([values[np.abs(LEVELS - level) <= 1].mean() for level in LEVELS])


@pytest.mark.parametrize(
    ("degrees", "quantile"),
    [
        (1, 12.7062), (2, 4.30265), (3, 3.18245), (9, 2.26216), (10, 2.22814), (29, 2.04523), (120, 1.97993),
        (10**6, 1.95997),
    ],
)  # fmt: skip
def test_quantiles_of_t_are_those_of_the_tables(degrees: int, quantile: float):
    assert t_quantile(degrees) == pytest.approx(quantile, rel=3e-6)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(0, 10, 0.0, 0.277533), (10, 10, 0.722467, 1.0), (5, 10, 0.236593, 0.763407), (81, 263, 0.255289, 0.366210)],
)
def test_wilson_gives_published_intervals(successes: int, n: int, low: float, high: float):
    assert wilson(successes, n) == pytest.approx((low, high), abs=1e-5)
    assert wilson(0, 0) == (0.0, 1.0)


def test_mcnemar_is_a_binomial_test_on_the_pairs_that_differ():
    assert mcnemar(0, 0) == mcnemar(3, 3) == 1.0
    assert mcnemar(1, 8) == pytest.approx(20 / 512)
    assert mcnemar(8, 1) == mcnemar(1, 8)
    assert mcnemar(0, 5000) == 0.0


def test_holm_steps_down_and_never_falls():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


def test_areas_weigh_levels_not_answers():
    level = np.array([1, 1, 1, 1, 3, 3])
    found = Outcomes(level, np.array([1, 2, 3, 4, 1, 2]), np.array([True, True, True, False, True, False]))
    assert area(found).value == pytest.approx((0.75 + 0.5) / 2)
    assert weighted_area(found).value == pytest.approx((0.75 + 3 * 0.5) / 4)
    assert overall(found).value == pytest.approx(4 / 6)


def test_one_level_has_nearly_wilsons_interval():
    """Nearly, since ten ramps say less than t would have it of the normal distribution."""
    ok = np.arange(300) < 120
    low, high = weighted_share(Outcomes(np.full(300, 7), np.arange(300), ok), np.ones(1)).confidence
    assert (low, high) == pytest.approx(wilson(120, 300), abs=2e-3)


def test_nothing_is_certain_where_everything_was_right():
    found = planted(np.random.default_rng(0), lambda k: np.full(len(k), 1 - 1e-12))
    low, high = area(found).confidence
    assert high == 1.0
    assert 0.97 < low < 0.995


def test_all_feasible_is_exactly_one():
    level, ramp = np.repeat(np.arange(1, 31), 10), np.tile(np.arange(10), 30)
    outcomes = Outcomes(level, ramp, np.ones(300, bool))
    for estimate in (area(outcomes), weighted_area(outcomes), overall(outcomes)):
        assert (estimate.value, estimate.confidence[1]) == (1.0, 1.0)


def test_levels_that_were_not_asked_are_not_averaged_over():
    found = Outcomes(np.array([5, 15, 30]), np.array([1, 1, 1]), np.array([True, True, False]))
    assert [mean.value for mean in smoothed(found)] == [1.0, 1.0, 0.0]
    assert [threshold.level for threshold in thresholds(found)] == [30, 30]


def test_a_share_never_lost_has_no_threshold_and_one_never_had_has_the_first_level():
    rng = np.random.default_rng(1)
    always, never = planted(rng, lambda k: np.full(len(k), 0.999)), planted(rng, lambda k: np.full(len(k), 0.001))
    (lost,) = thresholds(always, [0.5])
    assert (lost.level, lost.confidence) == (None, (None, None))
    (had,) = thresholds(never, [0.9])
    assert (had.level, had.confidence) == (1, (1, 1))


@pytest.mark.parametrize("curve", [logistic(15.3, 2), logistic(12.4, 5), logistic(20, 0.3), lambda k: 1 - k / 31])
@pytest.mark.parametrize("spread", [0.0, 1.0], ids=["ramps alike", "ramps differ"])
def test_planted_areas_and_thresholds_are_covered(curve: Curve, spread: float):
    """At least as often as 95 % intervals promise, less what chance takes in 40 repetitions."""
    rng = np.random.default_rng(7)
    odds = curve(LEVELS.astype(float)) / (1 - curve(LEVELS.astype(float)))
    many = odds * np.exp(rng.normal(0, spread, (4000, 1)))
    truth = (many / (1 + many)).mean(axis=0)
    breaks = {share: 1 + int(np.max(LEVELS[moving_mean(truth) >= share], initial=0)) for share in (0.9, 0.5)}
    hits = np.zeros(4)
    for _ in range(40):
        found = planted(rng, curve, spread=spread)
        for k, (estimate, value) in enumerate(
            [(area(found), truth.mean()), (weighted_area(found), LEVELS @ truth / LEVELS.sum())]
        ):
            hits[k] += estimate.confidence[0] <= value <= estimate.confidence[1]
        for k, threshold in enumerate(thresholds(found, list(breaks)), 2):
            low, high = (99 if end is None else end for end in threshold.confidence)
            hits[k] += low <= breaks[threshold.share] <= high
    assert (hits / 40 >= 0.85).all(), hits / 40


def ways(alone: Curve, axes: list[Curve], excess: float) -> Mapping[str, Curve]:
    """Curves by phase; what survives the combination is the product less ``excess``."""

    def combined(k: np.ndarray) -> np.ndarray:
        return np.clip(alone(k) * np.prod([axis(k) / alone(k) for axis in axes], axis=0) - excess, 1e-6, 1)

    return dict(zip(NEEDED, [alone, *axes, combined], strict=True))


GOOD = (lambda k: 0.98 - 0.005 * k, [lambda k: 0.95 - 0.02 * k, lambda k: 0.95 - 0.02 * k, lambda k: 0.9 - 0.01 * k])
POOR = (lambda k: 0.7 - 0.01 * k, [lambda k: 0.6 - 0.01 * k] * 3)


@pytest.mark.parametrize(("alone", "axes"), [GOOD, POOR], ids=["good", "poor"])
def test_independent_axes_are_seldom_called_an_interaction(alone: Curve, axes: list[Curve]):
    rng = np.random.default_rng(3)
    verdicts = []
    for _ in range(40):
        phases = {phase: planted(rng, curve) for phase, curve in ways(alone, axes, 0.0).items()}
        found = interaction(phases)
        assert found is not None
        verdicts.append(found.verdict)
    assert verdicts.count("indistinguishable") >= 35


@pytest.mark.parametrize("levels", [[5, 15, 30], [15], [1, 2, 10, 11, 20, 21]], ids=str)
@pytest.mark.parametrize("excess", [0.0, 0.05])
def test_an_excess_is_covered_where_levels_lie_apart(levels: list[int], excess: float):
    """Few answers meet precedence alone, and none beside them are averaged with them: the estimate jumps."""
    alone, axes = POOR
    rng, at = np.random.default_rng(8), np.array(levels)
    covered = 0
    for _ in range(100):
        curves = ways(alone, axes, excess)
        found = interaction({phase: planted(rng, curve, levels=at) for phase, curve in curves.items()})
        assert found is not None
        assert found.levels == tuple(levels)
        assert found.confidence is not None
        covered += found.confidence[0] <= excess <= found.confidence[1]
    assert covered >= 92


def test_a_planted_interaction_is_found_and_measured():
    rng = np.random.default_rng(4)
    covered = verdicts = 0
    for _ in range(40):
        found = interaction({phase: planted(rng, curve) for phase, curve in ways(*GOOD, 0.15).items()})
        assert found is not None
        assert found.confidence is not None
        covered += found.confidence[0] <= 0.1486 <= found.confidence[1]
        verdicts += found.verdict == "more"
    assert covered >= 35
    assert verdicts >= 35


def test_an_excess_of_shares_is_never_more_than_all_of_them():
    """Few ramps, and hardly an answer that meets precedence alone: what is divided by next to nothing has no bound."""
    rng = np.random.default_rng(5)
    for _ in range(20):
        alone, axis = (lambda k: 0.06), (lambda k: 0.3)
        found = interaction({p: planted(rng, alone if p == "precedence" else axis, ramps=5) for p in NEEDED})
        assert found is not None
        assert found.confidence is not None
        assert max(map(abs, (*found.expected, found.excess, *found.confidence))) <= 1.0


def test_an_interaction_needs_all_phases_a_shared_level_and_some_ramps():
    rng = np.random.default_rng(5)
    phases = {phase: planted(rng, logistic(20, 3)) for phase in NEEDED}
    assert interaction({phase: found for phase, found in phases.items() if phase != "only-windows"}) is None
    apart = {**phases, "all": phases["all"].where(phases["all"].level > 30)}
    assert interaction(apart) is None
    few = interaction({phase: found.where(found.ramp < 3) for phase, found in phases.items()})
    assert few is not None
    assert (few.confidence, few.verdict) == (None, "indistinguishable")
    asked = phases["precedence"]
    lone = {**phases, "precedence": asked.where((asked.level < 9) | ((asked.level == 20) & (asked.ramp == 3)))}
    found = interaction(lone)
    assert found is not None
    assert found.levels == (*range(1, 9), 20)
    assert (found.confidence, found.verdict) == (None, "indistinguishable")  # without ramp 3 level 20 is unknown


def test_a_difference_is_covered_whether_or_not_ramps_differ():
    rng = np.random.default_rng(6)
    ramp = np.tile(np.arange(10), 30)
    for spread in (0.0, 1.5):
        covered = 0
        for _ in range(200):
            easier = rng.normal(0, spread, (2, 10))[:, ramp]
            first, second = rng.random((2, 300)) < 1 / (1 + np.exp(-0.5 - easier))
            low, high = compare(first, second, ramp).confidence
            covered += low <= 0 <= high
        assert covered >= 184


def test_a_comparison_counts_what_only_one_solved():
    first = np.array([True, True, True, False, True, False])
    second = np.array([True, False, False, True, False, False])
    found = compare(first, second, np.arange(6))
    assert (found.n, found.only_first, found.only_second) == (6, 3, 1)
    assert found.difference == pytest.approx(2 / 6)
    assert found.p == pytest.approx(10 / 16)
    assert found.confidence[0] < found.difference < found.confidence[1]
