"""Populations that keep the best of each kind, or whom nobody is better than in everything."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluators.registry import load_problem
from evolve.campaign.config import CampaignConfig, campaign_for
from evolve.proposers.base import Member
from evolve.selection.grid import Grid
from evolve.selection.kinds import populations, suited
from evolve.selection.pareto import Pareto
from evolve.selection.settings import PopulationSettings
from evolve.selection.traits import Traits, UnknownTraitError

TRAITS = Traits(
    ("gap", "speed"), {"a": np.array([0, 1]), "b": np.array([2])}, {"gap": 1.0, "speed": -1.0, "score:a": 1.0}
)
WORDS = st.integers(1, 40)
SCORES = st.floats(0, 100)


def member(ordinal: int, score: float, words: int = 5, speed: float = 1.0) -> Member:
    scores = np.array([score, score + ordinal, score - ordinal])
    return Member(f"id{ordinal}", "x " * words, score, scores, ordinal=ordinal,
                  objectives={"gap": score, "speed": speed}, cpu_seconds=0.1)  # fmt: skip


@given(st.lists(st.tuples(SCORES, WORDS), max_size=60))
def test_a_cell_keeps_its_best(drawn):
    grid = Grid(PopulationSettings(axes={"length": (10, 20, 30)}), TRAITS, 1.0)
    best: dict[int, Member] = {}
    for k, (score, words) in enumerate(drawn, 1):
        child, cell = member(k, score, words), sum(words >= edge for edge in (10, 20, 30))
        better = cell not in best or score < best[cell].score
        admission = grid.admit(child)
        assert admission.entered == better
        assert admission.displaced == (best[cell].candidate_id if better and cell in best else None)
        if better:
            best[cell] = child
    assert {m.candidate_id for m in grid.members()} == {m.candidate_id for m in best.values()}
    assert grid.cells() == {(cell,): m.candidate_id for cell, m in best.items()}
    assert [m.score for m in grid.members()] == sorted(m.score for m in best.values())


def test_inspirations_of_a_grid_come_from_other_cells():
    grid = Grid(PopulationSettings(axes={"length": (10, 20), "score:b": (50.0,)}), TRAITS, 1.0)
    for k, words in enumerate((5, 15, 25), 1):
        grid.admit(member(k, 10.0 * k, words))
    parent = grid.members()[0]
    for seed in range(20):
        assert parent.candidate_id not in {m.candidate_id for m in grid.unlike(Random(seed), parent, 3)}
    grid.remove("id2")
    assert len(grid.cells()) == len(grid) == 2
    assert Grid(grid.settings, TRAITS, 1.0).unlike(Random(0), parent, 2) == ()


@given(st.lists(st.tuples(SCORES, WORDS, SCORES), max_size=40))
def test_who_is_best_in_something_stays_until_others_are_better_in_everything(drawn):
    population = Pareto(PopulationSettings(kind="pareto", size=8, aims=("gap", "length", "speed")), TRAITS, 1.0)
    for k, (score, words, speed) in enumerate(drawn, 1):
        population.admit(member(k, score, words, speed))
        living = population.members()
        assert len(living) <= 8
        assert all(population.values(m) == (m.score, len(m.source.split()), -m.objectives["speed"]) for m in living)
        front = {m.candidate_id for m in population.front()}
        for one in living:
            dominated = any(_dominates(population.values(other), population.values(one)) for other in living)
            assert (one.candidate_id in front) == (not dominated)


def _dominates(one, other):
    return all(a <= b for a, b in zip(one, other, strict=True)) and one != other


def test_the_short_one_is_kept_though_its_score_is_bad():
    population = Pareto(PopulationSettings(size=3, aims=("gap", "length")), TRAITS, 1.0)
    for k, (score, words) in enumerate([(1.0, 30), (5.0, 10), (9.0, 3), (2.0, 35)], 1):
        population.admit(member(k, score, words))
    assert {m.ordinal for m in population.members()} == {1, 2, 3}
    assert population.admit(member(5, 4.0, 2)).displaced in {"id2", "id3"}
    assert population.bar() is None


def test_traits_are_read_from_the_program_and_its_evaluation():
    source = "def f(a, b):  # if only\n    return np.where(a > 1.5, min(a, b), 2 * b)\n"
    one = Member("id", source, 3.0, np.array([1.0, 3.0, 5.0]), objectives={"gap": 3.0, "speed": 7.0}, cpu_seconds=0.25)
    read = {name: TRAITS.reader(name)(one) for name in TRAITS.names}
    assert read == {
        "length": 28.0, "branches": 2.0, "numbers": 2.0, "cpu_seconds": 0.25, "gap": 3.0, "speed": 7.0, "score:a": 2.0,
        "score:b": 5.0,
    }  # fmt: skip


def test_a_campaign_s_kind_and_its_traits_are_checked():
    problem = load_problem("scheduling/online-flow-time")
    with pytest.raises(UnknownTraitError, match="unknown trait 'beauty'; allowed: length, branches"):
        populations(PopulationSettings(kind="pareto", aims=("gap", "beauty")), problem, 1.0)
    with pytest.raises(UnknownTraitError, match="unknown trait 'size'"):
        populations(PopulationSettings(kind="grid", axes={"size": (1.0,)}), problem, 1.0)
    made = populations(PopulationSettings(kind="grid"), problem, 1.0)(PopulationSettings(kind="grid"))
    assert isinstance(made, Grid) and made.settings.size == 10 * 8
    assert isinstance(populations(PopulationSettings(kind="pareto"), problem, 1.0)(PopulationSettings()), Pareto)


def test_what_is_left_open_suits_the_proposer():
    assert suited(PopulationSettings(), "genetic").islands == 3
    assert suited(PopulationSettings(), "llm").islands == 1
    assert suited(PopulationSettings(), "llm").inspirations == "unlike"
    assert suited(PopulationSettings(inspirations="drawn", islands=4), "llm") == PopulationSettings(
        inspirations="drawn", islands=4
    )


def test_dear_programs_share_a_small_population() -> None:
    sizes = [
        campaign_for(problem).population.size for problem in ("kernels/bfs", "scheduling/single-machine-tardiness")
    ]
    assert sizes == [12, 300]
    assert campaign_for("no/such-problem") == CampaignConfig(problem="no/such-problem")  # told when it is opened
