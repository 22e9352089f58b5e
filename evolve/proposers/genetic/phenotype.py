"""What a rule does, independent of how it is written: its rankings in sample situations.

Phenotypic characterisation of dispatching rules: Hildebrandt & Branke, On using surrogates with genetic programming,
Evolutionary Computation 23(3), 2015.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from evaluators.declaration import EntryPoint
from evaluators.problem import Problem
from evolve.proposers.genetic.trees import Tree, evaluate, terminal_columns

_KEPT = 400
"""Trees whose behaviour is remembered, before all are forgotten; of each there is a byte for every alternative."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What a rule does in every situation.

    Attributes:
        rankings: alternatives from first to last choice, (situations, alternatives); ties go to the first, as
            everywhere.
        fingerprint: equal for rules that rank alike in every situation.
    """

    rankings: np.ndarray
    fingerprint: bytes


class Situations:
    """The sample situations of an entry point.

    Args:
        found: argument -> array (situations, alternatives).
        entry: an elementwise entry point with terminals.
    """

    @classmethod
    def of(cls, problem: Problem, entry: EntryPoint) -> Situations | None:
        """Those of a problem, or None if it gives none."""
        found = problem.situations(entry)
        return None if found is None else cls(found, entry)

    def __init__(self, found: Mapping[str, np.ndarray], entry: EntryPoint) -> None:
        self.shape = np.broadcast_shapes(*(np.shape(value) for value in found.values()))
        arguments = {name: np.broadcast_to(np.asarray(value, dtype=float), self.shape) for name, value in found.items()}
        self.columns = {
            name: np.ascontiguousarray(np.broadcast_to(column, self.shape))
            for name, column in terminal_columns(entry.terminals, arguments).items()
        }
        self._known: dict[tuple[str, ...], Behaviour] = {}
        self.sign = 1.0 if entry.select == "min" else -1.0
        alternatives = self.shape[1]
        self.width = self.shape[0] * alternatives
        self._narrow = np.min_scalar_type(alternatives - 1)
        self._starts = (np.arange(self.shape[0]) * alternatives)[:, None]
        self._ranks = np.tile(np.linspace(0.0, 1.0, alternatives, dtype=np.float32), self.shape[0])

    def behaviour(self, tree: Tree) -> Behaviour:
        """What the tree does as a rule."""
        name = tuple([node.name for node in tree])  # of its nodes in prefix order: one child in four was made before
        found = self._known.get(name)
        if found is None:
            with np.errstate(all="ignore"):
                values = evaluate(tree, self.columns) * self.sign
            if np.shape(values) != self.shape:
                values = np.broadcast_to(values, self.shape)
            # NaN sorts last, which is what the printed function's guard makes of it.
            rankings = values.argsort(axis=1, kind="stable").astype(self._narrow)
            if len(self._known) >= _KEPT:
                self._known = {}
            found = self._known[name] = Behaviour(rankings, _fingerprint(rankings))
        return found

    def vector(self, rankings: np.ndarray) -> np.ndarray:
        """Place of every alternative, between 0 and 1: the features distances are taken between, (width,) float32."""
        places = np.empty(self.width, dtype=np.float32)
        places[(rankings + self._starts).reshape(-1)] = self._ranks
        return places


def _fingerprint(rankings: np.ndarray) -> bytes:
    return hashlib.blake2b(rankings.tobytes(), digest_size=16).digest()
