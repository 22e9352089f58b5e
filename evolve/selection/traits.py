"""What can be told of a member beside its score: the axes of a grid, and what a Pareto population weighs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from evaluators.problem import Problem
from evolve.archive.shingles import tokens
from evolve.proposers.base import Member

_BRANCH = re.compile(r"if|elif|for|while|case|and|or|where|min|max|minimum|maximum|fmin|fmax|clip|\?")
_NUMBER = re.compile(r"\d[\w.]*")

USUAL_EDGES: Mapping[str, tuple[float, ...]] = {
    "length": (25, 50, 75, 100, 150, 200, 300, 500, 800),
    "branches": (1, 2, 3, 5, 8, 12, 20),
    "numbers": (1, 2, 3, 5, 8, 12, 20),
    "cpu_seconds": (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
}
"""Of the traits that any program has."""


@lru_cache(maxsize=1)
def _words(source: str) -> list[str]:
    """Tokens of a program, of which the traits of one member are read one after the other."""
    return tokens(source)


class UnknownTraitError(ValueError):
    """There is no such trait; the message names those there are."""


@dataclass(frozen=True)
class Traits:
    """Traits by name.

    They are ``length`` (tokens, comments left out), ``branches`` (words that choose), ``numbers`` (in the program),
    ``cpu_seconds`` (on ``train``), every objective of the problem, and ``score:PART`` for each part of ``train``.

    Attributes:
        objectives: of the problem.
        parts: name -> places of its instances on ``train``.
        directions: +1 for traits to be small, -1 for those to be great.
    """

    objectives: tuple[str, ...]
    parts: Mapping[str, np.ndarray]
    directions: Mapping[str, float]

    @classmethod
    def of(cls, problem: Problem) -> Traits:
        """Those of a problem's candidates."""
        places: dict[str, list[int]] = {}
        for at, instance in enumerate(problem.instances("train")):
            places.setdefault(instance.part, []).append(at)
        objectives = problem.spec.objectives
        sign = 1.0 if problem.spec.objective.direction == "min" else -1.0
        directions = {o.name: 1.0 if o.direction == "min" else -1.0 for o in objectives}
        directions |= {f"score:{part}": sign for part in places}
        return cls(tuple(o.name for o in objectives), {p: np.array(i) for p, i in places.items()}, directions)

    @property
    def names(self) -> list[str]:
        """All there are."""
        return [*USUAL_EDGES, *self.objectives, *(f"score:{part}" for part in self.parts)]

    def check(self, names: Sequence[str]) -> None:
        """Refuse names of no trait.

        Raises:
            UnknownTraitError: one sentence.
        """
        for name in names:
            if name not in self.names:
                raise UnknownTraitError(f"unknown trait {name!r}; allowed: {', '.join(self.names)}")

    def reader(self, name: str) -> Callable[[Member], float]:
        """The function that tells a trait of a member."""
        if name == "length":
            return lambda member: float(len(_words(member.source)))
        if name == "branches":
            return lambda member: float(sum(bool(_BRANCH.fullmatch(word)) for word in _words(member.source)))
        if name == "numbers":
            return lambda member: float(sum(bool(_NUMBER.fullmatch(word)) for word in _words(member.source)))
        if name == "cpu_seconds":
            return lambda member: member.cpu_seconds
        if name.startswith("score:"):
            places = self.parts[name.removeprefix("score:")]
            return lambda member: float(np.mean(member.instance_scores[places]))
        return lambda member: member.objectives.get(name, member.score)
