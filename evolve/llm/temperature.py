"""Temperatures that change in the course of a campaign."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SCHEDULES = ("linear", "stagnation")


@dataclass(frozen=True, slots=True)
class Schedule:
    """From one temperature to another, evenly over so many proposals.

    Attributes:
        kind: ``linear`` counts all proposals, ``stagnation`` those since the best program was found, so that a search
            that is stuck is asked for bolder programs until it finds a better one.
        start: temperature at first, 0…2.
        end: temperature after ``over`` proposals.
        over: proposals from the one to the other.
    """

    kind: Literal["linear", "stagnation"]
    start: float
    end: float
    over: int

    def at(self, proposals: int, stagnant: int) -> float:
        """The temperature after so many proposals, of which the last ``stagnant`` brought nothing better."""
        done = proposals if self.kind == "linear" else stagnant
        share = min(max(done, 0) / self.over, 1.0)
        return round(self.start + share * (self.end - self.start), 3)
