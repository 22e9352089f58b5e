"""The ``random`` proposer: the genetic proposer's generators without selection, the control every search must beat."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from evaluators.declaration import EntryPoint
from evaluators.problem import Problem
from evolve.proposers.base import Ask, Observation, Proposed

if TYPE_CHECKING:
    from evolve.proposers.genetic.settings import Settings


class RandomProposer:
    """Fresh random trees, or random mutants of the seeds where trees cannot be grown.

    Args:
        problem: searched on.
        entry: entry point in use.
        seeds: sources whose mutants are proposed where trees cannot be grown.
        settings: of the generators; none of selection applies.

    Raises:
        ValueError: if trees cannot be grown for the entry point and no seed defines it either.
    """

    name = "random"
    repairs = False

    def __init__(
        self, problem: Problem, entry: EntryPoint, seeds: Sequence[str] = (), settings: Settings | None = None
    ) -> None:
        from evolve.proposers.genetic.proposer import GeneticProposer

        self._inner = GeneticProposer(problem, entry, seeds, settings)

    def founders(self) -> int:
        """All of them: no proposal ever needs a parent."""
        return sys.maxsize

    def propose(self, ask: Ask) -> Proposed:
        """A random candidate; parents and pool are ignored."""
        return self._inner.propose(replace(ask, parents=(), pool=()))

    def observe(self, observation: Observation) -> None:
        """Duplicates are avoided, as the genetic proposer avoids them; scores are ignored."""
        self._inner.observe(replace(observation, score=None))
