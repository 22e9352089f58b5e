from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import Random

import numpy as np
import pytest

from evaluators.declaration import EntryPoint
from evaluators.problem import Problem
from evolve.proposers.base import Ask, Member, Observation, Proposed
from evolve.proposers.genetic.phenotype import Situations
from evolve.proposers.genetic.proposer import GeneticProposer
from evolve.proposers.genetic.settings import Settings
from evolve.proposers.genetic.surrogate import Surrogate, lexicase
from evolve.proposers.genetic.trees import Grammar
from evolve.proposers.random import RandomProposer
from tests.support.breeding import IMPROVED, PRIORITY, SORTED, member

AskMaker = Callable[..., Ask]
TARGET = "add(max(mul(add(t, p), 1.1), d), div(mul(p, 300.0), add(t, 50.0)))"
EDD = "def priority(p, d, t):\n    return d\n"
BRANCHING = "def priority(p, d, t):\n    x = p\n    for k in range(3):\n        x = x + k * d\n    return x\n"


def told(proposal: Proposed, ordinal: int, score: float) -> Observation:
    assert proposal.candidate is not None
    return Observation(ordinal, proposal.candidate.text(), proposal.genome, "ok", score)


def as_member(proposal: Proposed, score: float) -> Member:
    assert proposal.candidate is not None
    return member(proposal.candidate.id, proposal.candidate.text(), proposal.genome, score)


def evolve(proposer: GeneticProposer | RandomProposer, ask: AskMaker, count: int) -> list[Proposed]:
    """A little campaign whose score is how little the ranking differs from that of a hidden rule."""
    problem = ask(1).problem
    situations = Situations.of(problem, PRIORITY)
    assert situations is not None
    grammar = Grammar(PRIORITY)
    target = situations.vector(situations.behaviour(grammar.parse(TARGET)).rankings)
    members: list[Member] = []
    made = []
    for ordinal in range(1, count + 1):
        members.sort(key=lambda m: m.score)
        parents = tuple(members[:6]) if ordinal > min(proposer.founders(), count) else ()
        proposal = proposer.propose(ask(ordinal, parents=parents))
        assert proposal.genome is not None
        vector = situations.vector(situations.behaviour(grammar.parse(proposal.genome)).rankings)
        score = float(((vector - target) ** 2).sum())
        proposer.observe(told(proposal, ordinal, score))
        members.append(as_member(proposal, score))
        made.append(proposal)
    return made


def test_the_same_history_gives_the_same_children(problem: Problem, priority: EntryPoint, ask: AskMaker) -> None:
    settings = Settings(founders=30, warm_up=20)
    one, other = (evolve(GeneticProposer(problem, priority, [EDD], settings), ask, 60) for _ in range(2))
    assert [p.genome for p in one] == [p.genome for p in other]
    assert [p.operator for p in one] == [p.operator for p in other]


def test_asking_again_gives_the_same_answer(problem: Problem, priority: EntryPoint, ask: AskMaker) -> None:
    proposer = GeneticProposer(problem, priority, [EDD])
    parents = tuple(as_member(proposer.propose(ask(k)), k) for k in range(1, 5))
    question = ask(150, parents=parents)
    assert proposer.propose(question) == proposer.propose(question)


def test_a_resumed_proposer_answers_as_the_first_one(problem: Problem, priority: EntryPoint, ask: AskMaker) -> None:
    first, resumed = (GeneticProposer(problem, priority, [EDD], Settings(warm_up=10)) for _ in range(2))
    members = []
    for ordinal in range(1, 40):
        proposal = first.propose(ask(ordinal))
        first.observe(told(proposal, ordinal, float(ordinal)))
        resumed.observe(told(proposal, ordinal, float(ordinal)))
        resumed.observe(told(proposal, ordinal, 77.0))  # told twice counts once
        members.append(as_member(proposal, float(ordinal)))
    question = ask(40, parents=tuple(members[:8]))
    assert first.propose(question) == resumed.propose(question)


def test_no_behaviour_is_proposed_twice(problem: Problem, priority: EntryPoint, ask: AskMaker) -> None:
    situations = Situations.of(problem, priority)
    assert situations is not None
    grammar = Grammar(priority)
    made = evolve(GeneticProposer(problem, priority, [EDD], Settings(founders=30, warm_up=20)), ask, 100)
    prints = [situations.behaviour(grammar.parse(p.genome)).fingerprint for p in made if p.genome]
    assert len(set(prints)) == len(prints) == 100


