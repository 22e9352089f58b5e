"""Ways to keep a population and to draw parents from it, compared by ``genetic_search.py``."""

from __future__ import annotations

import random

import numpy as np

from evolve.campaign.population import Admission, Population
from evolve.proposers.base import Member


class Lexicase(Population):
    """Replace-worst as in :class:`Population`, parents by epsilon-lexicase instead of tournaments."""

    refresh = 20
    """Members that enter between two computations of the tolerances."""

    def __init__(self, *arguments, **keywords) -> None:
        super().__init__(*arguments, **keywords)
        self._table: np.ndarray | None = None
        self._entered = 0

    def admit(self, member: Member) -> Admission:
        admission = super().admit(member)
        self._entered += admission.entered
        return admission

    def draw(self, rng: random.Random, count: int) -> tuple[Member, ...]:
        """Each draw looks at the instances in another random order and keeps the members near the best on each."""
        if not self._members:
            return ()
        table = self.sign * np.stack([member.instance_scores for member in self._members])
        if self._table is None or self._entered >= self.refresh:
            self._table, self._entered = table, 0
            self._spread = np.median(np.abs(table - np.median(table, axis=0)), axis=0)
        drawn = []
        for _ in range(count):
            alive = np.arange(len(table))
            for case in rng.sample(range(table.shape[1]), table.shape[1]):
                values = table[alive, case]
                alive = alive[values <= values.min() + self._spread[case]]
                if len(alive) == 1:
                    break
            drawn.append(self._members[alive[rng.randrange(len(alive))]])
        return tuple(drawn)


POLICIES = {"tournament": Population, "lexicase": Lexicase}
