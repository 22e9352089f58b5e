from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import numpy as np
import pytest

from evaluators.declaration import EntryPoint, ProblemSpec
from evolve.fence import far_out
from evolve.proposers.base import Ask, Observation, Proposed
from evolve.proposers.genetic.proposer import GeneticProposer
from evolve.proposers.genetic.settings import Settings
from tests.support.breeding import PRIORITY, SmallProblem, member

SETTINGS = Settings(founders=20, warm_up=10, exploration=0.0, offspring=6, rehearsed=4)
GENOMES = ("add(p, d)", "max(slack, mul(p, t))", "sub(mdd, p)", "div(d, add(p, t))")
Rule = Callable[..., Any]


def ranking(rule: Rule) -> list[list[int]]:
    """The order in which a rule takes twelve jobs at each of three times."""
    rng = np.random.default_rng(1)
    p, d = rng.integers(1, 90, 12) / 7, rng.integers(0, 990, 12) / 7
    values = [np.broadcast_to(rule(p, d, np.float64(t)), 12) for t in (0.0, 31.0, 77.0)]
    return [np.argsort(row, kind="stable").tolist() for row in values]


def values(rule: Rule, seed: int) -> np.ndarray:
    """What a rule says of twelve jobs."""
    rng = Random(seed)
    return np.array([float(rule(*map(np.float64, (rng.randint(1, 9), rng.randint(0, 99), rng.randint(0, 50)))))
                     for _ in range(12)])  # fmt: skip


class Rehearsing(SmallProblem):
    """A trial run that likes rules whose values are near 100; or, if told so, gives the costs it was told."""

    def __init__(self, spec: ProblemSpec) -> None:
        super().__init__(spec)
        self.told: np.ndarray | None = None
        self.runs: list[tuple[Sequence[Rule], np.ndarray]] = []

    def rehearse(self, entry: EntryPoint, rules: Sequence[Rule], rng: Random) -> np.ndarray | None:
        seed = rng.randrange(1000)
        costs = np.stack([np.abs(values(rule, seed) - 100.0) for rule in rules])
        if self.told is not None:
            costs = self.told[: len(rules)]
        self.runs.append((rules, costs))
        return costs


@pytest.fixture
def problem(problem: SmallProblem) -> Rehearsing:
    return Rehearsing(problem.spec)


@pytest.fixture
def proposer(problem: Rehearsing) -> GeneticProposer:
    made = GeneticProposer(problem, PRIORITY, [], SETTINGS)
    for ordinal, genome in enumerate(GENOMES * 3, 1):
        source = f"def priority(p, d, t):\n    return p + {ordinal}\n"
        made.observe(Observation(ordinal, source, genome, "ok", float(ordinal)))
    return made


def question(problem: SmallProblem, ordinal: int) -> Ask:
    parents = tuple(member(f"m{k}", "", genome, float(k)) for k, genome in enumerate(GENOMES))
    return Ask("c", f"c-{ordinal}", ordinal, 77 * ordinal, problem, PRIORITY, parents, (), None, {})


def function_of(proposed: Proposed) -> Rule:
    assert proposed.candidate is not None
    space: dict[str, Any] = {}
    exec(proposed.candidate.text(), space)
    rule: Rule = space["priority"]
    return rule


def test_the_child_that_does_best_in_the_trial_run_is_proposed(problem, proposer) -> None:
    places = []
    for ordinal in range(100, 120):
        proposed = function_of(proposer.propose(question(problem, ordinal)))
        rules, costs = problem.runs[-1]
        assert len(problem.runs) == ordinal - 99
        assert 1 < len(rules) <= SETTINGS.rehearsed
        counted = np.minimum(costs, far_out(costs.min(axis=0)))
        place = int(counted.mean(axis=1).argmin())
        assert ranking(proposed) == ranking(rules[place])
        places.append(place)
    assert len(set(places)) > 1  # it was not always the one that was the surrogate's choice anyway


def test_one_wild_instance_does_not_decide(problem, proposer) -> None:
    usual = np.arange(12.0)
    problem.told = np.stack([usual, usual + 100, usual + 200, usual + 300])
    problem.told[0, 0] = 1e9
    proposed = function_of(proposer.propose(question(problem, 200)))
    assert ranking(proposed) == ranking(problem.runs[-1][0][0])


def test_a_rule_without_an_answer_comes_last(problem, proposer) -> None:
    problem.told = np.stack([np.full(12, np.inf), np.arange(12.0), np.arange(12.0) + 1, np.arange(12.0) + 2])
    proposed = function_of(proposer.propose(question(problem, 300)))
    assert ranking(proposed) == ranking(problem.runs[-1][0][1])


def test_asking_again_gives_the_same_child(problem, proposer) -> None:
    asked = question(problem, 400)
    assert proposer.propose(asked) == proposer.propose(asked)
    assert (problem.runs[0][1] == problem.runs[1][1]).all()
