"""How parents are drawn from a population that is sorted from best to worst."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Protocol

import numpy as np

from evolve.selection.settings import PopulationSettings

CASES = 64
"""Instances that one draw may look at; a few dozen nearly always decide."""
SPREAD_SAMPLE = 15
"""Members from which the tolerance of lexicase selection is taken."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A population as selection sees it, best member first.

    Attributes:
        size: members.
        table: scores by row, (rows, instances); the less the better.
        rows: of the table, by position.
        ordinals: of the proposals that brought them, by position.
    """

    size: int
    table: np.ndarray
    rows: np.ndarray
    ordinals: Callable[[], Sequence[int]]


class Selection(Protocol):
    """Draws positions, with repeats."""

    def choose(self, standing: Standing, rng: Random, count: int) -> list[int]:
        """``count`` positions of a population that is not empty."""
        ...


def selection_of(settings: PopulationSettings) -> Selection:
    """The selection a campaign asks for."""
    if settings.selection == "lexicase":
        return Lexicase()
    if settings.selection == "tournament":
        return Tournament(settings.tournament)
    return RankAndRecency(settings.greedy, settings.pressure, settings.half_life)


class Lexicase:
    """Epsilon-lexicase (La Cava et al., Evolutionary Computation 27(3), 2019).

    Instances are looked at one by one in random order, and on each only members near the best stay. The tolerance is
    the median absolute deviation over a systematic sample of the members: it needs no state that a resumed campaign
    would have to have kept.
    """

    def choose(self, standing: Standing, rng: Random, count: int) -> list[int]:
        """See :class:`Selection`."""
        size, table, rows = standing.size, standing.table, standing.rows
        instances = table.shape[1]
        cases = np.array([rng.randrange(instances) for _ in range(CASES)])
        scores = table.T[cases][:, rows]
        some = scores[:, :: max(1, size // SPREAD_SAMPLE)].copy()
        middle = some.shape[1] // 2
        some.sort(axis=1)
        some = np.abs(some - some[:, middle : middle + 1])
        some.sort(axis=1)
        spread = some[:, middle]
        bounds = scores.min(axis=1) + spread
        telling = (scores.max(axis=1) > bounds).nonzero()[0]
        return [self._survivor(scores, spread, bounds, telling, rng) for _ in range(count)]

    @staticmethod
    def _survivor(scores: np.ndarray, spread: np.ndarray, bounds: np.ndarray, telling: np.ndarray, rng: Random) -> int:
        """One draw from ``scores``, (cases, members).

        Looking at a case on which all who are left are near the best changes nothing, and nothing later makes such a
        case tell them apart: only the ``telling`` ones, where somebody is beyond ``bounds``, are drawn from.
        """
        alive = np.arange(scores.shape[1])
        while len(telling):
            case = telling[rng.randrange(len(telling))]
            stay = scores[case] <= bounds[case]
            alive, scores = alive[stay], scores[:, stay]
            if len(alive) == 1:
                break
            bounds = scores.min(axis=1) + spread
            telling = (scores.max(axis=1) > bounds).nonzero()[0]
        return int(alive[rng.randrange(len(alive))])


@dataclass(frozen=True, slots=True)
class Tournament:
    """The best of ``members`` drawn at random: members are sorted, so it is the smallest of their positions."""

    members: int

    def choose(self, standing: Standing, rng: Random, count: int) -> list[int]:
        """See :class:`Selection`."""
        return [min(rng.randrange(standing.size) for _ in range(self.members)) for _ in range(count)]


@dataclass(frozen=True, slots=True)
class RankAndRecency:
    """The better and the younger the likelier; a ``greedy`` share of draws takes the best.

    Weights by a power law of rank are those of ShinkaEvolve (Lange, Imajuku & Cetin, arXiv:2509.19349, 2025); that a
    member's weight halves every ``half_life`` proposals keeps the search from going on about one program for ever, as
    regularised evolution does by removing the oldest (Real et al., AAAI 2019).
    """

    greedy: float
    pressure: float
    half_life: int

    def choose(self, standing: Standing, rng: Random, count: int) -> list[int]:
        """See :class:`Selection`."""
        weights = np.arange(1, standing.size + 1) ** -self.pressure
        if self.half_life:
            ordinals = np.array(standing.ordinals())
            weights = weights * 0.5 ** ((ordinals.max() - ordinals) / self.half_life)
        reach = np.cumsum(weights)
        chosen = []
        for _ in range(count):
            greedy, draw = rng.random() < self.greedy, rng.random()
            found = int(np.searchsorted(reach, draw * reach[-1], side="right"))
            chosen.append(0 if greedy else min(found, standing.size - 1))
        return chosen
