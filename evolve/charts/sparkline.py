"""A curve the size of a word, for a line of text or a cell of a table."""

from __future__ import annotations

from collections.abc import Sequence

from evolve.charts.numbers import drawable, number
from evolve.charts.scales import Scale
from evolve.charts.svg import drawing, element, path
from evolve.charts.table import Table

WIDTH, HEIGHT = 120, 24
MOST = 240
"""Points drawn: two a pixel; of more, evenly taken ones and the last."""


def sparkline(values: Sequence[float | None], *, name: str) -> str:
    """The chart.

    Args:
        values: evenly apart; what cannot be drawn is left out.
        name: of it.
    """
    known = drawable(values)
    if len(known) > MOST:
        known = [known[k * len(known) // MOST] for k in range(MOST)] + known[-1:]
    y = Scale.over(known, HEIGHT - 3, 3, margin=0.0)
    x = Scale(0.0, float(max(1, len(known) - 1)), 3, WIDTH - 4)
    at = [(x(k), y(value)) for k, value in enumerate(known)]
    marks = [path(at, "thin s0")]
    if at:
        marks.append(element("circle", kind="f0", cx=at[-1][0], cy=at[-1][1], r=2.5))
        said = f"From {number(known[0])} to {number(known[-1])}, between {number(min(known))} and {number(max(known))}."
    else:
        said = "No values."
    return drawing(WIDTH, HEIGHT, marks, title=name, description=said, kind="spark")


def sparkline_table(values: Sequence[float | None]) -> Table:
    """Its data: a row a value."""
    return Table(("place", "value"), [(k, value) for k, value in enumerate(values, 1)])
