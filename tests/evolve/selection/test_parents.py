"""The choice of parents by rank and recency, and of inspirations unlike a parent."""

from __future__ import annotations

from collections import Counter
from random import Random

import numpy as np
import pytest

from evolve.proposers.base import Member
from evolve.selection.novelty import Novelty
from evolve.selection.population import Population
from evolve.selection.settings import PopulationSettings


def member(ordinal: int, score: float, source: str = "", scores: list[float] | None = None) -> Member:
    values = np.array(scores if scores is not None else [score, ordinal, -ordinal])
    return Member(f"id{ordinal}", source, score, values, ordinal=ordinal)


def drawn(population: Population, count: int = 4000) -> Counter[int]:
    return Counter(m.ordinal for m in population.draw(Random(1), count))


def filled(**settings) -> Population:
    population = Population(PopulationSettings(selection="rank", size=10, **settings), 1.0)
    for k in range(1, 5):
        population.admit(member(k * 100, float(k)))
    return population


def test_weights_fall_by_a_power_of_rank():
    counts = drawn(filled(greedy=0.0, pressure=1.0, half_life=0))
    whole = 1 + 1 / 2 + 1 / 3 + 1 / 4
    for rank in range(1, 5):
        assert counts[rank * 100] / 4000 == pytest.approx(1 / rank / whole, abs=0.03)


def test_the_younger_of_equals_is_likelier():
    counts = drawn(filled(greedy=0.0, pressure=0.0001, half_life=100))
    assert counts[400] / counts[300] == pytest.approx(2, abs=0.3)
    assert counts[400] / counts[200] == pytest.approx(4, abs=0.8)


def test_a_greedy_share_takes_the_best():
    assert drawn(filled(greedy=1.0)) == {100: 4000}
    assert drawn(filled(greedy=0.5, pressure=0.0001, half_life=0))[100] / 4000 == pytest.approx(0.5 + 0.125, abs=0.03)


def test_inspirations_solve_other_instances_well():
    population = Population(PopulationSettings(size=10, tournament=9), 1.0)
    profiles = {1: [1, 9, 9], 2: [2, 9, 9], 3: [9, 1, 9], 4: [9, 2, 9]}
    for k, scores in profiles.items():
        population.admit(member(k, 5.0 + k, scores=scores))
    parent = population.find(["id1"])[0]
    assert {m.ordinal for m in population.unlike(Random(0), parent, 3)} == {3}
    assert Population(PopulationSettings(), 1.0).unlike(Random(0), parent, 3) == ()


PROGRAM = "def f(p, d):\n    total = p * 2 + d\n    bonus = max(p, d) / (p + 1)\n    return total - bonus\n"


def test_a_program_with_one_word_changed_is_not_new():
    novelty = Novelty(0.8)
    one = member(1, 1.0, PROGRAM)
    found = novelty.resembles(PROGRAM.replace("total - bonus", "total + bonus"), [one])
    assert found is not None and found.candidate_id == "id1" and 0.8 <= found.share < 1
    assert "token sequences with member id1" in str(found)
    assert novelty.resembles("def f(p, d):\n    return p if p < d else d\n", [one]) is None
    assert novelty.resembles(PROGRAM, []) is None
    assert novelty.resembles("# said otherwise\n" + PROGRAM, [one]).share == 1.0
