"""From values to pixels, and where the ticks go."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import quantiles

from evolve.charts.numbers import LARGEST, drawable

WIDE = 20.0
"""Ratio of the greatest to the least from which on an axis of positive values is logarithmic."""
FENCE = 12.0
"""Interquartile ranges from the median beyond which a value is left outside of a linear axis."""


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis.

    Attributes:
        low, high: values at its ends, ``low < high``.
        start, end: pixels of these.
        base: of its logarithm; 0 if it is linear.
    """

    low: float
    high: float
    start: float
    end: float
    base: int = 0

    @classmethod
    def over(
        cls, values: Iterable[float | None], start: float, end: float, base: int = 0, margin: float = 0.05
    ) -> Scale:
        """An axis with room for values; those that have no place on any axis are left out.

        Args:
            values: to be shown; with none of them it goes from 0 (1 if logarithmic) to 1 (2).
            start: pixel of its low end.
            end: pixel of its high end.
            base: 0, or of the logarithm: positive values only.
            margin: share of its length left free at each end.
        """
        found = [v for v in drawable(values) if not base or v >= 1 / LARGEST]
        low, high = (min(found), max(found)) if found else (1.0, 2.0) if base else (0.0, 1.0)
        if base:
            if high / low < 1 + 1e-9:
                low, high = low / 1.5, high * 1.5
            factor = math.exp(math.log(high / low) * margin)
            return cls(low / factor, high * factor, start, end, base)
        least = max(1e-9 * max(abs(low), abs(high)), 1 / LARGEST)
        if high - low <= least:
            half = abs(low) * 0.05 if abs(low) > 1 / LARGEST else 1.0
            low, high = low - half, high + half
        room = (high - low) * margin
        return cls(low - room, high + room, start, end)

    def holds(self, value: float | None) -> bool:
        """Whether a value is on it."""
        return value is not None and self.low <= value <= self.high

    def __call__(self, value: float) -> float:
        """Where a value is; one beyond an end is at that end."""
        value = min(max(value, self.low), self.high)
        if self.base:
            share = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self, most: int = 6) -> list[float]:
        """Round values on it, about as many."""
        if self.base == 2:
            return self._powers(2, most)
        if self.base:
            powers = self._powers(10, most)
            finer = [m * p for p in [powers[0] / 10, *powers] for m in (1, 2, 5)] if powers else []
            fine = [v for v in finer if self.holds(v)]
            return fine if 0 < len(fine) <= most + 3 and len(powers) < 4 else powers or self._linear(most)
        return self._linear(most)

    def _powers(self, base: int, most: int) -> list[float]:
        first = math.ceil(math.log(self.low, base) - 1e-9)
        last = math.floor(math.log(self.high, base) + 1e-9)
        stride = max(1, math.ceil((last - first + 1) / (most + 2)))
        return [float(base) ** k for k in range(first, last + 1, stride)]

    def _linear(self, most: int) -> list[float]:
        rough = (self.high - self.low) / most
        magnitude = 10.0 ** math.floor(math.log10(rough))
        step = next((m * magnitude for m in (1, 2, 2.5, 5, 10) if m * magnitude >= rough), rough)
        first, last = math.ceil(self.low / step), math.floor(self.high / step)
        return [k * step for k in range(first, last + 1)]


def suitable_base(values: Sequence[float]) -> int:
    """10 for positive values that are far apart, else 0."""
    return 10 if values and min(values) >= 1 / LARGEST and max(values) / min(values) > WIDE else 0


def without_far_out(values: Sequence[float]) -> list[float]:
    """Those that are not so far from the others that these could not be told apart on one axis."""
    ordered = sorted(values)
    if len(ordered) < 4:
        return ordered
    low, middle, high = quartiles(ordered)
    if high <= low:
        return ordered
    return [v for v in ordered if abs(v - middle) <= FENCE * (high - low)]


def quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    """Lower quartile, median and upper quartile of one value or more, between neighbours in proportion."""
    if len(values) == 1:
        return values[0], values[0], values[0]
    low, middle, high = quantiles(values, n=4, method="inclusive")
    return low, middle, high


def spread(places: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places moved as little as a single sweep down and one up can, so that they are ``gap`` apart and between bounds.

    Where there is no room for all they end up closer. The order of the result is that of ``places``.
    """
    order = sorted(range(len(places)), key=lambda k: places[k])
    gap = min(gap, (high - low) / max(1, len(places) - 1))
    found = [0.0] * len(places)
    lowest = low
    for k in order:
        found[k] = max(places[k], lowest)
        lowest = found[k] + gap
    highest = high
    for k in reversed(order):
        found[k] = min(found[k], highest)
        highest = found[k] - gap
    return found
