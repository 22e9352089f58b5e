"""Statistics of a comparison, against scipy's figures, brute force and values worked out by hand."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evolve.compare.statistics import MAX_SAMPLE, median_difference, median_interval, quantile, rank_test, told_apart

INF = float("inf")
COSTS = st.lists(st.sampled_from([1.0, 2.0, 2.5, 4.0, INF]), min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("first", "second", "u", "p"),  # scipy.stats.mannwhitneyu(second, first, method="exact"), scipy 1.16
    [
        ([1, 2, 3, 4], [5, 6, 7, 8, 9], 20, 0.015873015873015872),
        ([3.1, 2.2, 5.7, 4.4, 1.9, 6.3], [2.5, 7.1, 8.8, 4.9, 9.2, 6.6, 5.1], 34, 0.07342657342657342),
    ],
)
def test_u_and_p_are_those_of_scipy(first: list[float], second: list[float], u: float, p: float) -> None:
    test = rank_test(np.array(first, float), np.array(second))
    assert test.u == u
    assert test.p == pytest.approx(p, rel=1e-12)
    assert test.a12 == u / (len(first) * len(second))


@given(COSTS, COSTS)
def test_p_with_ties_is_that_of_all_permutations(first: list[float], second: list[float]) -> None:
    def wins(chosen: tuple[int, ...]) -> float:
        mine, theirs = [both[k] for k in chosen], [c for k, c in enumerate(both) if k not in chosen]
        return sum((a < b) + (a == b) / 2 for a in mine for b in theirs)

    both = first + second
    mean = len(first) * len(second) / 2
    observed = wins(tuple(range(len(first))))
    everything = [wins(chosen) for chosen in combinations(range(len(both)), len(first))]
    test = rank_test(np.array(first), np.array(second))
    assert test.u == observed
    assert test.p == pytest.approx(np.mean([abs(u - mean) >= abs(observed - mean) for u in everything]))


def test_the_largest_samples_are_exact_too() -> None:
    rng = np.random.default_rng(0)
    test = rank_test(rng.normal(size=MAX_SAMPLE), rng.normal(0.3, 1, size=MAX_SAMPLE))
    assert test.u == 5592
    assert test.p == pytest.approx(0.14866362443703582, rel=1e-9)  # scipy's


@pytest.mark.parametrize(
    ("better", "word"),
    [(55, "negligible"), (56, "small"), (63, "small"), (64, "medium"), (70, "medium"), (71, "large"), (29, "large"),
     (36, "medium"), (44, "small"), (45, "negligible")],
)  # fmt: skip
def test_words_begin_where_vargha_and_delaney_have_them(better: int, word: str) -> None:
    # One against a hundred: A is the share of the hundred that is worse.
    test = rank_test(np.array([0.0]), np.array([1.0] * better + [-1.0] * (100 - better)))
    assert test.a12 == better / 100
    assert test.cliffs_delta == pytest.approx(2 * better / 100 - 1)
    assert test.magnitude == word


@pytest.mark.parametrize(
    ("first", "second", "word"),
    [
        ([1.0, 1.1, 1.2, 1.3], [2.0, 2.1, 2.2, 2.3], "better"),
        ([2.0, 2.1, 2.2, 2.3], [1.0, 1.1, 1.2, 1.3], "worse"),
        ([1.0, 1.1, 1.2], [2.0, 2.1, 2.2], "indistinguishable"),  # three of each never are: p is 0.1
        ([1.0, 2.0], [1.0, 2.0], "indistinguishable"),
    ],
)
def test_the_test_says_who_is_better(first: list[float], second: list[float], word: str) -> None:
    test = rank_test(np.array(first), np.array(second))
    assert told_apart(test.p, test.a12) == word
    assert told_apart(3 * test.p, test.a12) == "indistinguishable"


def test_a_campaign_without_a_winner_is_the_worst() -> None:
    test = rank_test(np.array([1.0, INF]), np.array([INF, INF]))
    assert test.u == 3  # two pairs won, two tied
    assert quantile(np.array([1.0, 2.0, INF, INF]), 0.25) == 1.75
    assert quantile(np.array([1.0, 2.0, INF, INF]), 0.75) == INF
    assert median_interval(np.array([INF, INF])) == (INF, INF)
    assert median_difference(np.array([1.0, 1.0]), np.array([INF, INF])) == (None, (None, None))
    assert median_difference(np.array([INF, INF]), np.array([INF, INF])) == (None, (None, None))


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=12), st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]))
def test_quantiles_are_those_of_numpy(costs: list[float], share: float) -> None:
    assert quantile(np.array(costs), share) == pytest.approx(np.quantile(costs, share), abs=1e-6)


def test_intervals_hold_the_median_and_shrink() -> None:
    rng = np.random.default_rng(7)
    few, many = rng.normal(size=8), rng.normal(size=100)
    for sample in (few, many):
        low, high = median_interval(sample)
        assert low < np.median(sample) < high
        assert {low, high} <= {(a + b) / 2 for a in sample for b in sample}
    assert np.subtract(*median_interval(many)[::-1]) < np.subtract(*median_interval(few)[::-1])
    difference, (low, high) = median_difference(few + 10, few)
    assert difference == pytest.approx(10)
    assert low is not None and high is not None and 0 < low < 10 < high


def test_intervals_cover_as_often_as_they_say() -> None:
    """Of samples of 25 from a distribution whose median is 0, about 95 % have it in their interval."""
    rng = np.random.default_rng(11)
    limits = [median_interval(rng.exponential(size=25) - np.log(2)) for _ in range(200)]
    assert 0.9 <= np.mean([low <= 0 <= high for low, high in limits]) <= 0.99
