"""Who is asked for what: a bandit over pairs of a model and an operator, paid by improvement per dollar.

Thompson sampling with a budget (Thompson, Biometrika 25, 1933; Xia et al., "Thompson sampling for budgeted multi-armed
bandits", IJCAI 2015): a reward is drawn from the posterior of each arm, and the arm with the greatest reward for its
cost is chosen. What an arm gave counts the less the longer ago it was (Raj & Kalyani, arXiv:1707.09727, 2017), since
what improves a poor program no longer improves a good one.

A reward lies in 0…1. It is 0 unless the child is better than its parent, and else the rank of the improvement among
all improvements (Fialho, Schoenauer & Sebag, "Toward comparison-based adaptive operator selection", GECCO 2010): so it
needs no scale, and one lucky leap early on counts as one.

A program that was asked to be shorter, and is as good and clearly shorter, is what was asked for. Scores come first
and length where they are equal (Luke & Panait, "Lexicographic parsimony pressure", GECCO 2002), so it pays what a
proposal of that time pays on average: an operator that always shortens and never improves is as good as the average
arm and no better, however rare improvements have become. The same shortening pays once: the child must be shorter than
what was shortened to that score before.

An arm of weight w (1 on average) that was never tried has the posterior Beta(w, 1). Of several such draws each is the
greatest with a probability proportional to its weight: weights are how arms are drawn until something is known.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from operator import mul
from random import Random
from typing import NamedTuple

from evolve.proposers.llm.record import Outcome

HALF_LIFE = 150
"""Proposals after which an outcome counts half."""
_DEAREST = 10.0
"""Costs count as at most so many times the mean and at least its share: an evaluation is never free."""
_CLEARLY = 0.9
"""Of the tokens, which a program that is clearly shorter has at most."""


class Arm(NamedTuple):
    """Who is asked, and for what."""

    model: str
    operator: str


def draw(weights: Mapping[Arm, float], outcomes: Sequence[Outcome], ordinal: int, sign: float, rng: Random) -> Arm:
    """The arm to try, drawn by what arms gave for what they cost.

    Args:
        weights: arms that can be tried, with weights above 0.
        outcomes: so far.
        ordinal: of the proposal it is drawn for.
        sign: +1 if smaller scores are better, else -1.
        rng: all that is random.
    """
    mean = sum(weights.values()) / len(weights)
    good = {arm: weight / mean for arm, weight in weights.items()}
    bad = dict.fromkeys(weights, 1.0)
    counts = dict.fromkeys(weights, 0.0)
    spent = dict.fromkeys(weights, 0.0)
    paid = any(outcome.nusd for outcome in outcomes)  # else what costs is the calls
    counted = [0.5 ** (max(ordinal - outcome.ordinal, 0) / HALF_LIFE) for outcome in outcomes]
    for outcome, faded, reward in zip(outcomes, counted, rewards(outcomes, sign, counted), strict=True):
        arm = Arm(outcome.model, outcome.operator)
        if arm in good:
            good[arm] += faded * reward
            bad[arm] += faded * (1.0 - reward)
            counts[arm] += faded
            spent[arm] += faded * (outcome.nusd if paid else outcome.calls)
    costs = _costs(counts, spent)
    drawn = {arm: rng.betavariate(good[arm], bad[arm]) / costs[arm] for arm in weights}
    return max(drawn, key=lambda arm: drawn[arm])


def rewards(outcomes: Sequence[Outcome], sign: float, counted: Sequence[float]) -> list[float]:
    """Reward of each outcome, 0…1.

    An improvement's is the share of improvements that are not greater; equal ones share their places. That of a clearly
    shorter program that is as good is the mean of all rewards for improvements. Others have 0.

    Args:
        outcomes: in the order of their proposals.
        sign: +1 if smaller scores are better, else -1.
        counted: how much each outcome counts in that mean, above 0.
    """
    gains = [outcome.gain(sign) for outcome in outcomes]
    ranked = sorted(gain for gain in gains if gain > 0)
    found = [
        (bisect_left(ranked, gain) + bisect_right(ranked, gain) + 1) / 2 / len(ranked) if gain > 0 else 0.0
        for gain in gains
    ]
    mean = sum(map(mul, counted, found)) / sum(counted) if outcomes else 0.0
    return [mean if short else reward for short, reward in zip(_shortened(outcomes), found, strict=True)]


def _shortened(outcomes: Sequence[Outcome]) -> list[bool]:
    """Which are as good as their parent, and clearly shorter than it and than others shortened to that score before."""
    shortest: dict[float, int] = {}
    found = []
    for outcome in outcomes:
        as_good = outcome.size > 0 and outcome.score is not None and outcome.score == outcome.parent_score
        if as_good:
            assert outcome.score is not None
            known = min(outcome.parent_size, shortest.get(outcome.score, outcome.parent_size))
            shortest[outcome.score] = min(outcome.size, known)
            found.append(outcome.size <= _CLEARLY * known)
        else:
            found.append(False)
    return found


def _costs(counts: Mapping[Arm, float], spent: Mapping[Arm, float]) -> dict[Arm, float]:
    """Mean cost of a proposal of each arm, relative to that of all; of an untried arm, that of its model."""
    total, tried = sum(spent.values()), sum(counts.values())
    if not total:
        return dict.fromkeys(counts, 1.0)
    costs = {}
    for arm in counts:
        alike = [arm] if counts[arm] else [other for other in counts if other.model == arm.model]
        cost, number = sum(spent[other] for other in alike), sum(counts[other] for other in alike)
        relative = (cost / number) / (total / tried) if number else 1.0
        costs[arm] = min(max(relative, 1 / _DEAREST), _DEAREST)
    return costs
