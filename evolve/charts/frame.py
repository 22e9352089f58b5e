"""The part of a chart that is the same in all: axes, grid, ticks and names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from evolve.charts.numbers import number
from evolve.charts.scales import Scale
from evolve.charts.svg import CHARACTER, element, label, line

WIDTH = 640
LINE = 15.0
"""Height of a line of text."""
NOTHING = "no data"


@dataclass(frozen=True, slots=True)
class Frame:
    """A plot between its axes.

    Attributes:
        x, y: scales, whose pixels are the plot's edges.
    """

    x: Scale
    y: Scale

    @property
    def left(self) -> float:
        """Its left edge."""
        return self.x.start

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.x.end

    @property
    def top(self) -> float:
        """Its upper edge."""
        return min(self.y.start, self.y.end)

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return max(self.y.start, self.y.end)

    def axes(self, x_name: str, y_name: str, counts: bool = False) -> Iterator[str]:
        """Both axes with grid, ticks and names: that of y above it, so that none has to be read sideways.

        Args:
            x_name: of the lower axis.
            y_name: of the other one.
            counts: on which there are whole numbers only.
        """
        for value in self.y.ticks(5):
            if counts and value != int(value):
                continue
            at = self.y(value)
            yield line(self.left, at, self.right, at, "grid")
            yield label(self.left - 8, at + 4, number(value), anchor="end", most=10)
        yield from self.x_axis(x_name)
        yield label(4, self.top - 12, y_name, most=70)

    def x_axis(self, name: str, grid: bool = False, written: Callable[[float], str] = number) -> Iterator[str]:
        """The lower axis; with ``grid`` lines go up from its ticks."""
        yield line(self.left, self.bottom, self.right, self.bottom, "axis")
        taken = float("-inf")
        for value in self.x.ticks(7):
            at, text = self.x(value), written(value)
            yield line(at, self.bottom, at, self.bottom + 4, "axis")
            if grid:
                yield line(at, self.top, at, self.bottom, "grid")
            half = len(text) * CHARACTER / 2
            if at - half > taken:
                yield label(at, self.bottom + 18, text, anchor="middle")
                taken = at + half + 4
        yield label((self.left + self.right) / 2, self.bottom + 37, name, anchor="middle", most=70)

    def nothing(self) -> str:
        """What stands in it when there is nothing to show."""
        return label((self.left + self.right) / 2, (self.top + self.bottom) / 2, NOTHING, anchor="middle")


def legend(names: list[tuple[str, str]], left: float, top: float, right: float) -> tuple[list[str], float]:
    """A line of keys, as many lines as it takes.

    Args:
        names: of the keys, each with the classes of its sample.
        left: where it begins.
        top: base line of the first line.
        right: how far it may go.

    Returns:
        The marks, and where the next thing may begin.
    """
    marks: list[str] = []
    x, y = left, top
    for name, kind in names:
        wide = 22 + min(len(name), 30) * CHARACTER + 12
        if x > left and x + wide > right:
            x, y = left, y + LINE + 3
        marks.append(element("rect", kind=kind, x=x, y=y - 9, width=14, height=10))
        marks.append(label(x + 20, y, name, most=30))
        x += wide
    return marks, y + LINE
