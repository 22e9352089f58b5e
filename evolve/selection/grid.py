"""A population as a grid of cells, one member in each: MAP-Elites (Mouret & Clune, arXiv:1504.04909, 2015).

A cell is a kind of program (so long, with so many branches …), and its member the best of that kind: a child competes
with its like only, so that an odd idea need not beat the best one to live on. pyribs would keep the same table; it
brings numba and scikit-learn with it, hundreds of megabytes for a dictionary.
"""

from __future__ import annotations

import bisect
import random
from collections.abc import Mapping
from dataclasses import replace
from math import prod

import numpy as np

from evolve.proposers.base import Member
from evolve.selection.population import Population, Room
from evolve.selection.settings import PopulationSettings
from evolve.selection.traits import Traits

Cell = tuple[int, ...]


class Grid(Population):
    """As many members as there are kinds. Thread-safe.

    Args:
        settings: its axes and their edges, and how parents are drawn; ``size`` follows from the axes.
        traits: that axes can be of.
        sign, fence: as of :class:`Population`.
    """

    def __init__(self, settings: PopulationSettings, traits: Traits, sign: float, fence: float = float("inf")) -> None:
        cells = prod(len(edges) + 1 for edges in settings.axes.values())
        super().__init__(replace(settings, size=cells), sign, fence)
        self._axes = [(traits.reader(name), edges) for name, edges in settings.axes.items()]
        self._cells: dict[str, Cell] = {}
        self._occupants: dict[Cell, str] = {}

    def cell(self, member: Member) -> Cell:
        """Which cell a member belongs to: on each axis the number of edges its trait is not below."""
        return tuple(bisect.bisect_right(edges, read(member)) for read, edges in self._axes)

    def cells(self) -> Mapping[Cell, str]:
        """Cells that are taken, and by which candidate."""
        with self._lock:
            return dict(self._occupants)

    def _room(self, member: Member) -> Room:
        occupant = self._occupants.get(self.cell(member))
        if occupant is None:
            return Room()
        at = next(k for k, other in enumerate(self._members) if other.candidate_id == occupant)
        return Room(refused="worse than its cell's") if self._rank_of(member) > self._order[at] else Room(at)

    def _place(self, at: int, member: Member) -> None:
        super()._place(at, member)
        cell = self._cells[member.candidate_id] = self.cell(member)
        self._occupants[cell] = member.candidate_id

    def _remove(self, at: int) -> str:
        gone = super()._remove(at)
        del self._occupants[self._cells.pop(gone)]
        return gone

    def unlike(self, rng: random.Random, parent: Member, count: int) -> tuple[Member, ...]:
        """Up to ``count`` members of other cells, the better of two drawn for each place."""
        home = self.cell(parent)
        with self._lock:
            others = [k for k, member in enumerate(self._members) if self._cells[member.candidate_id] != home]
            best = [min(rng.choice(others), rng.choice(others)) for _ in range(count) if others]
            return tuple(self._members[k] for k in dict.fromkeys(best))

    def bar(self) -> np.ndarray | None:
        """None: how good a child must be is known only once its cell is."""
        return None