def test_selection_and_surrogate_find_what_random_search_does_not(
    problem: Problem, priority: EntryPoint, ask: AskMaker
) -> None:
    situations = Situations.of(problem, priority)
    assert situations is not None
    grammar = Grammar(priority)
    target = situations.vector(situations.behaviour(grammar.parse(TARGET)).rankings)

    def best(made: list[Proposed]) -> float:
        return min(
            float(
                ((situations.vector(situations.behaviour(grammar.parse(p.genome or "")).rankings) - target) ** 2).sum()
            )
            for p in made
        )

    genetic = best(evolve(GeneticProposer(problem, priority, [EDD], Settings(founders=40, warm_up=20)), ask, 150))
    assert genetic < best(evolve(RandomProposer(problem, priority, [EDD]), ask, 150))


def test_members_that_are_no_trees_are_varied_as_source(problem: Problem, priority: EntryPoint, ask: AskMaker) -> None:
    proposer = GeneticProposer(problem, priority, [EDD])
    parents = (member("a", BRANCHING), member("b", EDD))
    made = [proposer.propose(ask(200 + k, parents=parents)) for k in range(40)]
    assert all(p.candidate is not None for p in made)
    assert any(p.genome is None for p in made)
    assert any(p.genome is not None for p in made)


@pytest.mark.parametrize("kind", [GeneticProposer, RandomProposer])
def test_whole_functions_are_varied_from_the_seeds(
    kind: type[GeneticProposer | RandomProposer], problem: Problem, sequence: EntryPoint, ask: AskMaker
) -> None:
    proposer = kind(problem, sequence, [IMPROVED, SORTED])
    made = [proposer.propose(ask(k, entry=sequence)) for k in range(1, 30)]
    texts = {p.candidate.text() for p in made if p.candidate is not None}
    assert len(texts) == 29
    assert all(p.genome is None for p in made)


def test_whole_functions_need_a_seed(problem: Problem, sequence: EntryPoint) -> None:
    with pytest.raises(ValueError, match="needs a seed program"):
        GeneticProposer(problem, sequence)


def test_threads_may_ask_at_once(problem: Problem, priority: EntryPoint, ask: AskMaker) -> None:
    proposer = GeneticProposer(problem, priority, [EDD])
    with ThreadPoolExecutor(4) as executor:
        made = list(executor.map(lambda k: proposer.propose(ask(k)), range(1, 80)))
    assert all(p.candidate is not None for p in made)


def test_random_ignores_parents_and_scores(problem: Problem, priority: EntryPoint, ask: AskMaker) -> None:
    one, other = RandomProposer(problem, priority, [EDD]), RandomProposer(problem, priority, [EDD])
    parents = (member("a", EDD),)
    one.observe(Observation(1, EDD, None, "ok", 1.0))
    other.observe(Observation(1, EDD, None, "ok", 99.0))
    assert one.propose(ask(7, parents=parents)) == other.propose(ask(7))
    assert one.founders() > 10**6


def test_the_surrogate_follows_its_nearest_neighbours_on_every_instance() -> None:
    surrogate = Surrogate(2, capacity=50, neighbours=3)
    rng = np.random.default_rng(0)
    for x in rng.random(120):
        surrogate.add(np.array([x, 0.0], dtype=np.float32), np.array([100.0 * x, -x, np.nan]))
    assert len(surrogate) == 50
    guessed = surrogate.predict(np.array([[0.1, 0.0], [0.5, 0.0], [0.9, 0.0]], dtype=np.float32))
    assert guessed.shape == (3, 3)
    assert (np.diff(guessed[:, 0]) > 0).all()
    assert (np.diff(guessed[:, 1]) < 0).all()
    assert (np.diff(guessed[:, 2]) > 0).all()


def test_lexicase_keeps_whoever_is_best_somewhere() -> None:
    costs = np.array([[0.0, 9.0, 9.0], [9.0, 0.0, 9.0], [5.0, 5.0, 9.0], [8.0, 8.0, 8.5]])
    chosen = {lexicase(costs, Random(seed), 0.0)[0] for seed in range(100)}
    assert chosen == {0, 1, 3}
    assert all(sorted(lexicase(costs, Random(seed), 0.0, 9)) == [0, 1, 2, 3] for seed in range(20))


def test_importing_the_package_loads_neither_deap_nor_numpy() -> None:
    code = "import sys, evolve.proposers.genetic; print([m for m in ('deap', 'numpy') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
