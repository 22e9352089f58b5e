"""A population of those that no other is better than in everything: score, speed, length, whatever a campaign aims at.

Who leaves a full population is told as in NSGA-II (Deb, Pratap, Agarwal & Meyarivan, IEEE Transactions on Evolutionary
Computation 6(2), 2002; the sorting is DEAP's): one of the last front, and of these the one in the densest place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from evolve.proposers.base import Member
from evolve.selection.population import Population, Room
from evolve.selection.settings import PopulationSettings
from evolve.selection.traits import Traits


class Pareto(Population):
    """Members sorted by score; who is kept is told by all aims. Thread-safe.

    Args:
        settings: its aims, how many members, and how parents are drawn.
        traits: that aims can be of.
        sign, fence: as of :class:`Population`.
    """

    def __init__(self, settings: PopulationSettings, traits: Traits, sign: float, fence: float = float("inf")) -> None:
        super().__init__(settings, sign, fence)
        self._aims = [(traits.reader(name), traits.directions.get(name, 1.0)) for name in settings.aims]
        self._values: dict[str, tuple[float, ...]] = {}

    def values(self, member: Member) -> tuple[float, ...]:
        """What the member comes to in every aim, the less the better."""
        return tuple(direction * read(member) for read, direction in self._aims)

    def front(self) -> list[Member]:
        """Members that no other is better than in everything, best score first."""
        members = self.members()
        first = set(_fronts([self.values(member) for member in members])[0]) if members else set()
        return [member for k, member in enumerate(members) if k in first]

    def _room(self, member: Member) -> Room:
        if len(self._members) < self.settings.size:
            return Room()
        everybody = [self._values[other.candidate_id] for other in self._members] + [self.values(member)]
        last = _fronts(everybody)[-1]
        space = _room_around(everybody, last)
        leaves = min(last, key=lambda k: (space[k], -k))
        if leaves == len(self._members):
            return Room(refused="behind the members, or too near one, in every aim")
        return Room(leaves)

    def _place(self, at: int, member: Member) -> None:
        super()._place(at, member)
        self._values[member.candidate_id] = self.values(member)

    def _remove(self, at: int) -> str:
        gone = super()._remove(at)
        del self._values[gone]
        return gone

    def bar(self) -> np.ndarray | None:
        """None: a child that scores badly may be the shortest or the fastest."""
        return None


def _fronts(values: Sequence[tuple[float, ...]]) -> list[list[int]]:
    """Places by front, the first of which nothing dominates."""
    people = _people(values)
    from deap.tools import sortNondominated

    return [[person.place for person in front] for front in sortNondominated(people, len(people))]


def _room_around(values: Sequence[tuple[float, ...]], places: Sequence[int]) -> dict[int, float]:
    """Place -> crowding distance among these."""
    from deap.tools.emo import assignCrowdingDist

    people = [person for person in _people(values) if person.place in set(places)]
    assignCrowdingDist(people)
    return {person.place: person.fitness.crowding_dist for person in people}


class _Person:
    """What DEAP sorts: something with a fitness."""

    def __init__(self, place: int, fitness: Any) -> None:
        self.place, self.fitness = place, fitness


def _people(values: Sequence[tuple[float, ...]]) -> list[_Person]:
    from deap.base import Fitness

    kind: Any = type("Least", (Fitness,), {"weights": (-1.0,) * len(values[0])})
    return [_Person(place, kind(aims)) for place, aims in enumerate(values)]
