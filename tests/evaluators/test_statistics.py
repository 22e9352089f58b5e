"""Intervals cover what they should, and comparisons say better only of what is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from evaluators.statistics import mean_interval, measured, paired, ratio_interval
from evaluators.verdicts import Comparison

DRAWS = {
    "normal": (lambda rng, shape: rng.normal(3.0, 2.0, shape), 3.0),
    "exponential": (lambda rng, shape: rng.exponential(2.0, shape), 2.0),
    "large and narrow": (lambda rng, shape: 1e7 + rng.normal(0.0, 1e-2, shape), 1e7),
}


@pytest.mark.parametrize("name", DRAWS)
def test_interval_covers_the_mean_in_about_19_of_20_cases(name):
    draw, mean = DRAWS[name]
    samples = draw(np.random.default_rng(7), (600, 100))
    covered = [low <= mean <= high for low, high in map(mean_interval, samples)]
    assert 0.91 <= np.mean(covered) <= 0.98


def test_interval_has_the_width_theory_gives():
    scores = np.random.default_rng(1).normal(0.0, 1.0, 400)
    low, high = mean_interval(scores)
    assert low < scores.mean() < high
    assert high - low == pytest.approx(2 * 1.96 * scores.std() / 20, rel=0.06)


def test_interval_is_reproducible_and_moves_with_the_scores():
    scores = np.random.default_rng(1).exponential(1.0, 50)
    low, high = mean_interval(scores)
    assert mean_interval(scores.copy()) == (low, high)
    assert mean_interval(2 * scores + 5) == pytest.approx((2 * low + 5, 2 * high + 5), rel=1e-6)
    assert mean_interval(-scores) == pytest.approx((-high, -low), rel=0.02)


@pytest.mark.parametrize(("scores", "interval"), [([4.0], (4.0, 4.0)), ([2.0] * 9, (2.0, 2.0)), ([1, 1], (1.0, 1.0))])
def test_interval_of_one_score_or_equal_ones(scores, interval):
    assert mean_interval(np.array(scores)) == interval


@given(hnp.arrays(float, st.integers(2, 60), elements=st.floats(-1e6, 1e6)))
def test_interval_lies_around_the_mean_and_within_the_scores(scores):
    low, high = mean_interval(scores)
    slack = 1e-6 * (1 + np.abs(scores).max())
    assert scores.min() - slack <= low <= high <= scores.max() + slack
    assert low - slack <= scores.mean() + scores.std()


def test_ratio_of_sums_with_its_interval():
    rng = np.random.default_rng(3)
    theirs = rng.uniform(50, 150, 300)
    ours = 0.9 * theirs * rng.uniform(0.9, 1.1, 300)
    ratio, (low, high) = ratio_interval(ours, theirs)
    assert ratio == pytest.approx(ours.sum() / theirs.sum())
    assert 0.88 < low < ratio < high < 0.92


def test_ratio_covers_in_about_19_of_20_cases():
    rng = np.random.default_rng(11)
    covered = 0
    for _ in range(400):
        theirs = rng.uniform(50, 150, 80)
        _, (low, high) = ratio_interval(1.2 * theirs + rng.normal(0, 20, 80), theirs)
        covered += low <= 1.2 <= high
    assert 0.91 <= covered / 400 <= 0.98


def test_ratio_to_nothing_is_infinite():
    assert ratio_interval(np.array([1.0, 2.0]), np.zeros(2)) == (float("inf"), (float("inf"), float("inf")))
    ratio, (low, high) = ratio_interval(np.array([1.0, 2.0]), np.array([0.0, 4.0]))
    assert (ratio, high) == (0.75, float("inf"))
    assert low <= 0.75


@pytest.mark.parametrize(
    ("shift", "direction", "comparison"),
    [
        (-1.0, "min", Comparison.BETTER),
        (+1.0, "min", Comparison.WORSE),
        (-1.0, "max", Comparison.WORSE),
        (+1.0, "max", Comparison.BETTER),
        (0.0, "min", Comparison.INDISTINGUISHABLE),
        (0.0, "max", Comparison.INDISTINGUISHABLE),
    ],
)
def test_paired_comparison_heeds_the_direction(shift, direction, comparison):
    rng = np.random.default_rng(5)
    theirs = rng.uniform(0, 1000, 200)
    noise = rng.normal(0, 2, 200)
    found = paired(theirs + shift + noise - noise.mean(), theirs, direction)
    assert found.comparison is comparison
    assert found.difference == pytest.approx(shift)
    assert found.confidence[0] < found.difference < found.confidence[1]
    assert found.wins + found.ties + found.losses == 200


def test_paired_counts_wins_ties_and_losses():
    ours, theirs = np.array([1.0, 2.0, 3.0, 4.0]), np.array([2.0, 2.0, 1.0, 6.0])
    least, most = paired(ours, theirs, "min"), paired(ours, theirs, "max")
    assert (least.wins, least.ties, least.losses) == (2, 1, 1)
    assert (most.wins, most.ties, most.losses) == (1, 1, 2)
    assert least.difference == most.difference == -0.25


def test_equal_scores_are_indistinguishable():
    scores = np.arange(20.0)
    found = paired(scores, scores, "min")
    assert (found.comparison, found.ties, found.confidence) == (Comparison.INDISTINGUISHABLE, 20, (0.0, 0.0))


def test_a_true_null_is_seldom_called_a_difference():
    rng = np.random.default_rng(9)
    zero = np.zeros(60)
    called = [paired(rng.normal(0, 1, 60), zero, "min").comparison for _ in range(400)]
    assert np.mean([c is not Comparison.INDISTINGUISHABLE for c in called]) < 0.09


def test_scores_of_different_instances_cannot_be_compared():
    with pytest.raises(ValueError, match=r"paired comparison of \(3,\) with \(1,\) scores"):
        paired(np.zeros(3), np.zeros(1), "min")


def test_paired_as_json_is_plain():
    found = paired(np.array([1.0, 3.0]), np.array([2.0, 2.5]), "min").as_json()
    assert found["comparison"] == "indistinguishable"
    assert {type(value) for value in found["confidence"]} == {float}
    assert [found[name] for name in ("wins", "ties", "losses")] == [1, 0, 1]


def test_measured_scores_are_compared_by_their_own_intervals():
    """Three instances that differ much say little of others; of these themselves enough is known."""
    ours, theirs = np.array([110.0, 300.0, 403.0]), np.array([97.0, 96.0, 98.0])
    assert paired(ours, theirs, "min").confidence[0] < 0.2 * paired(ours, theirs, "min").difference
    found = measured(ours, (262.0, 280.0), theirs, (91.0, 101.0), "min")
    assert (found.comparison, found.wins, found.losses) == (Comparison.WORSE, 0, 3)
    assert found.difference == pytest.approx(174.0)
    assert found.confidence == pytest.approx((174 - np.hypot(9, 4), 174 + np.hypot(9, 6)))
    assert measured(theirs, (91.0, 101.0), ours, (262.0, 280.0), "min").comparison is Comparison.BETTER
    assert measured(ours, (90.0, 500.0), theirs, (91.0, 101.0), "min").comparison is Comparison.INDISTINGUISHABLE


def test_measured_differences_are_covered_in_about_19_of_20_cases():
    rng = np.random.default_rng(3)
    truth = np.array([50.0, 200.0])
    covered = 0
    for _ in range(1000):
        ours, theirs = truth + rng.normal(0, 3, 2), truth + rng.normal(0, 1, 2)
        mine, other = ours.mean(), theirs.mean()
        half, less = 1.96 * 3 / np.sqrt(2), 1.96 / np.sqrt(2)
        low, high = measured(ours, (mine - half, mine + half), theirs, (other - less, other + less), "min").confidence
        covered += low <= 0 <= high
    assert 0.93 <= covered / 1000 <= 0.97
