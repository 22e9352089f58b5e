"""What a rule does, independent of how it is written: its rankings in sample situations.

Phenotypic characterisation of dispatching rules: Hildebrandt & Branke, On using surrogates with genetic programming,
Evolutionary Computation 23(3), 2015.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from evaluators.problem import EntryPoint, Problem
from evolve.proposers.genetic.trees import Tree, evaluate, terminal_columns


@dataclass(frozen=True, slots=True)
class Phenotype:
    """A rule's behaviour.

    Attributes:
        fingerprint: hash of the whole ranking; equal for rules that rank alike in every situation.
        vector: (situations * alternatives,) float32, the features distances are taken between.
    """

    fingerprint: bytes
    vector: np.ndarray


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
        self.sign = 1.0 if entry.select == "min" else -1.0
        alternatives = self.shape[1]
        self.width = self.shape[0] * alternatives
        # The chosen alternative decides the schedule, the runner-up nearly does; the rest is forgotten quickly.
        self._weights = (0.5 ** np.arange(alternatives)).astype(np.float32)

    def phenotype(self, tree: Tree) -> Phenotype:
        """The behaviour of a tree; ties go to the first alternative, as everywhere."""
        with np.errstate(all="ignore"):
            values = np.broadcast_to(evaluate(tree, self.columns) * self.sign, self.shape)
        # NaN sorts last, which is what the printed function's guard makes of it.
        order = np.argsort(values, axis=1, kind="stable").astype(np.uint8)
        vector = np.empty(self.shape, dtype=np.float32)
        np.put_along_axis(vector, order, self._weights[None, :], axis=1)
        return Phenotype(hashlib.blake2b(order.tobytes(), digest_size=16).digest(), vector.reshape(-1))
