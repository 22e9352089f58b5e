"""The population: steady state, distinct behaviours, tournaments."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evolve.proposers.base import Member
from evolve.selection.population import Population
from evolve.selection.settings import PopulationSettings


def member(ordinal: int, score: float, scores: list[float] | None = None) -> Member:
    return Member(f"id{ordinal}", "", score, np.array(scores if scores is not None else [score, ordinal]))


@given(st.lists(st.floats(0, 100), min_size=1, max_size=60), st.sampled_from([1.0, -1.0]), st.integers(1, 30))
def test_keeps_the_best_and_only_ever_gets_better(scores, sign, crowd):
    population = Population(PopulationSettings(size=10, crowd=crowd), sign)
    for k, score in enumerate(scores):
        before = {m.candidate_id: sign * m.score for m in population.members()}
        admission = population.admit(member(k, score))
        kept = [sign * m.score for m in population.members()]
        assert kept == sorted(kept) and len(kept) == min(k + 1, 10)
        assert kept[0] == min(sign * s for s in scores[: k + 1])
        assert admission.entered == (f"id{k}" in {m.candidate_id for m in population.members()})
        assert (admission.displaced is not None) == (admission.entered and k >= 10)
        if admission.displaced is not None:
            assert before[admission.displaced] >= sign * score
    assert population.best is population.members()[0]


def test_a_second_idea_lives_on_beside_the_first():
    """Children of the better idea take the places of their like, not of the other idea's members."""
    population = Population(PopulationSettings(size=20, crowd=20), 1.0)
    for k in range(10):
        population.admit(member(k, 5.0 + 0.01 * k, [0.0, 10.0 + 0.02 * k]))
        population.admit(member(10 + k, 6.0 + 0.01 * k, [12.0 + 0.02 * k, 0.0]))
    for k in range(20, 60):
        population.admit(member(k, 4.9 - 0.01 * k, [0.0, 9.8 - 0.02 * k]))
    assert sum(m.instance_scores[0] > 11 for m in population.members()) == 10


def test_equal_behaviour_is_limited():
    population = Population(PopulationSettings(size=10, same_fitness=2), 1.0)
    entered = [population.admit(member(k, 5.0, [4.0, 6.0])).entered for k in range(4)]
    assert entered == [True, True, False, False]
    population.remove("id0")
    assert population.admit(member(9, 5.0, [4.0, 6.0])).entered


def test_who_leaves_is_named():
    population = Population(PopulationSettings(size=2), 1.0)
    population.admit(member(1, 3.0))
    population.admit(member(2, 2.0, [0.0, 99.0]))
    assert not population.admit(member(3, 9.0)).entered
    admission = population.admit(member(4, 1.0))
    assert (admission.entered, admission.rank, admission.displaced) == (True, 1, "id1")
    assert not population.admit(member(4, 0.5)).entered, "the same candidate twice"


def test_tournaments_prefer_the_better():
    population = Population(PopulationSettings(size=100, selection="tournament", tournament=5), 1.0)
    for k in range(100):
        population.admit(member(k, float(k)))
    drawn = [m.score for m in population.draw(random.Random(1), 2000)]
    # The best of five uniform draws from 0…99 has mean close to 100/6.
    assert np.mean(drawn) == pytest.approx(100 / 6, abs=1.5)
    assert population.draw(random.Random(7), 5) == population.draw(random.Random(7), 5)


def test_lexicase_draws_specialists_too():
    """Who is best on some instances is drawn, however bad its mean; who is best nowhere is not."""
    population = Population(PopulationSettings(size=40), 1.0)
    for k in range(30):
        population.admit(member(k, 5.0, [5.0 + 0.01 * k] * 40))
    population.admit(member(30, 45.0, [0.0] * 20 + [90.0] * 20))
    population.admit(member(31, 50.0, [50.0] * 40))
    drawn = {m.candidate_id for m in population.draw(random.Random(3), 60)}
    assert "id30" in drawn and "id31" not in drawn
    assert population.draw(random.Random(7), 5) == population.draw(random.Random(7), 5)


def test_the_bar_needs_a_full_population():
    population = Population(PopulationSettings(size=4, race_rank=0.5), 1.0)
    for k in range(3):
        population.admit(member(k, float(k)))
    assert population.bar() is None
    population.admit(member(3, 3.0))
    assert list(population.bar()) == [2.0, 2.0]


def test_what_is_far_out_counts_no_more_than_the_fence():
    population = Population(PopulationSettings(size=5), 1.0, fence=10.0)
    population.admit(member(1, 27.0, [4.0, 50.0]))  # one wild instance, else better
    population.admit(member(2, 9.0, [9.0, 9.0]))
    assert [m.ordinal for m in population.members()] == [0, 0] and population.best is not None
    assert population.best.candidate_id == "id1" and population.cost(population.best) == 7.0
