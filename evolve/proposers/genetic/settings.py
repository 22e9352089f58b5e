"""The knobs of the genetic proposer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """Knobs of the genetic proposer.

    Attributes:
        founders: random children before selection starts; None: as many as suit what is bred.
        offspring: children made per proposal, of which one is proposed.
        rehearsed: of these, how many the surrogate picks for a rehearsal, where the problem has one.
        exploration: share of proposals that take any child instead.
        warm_up: observations the surrogate needs before it is asked.
        crossover: share of children by crossover.
        fresh: share of children that are new random trees; the rest are mutants.
        function_crossover: share of children by crossover where programs are varied as text.
        neighbours: nearest observations the surrogate averages.
        tolerance: of the surrogate's choice, in median absolute deviations of the guessed scores.
    """

    founders: int | None = None
    offspring: int = 12
    rehearsed: int = 6
    exploration: float = 0.2
    warm_up: int = 50
    crossover: float = 0.55
    fresh: float = 0.03
    function_crossover: float = 0.25
    neighbours: int = 5
    tolerance: float = 0.5
