"""Children that are expression trees: tried many at a time, proposed one at a time.

Of several children those are kept whose behaviour promises most (pre-selection by a surrogate, Hildebrandt & Branke,
Evolutionary Computation 23(3), 2015), and of these the one is proposed that does best in a trial run on few small
instances, drawn anew each time (surrogate-assisted search with simplified models, Nguyen, Zhang & Tan, IEEE
Transactions on Cybernetics 47(9), 2017). A rule that ranks exactly like one proposed before never is.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import numpy as np

from evaluators.declaration import EntryPoint
from evaluators.problem import Problem
from evolve.proposers.genetic.dimensions import grammar_of
from evolve.proposers.genetic.phenotype import Situations
from evolve.proposers.genetic.rehearsal import rehearsed
from evolve.proposers.genetic.settings import Settings
from evolve.proposers.genetic.simplify import simplified
from evolve.proposers.genetic.surrogate import Surrogate, lexicase
from evolve.proposers.genetic.trees import Tree, notation
from evolve.proposers.genetic.variation import crossover, mutate


@dataclass(frozen=True, slots=True)
class Bred:
    """A tree child.

    Attributes:
        tree: in simplified form once it is proposed.
        operator: how it was made.
        parents: ids of the parents used.
        rankings: its behaviour, or None where the problem gives no situations.
        fingerprint: of its behaviour.
    """

    tree: Tree
    operator: str
    parents: tuple[str, ...]
    rankings: np.ndarray | None
    fingerprint: bytes


GUESSED_INSTANCES = 100
"""Instances, evenly spread over ``train``, whose scores the surrogate guesses; more cost memory and tell little."""

_PATIENCE = 20
"""Further children tried when those made so far behave like earlier proposals."""


class TreeBreeder:
    """Breeds trees and remembers what became of them. Thread-safe.

    Args:
        problem: whose situations describe behaviour.
        entry: an elementwise entry point with terminals.
        settings: knobs.
    """

    def __init__(self, problem: Problem, entry: EntryPoint, settings: Settings) -> None:
        self.grammar = grammar_of(entry)
        self._problem, self._entry = problem, entry
        self._settings = settings
        self._situations = Situations.of(problem, entry)
        width = self._situations.width if self._situations else 0
        self._surrogate = Surrogate(width, neighbours=settings.neighbours)
        self._lock = threading.Lock()
        self._proposed: dict[bytes, int] = {}

    def breed(self, ordinal: int, parents: Sequence[tuple[str, Tree]], rng: Random) -> Bred:
        """One child for proposal ``ordinal``.

        Args:
            ordinal: of the proposal; asked again, it may get the same child again.
            parents: (id, tree) of those allowed to mate, best first; none asks for fresh trees.
            rng: random source.
        """
        ready = len(self._surrogate) >= self._settings.warm_up
        wanted = self._settings.offspring if ready and rng.random() >= self._settings.exploration else 1
        children: list[Bred] = []
        for _ in range(3 * wanted + _PATIENCE):
            child = self._child(parents, rng)
            if self._is_new(child, ordinal):
                children.append(child)
                if len(children) == wanted:
                    break
        for candidate in self._by_promise(children, rng) or [child]:
            chosen = self._described(simplified(self.grammar, candidate.tree), candidate.operator, candidate.parents)
            if self._is_new(chosen, ordinal):
                break
        with self._lock:
            self._proposed.setdefault(chosen.fingerprint, ordinal)
        return chosen

    def learn(self, ordinal: int, tree: Tree, costs: np.ndarray | None) -> None:
        """A tree was judged (``costs`` on each instance, lower is better; None if it failed)."""
        judged = self._described(tree, "", ())
        with self._lock:
            self._proposed.setdefault(judged.fingerprint, ordinal)
            if costs is not None and self._situations is not None and judged.rankings is not None:
                some = costs[:: -(-len(costs) // GUESSED_INSTANCES)]
                self._surrogate.add(self._situations.vector(judged.rankings), some)

    def _is_new(self, child: Bred, ordinal: int) -> bool:
        with self._lock:
            return self._proposed.get(child.fingerprint, ordinal) == ordinal

    def _by_promise(self, children: list[Bred], rng: Random) -> list[Bred]:
        """The children in the order in which they are to be proposed."""
        if len(children) < 2 or self._situations is None:
            return children
        vectors = [self._situations.vector(child.rankings) for child in children if child.rankings is not None]
        with self._lock:
            guessed = self._surrogate.predict(np.stack(vectors))
        favoured = lexicase(guessed, rng, self._settings.tolerance, max(1, self._settings.rehearsed))
        if len(favoured) > 1:
            trees = [children[at].tree for at in favoured]
            order = rehearsed(self._problem, self._entry, trees, rng)
            favoured = favoured if order is None else [favoured[at] for at in order]
        return [children[at] for at in [*favoured, *sorted(set(range(len(children))) - set(favoured))]]

    def _child(self, parents: Sequence[tuple[str, Tree]], rng: Random) -> Bred:
        settings = self._settings
        draw = rng.random()
        used: tuple[str, ...]
        if not parents or draw < settings.fresh:
            tree, operator, used = self.grammar.draw_tree(rng), "fresh", ()
        elif draw < settings.fresh + settings.crossover:
            mother, father = rng.choice(parents), rng.choice(parents)
            tree, operator = crossover(self.grammar, mother[1], father[1], rng), "crossover"
            used = tuple(dict.fromkeys((mother[0], father[0])))
        else:
            mother = rng.choice(parents)
            tree, operator = mutate(self.grammar, mother[1], rng)
            used = (mother[0],)
        return self._described(tree, operator, used)

    def _described(self, tree: Tree, operator: str, parents: tuple[str, ...]) -> Bred:
        if self._situations is None:
            return Bred(tree, operator, parents, None, notation(tree).encode())
        behaviour = self._situations.behaviour(tree)
        return Bred(tree, operator, parents, behaviour.rankings, behaviour.fingerprint)
