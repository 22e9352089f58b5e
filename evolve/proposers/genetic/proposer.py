"""The ``genetic`` proposer: expression trees where the entry point allows them, programs as text elsewhere."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from random import Random

import numpy as np

from evaluators.candidate import Candidate
from evaluators.declaration import EntryPoint
from evaluators.problem import Problem
from evolve.proposers.base import Ask, Member, Observation, Proposed
from evolve.proposers.genetic.languages import variation
from evolve.proposers.genetic.settings import Settings
from evolve.proposers.genetic.source import to_source, to_tree
from evolve.proposers.genetic.tree_breeding import TreeBreeder
from evolve.proposers.genetic.trees import Tree, notation

_ATTEMPTS = 10
_TREES_KEPT = 256


class GeneticProposer:
    """Children by crossover and mutation.

    Everything random comes from the asks' seeds: the same ask after the same observations gets the same child.

    Args:
        problem: searched on.
        entry: entry point in use.
        seeds: sources in the population from the start; mutants of them found it where trees cannot be grown.
        settings: knobs.

    Raises:
        ValueError: if trees cannot be grown for the entry point and no seed defines it either, or if there are no
            operators for the problem's language.
    """

    name = "genetic"
    repairs = False

    def __init__(
        self, problem: Problem, entry: EntryPoint, seeds: Sequence[str] = (), settings: Settings | None = None
    ) -> None:
        self.settings = settings or Settings()
        self.entry = entry
        self._language = problem.spec.language
        self._variation = variation(problem.spec, entry)
        self._sign = 1.0 if problem.spec.objective.direction == "min" else -1.0
        self._seeds = list(seeds)
        grows = entry.elementwise and bool(entry.terminals)
        self._breeder = TreeBreeder(problem, entry, self.settings) if grows else None
        if self._breeder is None and not self._seeds:
            raise ValueError(f"entry point {entry.name!r} of {problem.spec.name} needs a seed program to start from")
        self._lock = threading.Lock()
        self._told: set[int] = set()
        self._sources: dict[str, int] = {}
        self._trees: dict[str, Tree | None] = {}

    def founders(self) -> int:
        """Random candidates that come before any selection."""
        given = self.settings.founders
        return self._variation.founders if given is None else given

    def propose(self, ask: Ask) -> Proposed:
        """A child of the ask's parents and pool; a random candidate while there are none."""
        rng = Random(ask.seed)
        members = [*ask.parents, *ask.pool]
        if self._breeder is not None:
            parsed = ((m.candidate_id, self._tree(m.genome, m.source)) for m in members)
            trees = [(name, tree) for name, tree in parsed if tree is not None]
            if trees or not members:
                # Members that are no trees get their share of children by the operators on source text.
                if len(trees) == len(members) or rng.random() < len(trees) / len(members):
                    child = self._breeder.breed(ask.ordinal, trees, rng)
                    genome = notation(child.tree)
                    self._remember(genome, child.tree)
                    text = to_source(child.tree, self.entry)
                    return Proposed(self._candidate(text), child.operator, child.parents, genome)
                members = [m for m in members if self._tree(m.genome, m.source) is None]
        return self._by_source(members, ask.ordinal, rng)

    def observe(self, observation: Observation) -> None:
        """Remember what was proposed and how it did; told twice, it counts once."""
        with self._lock:
            if observation.ordinal in self._told:
                return
            self._told.add(observation.ordinal)
            self._sources.setdefault(self._variation.key(observation.source), observation.ordinal)
        if self._breeder is not None:
            tree = self._tree(observation.genome, observation.source)
            if tree is not None:
                self._breeder.learn(observation.ordinal, tree, self._costs(observation))

    def _costs(self, observation: Observation) -> np.ndarray | None:
        """Costs on each instance, or the one that stands for all of them where these are not known."""
        if observation.score is None:
            return None
        scores = observation.instance_scores
        return self._sign * (np.array([observation.score]) if scores is None else np.asarray(scores))

    def _by_source(self, members: Sequence[Member], ordinal: int, rng: Random) -> Proposed:
        pool = [(m.candidate_id, m.source) for m in members] or [("", seed) for seed in self._seeds]
        for _ in range(_ATTEMPTS):
            mother, father = rng.choice(pool), rng.choice(pool)
            used: tuple[str, ...] = (mother[0], father[0])
            if mother[1] != father[1] and rng.random() < self.settings.function_crossover:
                child = self._variation.crossed(mother[1], father[1], rng)
            else:
                child = self._variation.varied(mother[1], rng)
                used = (mother[0],)
            if child is None:
                continue
            text, operator = child
            with self._lock:
                if self._sources.setdefault(self._variation.key(text), ordinal) != ordinal:
                    continue
            parents = tuple(dict.fromkeys(name for name in used if name))
            tree = self._tree(None, text) if self._breeder is not None else None
            return Proposed(self._candidate(text), operator, parents, None if tree is None else notation(tree))
        return Proposed(None, "mutation", (), None, "no valid variation of the parents was found")

    def _tree(self, genome: str | None, source: str) -> Tree | None:
        """The tree of a genome, else of a source; None if that is not the print of a tree."""
        assert self._breeder is not None
        text = source if genome is None else genome
        with self._lock:
            if text in self._trees:
                tree = self._trees[text] = self._trees.pop(text)  # to the end: it is in use
                return tree
        grammar = self._breeder.grammar
        tree = to_tree(source, self.entry, grammar) if genome is None else grammar.parse(genome)
        self._remember(text, tree)
        return tree

    def _remember(self, text: str, tree: Tree | None) -> None:
        with self._lock:
            self._trees.pop(text, None)
            if len(self._trees) >= _TREES_KEPT:
                del self._trees[next(iter(self._trees))]
            self._trees[text] = tree

    def _candidate(self, text: str) -> Candidate:
        return Candidate.of_text(text, self.entry.file, self._language)
