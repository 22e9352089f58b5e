"""Children that are expression trees: tried many at a time, proposed one at a time.

Of several children the one is proposed whose behaviour promises most (pre-selection by a surrogate, Hildebrandt &
Branke, Evolutionary Computation 23(3), 2015); a rule that ranks exactly like one proposed before never is.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import numpy as np

from evaluators.problem import EntryPoint, Problem
from evolve.proposers.genetic.phenotype import Situations
from evolve.proposers.genetic.settings import Settings
from evolve.proposers.genetic.simplify import simplified
from evolve.proposers.genetic.surrogate import Surrogate
from evolve.proposers.genetic.trees import Grammar, Tree
from evolve.proposers.genetic.variation import crossover, mutate


@dataclass(frozen=True, slots=True)
class Bred:
    """A tree child.

    Attributes:
        tree: in simplified form.
        operator: how it was made.
        parents: ids of the parents used.
        fingerprint: of its behaviour.
        vector: its behaviour, or None where the problem gives no situations.
    """

    tree: Tree
    operator: str
    parents: tuple[str, ...]
    fingerprint: bytes
    vector: np.ndarray | None


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
        self.grammar = Grammar(entry)
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
        with self._lock:
            chosen = self._best_guess(children) if len(children) > 1 else children[0] if children else child
            self._proposed.setdefault(chosen.fingerprint, ordinal)
        return chosen

    def learn(self, ordinal: int, tree: Tree, cost: float | None) -> None:
        """A tree was judged (``cost``: lower is better; None if it failed)."""
        fingerprint, vector = self._describe(tree)
        with self._lock:
            self._proposed.setdefault(fingerprint, ordinal)
            if cost is not None and vector is not None:
                self._surrogate.add(vector, cost)

    def _is_new(self, child: Bred, ordinal: int) -> bool:
        with self._lock:
            return self._proposed.get(child.fingerprint, ordinal) == ordinal

    def _best_guess(self, children: list[Bred]) -> Bred:
        vectors = [child.vector for child in children if child.vector is not None]
        return children[int(np.argmin(self._surrogate.predict(np.stack(vectors))))]

    def _child(self, parents: Sequence[tuple[str, Tree]], rng: Random) -> Bred:
        settings = self._settings
        draw = rng.random()
        used: tuple[str, ...]
        if not parents or draw < settings.fresh:
            tree, operator, used = self.grammar.draw_tree(rng), "fresh", ()
        elif draw < settings.fresh + settings.crossover:
            mother, father = rng.choice(parents), rng.choice(parents)
            tree, operator = crossover(mother[1], father[1], rng), "crossover"
            used = tuple(dict.fromkeys((mother[0], father[0])))
        else:
            mother = rng.choice(parents)
            tree, operator = mutate(self.grammar, mother[1], rng)
            used = (mother[0],)
        tree = simplified(self.grammar, tree)
        return Bred(tree, operator, used, *self._describe(tree))

    def _describe(self, tree: Tree) -> tuple[bytes, np.ndarray | None]:
        if self._situations is None:
            return str(tree).encode(), None
        phenotype = self._situations.phenotype(tree)
        return phenotype.fingerprint, phenotype.vector
