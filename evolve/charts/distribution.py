"""How running times compare, run by run: ratios of times as points, and where their middle half lies as a box."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from evolve.charts.frame import WIDTH, Frame
from evolve.charts.numbers import counted, is_drawable, number
from evolve.charts.palette import LIGHT
from evolve.charts.scales import Scale, quartiles
from evolve.charts.svg import CHARACTER, drawing, element, label, line, rectangle
from evolve.charts.table import Table

ROW, TOP = 54.0, 12.0
MOST_POINTS = 400
"""Drawn in a row, evenly taken from the sorted ones."""
GOLDEN = 0.6180339887
LARGEST = 300.0
"""Logarithm of a ratio beyond which it is not drawn."""


def distribution(groups: Mapping[str, Sequence[float]], *, name: str, x_name: str) -> str:
    """The chart: a row a group, ratios on a logarithmic axis, with a line at 1, where nothing differs.

    Args:
        groups: name -> natural logarithms of ratios.
        name: of the chart.
        x_name: of the axis, which has the ratios themselves.
    """
    known = {group: sorted(v for v in values if _has_place(v)) for group, values in groups.items()}
    ratios = [math.exp(v) for values in known.values() for v in values]
    left = 20 + min(22, max(map(len, groups), default=4)) * CHARACTER
    bottom = TOP + ROW * max(1, len(known))
    base = 10 if ratios and max(ratios) / min(ratios) > 4 else 0  # within a factor of four both look alike
    x = Scale.over([*ratios, 1.0], left, WIDTH - 60, base)
    frame = Frame(x, Scale(0.0, 1.0, bottom, TOP))
    marks = list(frame.x_axis(x_name, grid=True))
    if x.holds(1.0):
        marks.append(line(x(1.0), TOP, x(1.0), bottom, "soft-line dash"))
    said = []
    for k, (group, values) in enumerate(known.items()):
        middle, colour = TOP + ROW * (k + 0.5), k % len(LIGHT)
        marks.append(label(left - 8, middle + 4, group, anchor="end", most=22))
        if not values:
            said.append(f"{group}: nothing to show.")
            continue
        low, centre, high = map(math.exp, quartiles(values))
        said.append(
            f"{group}: median {number(centre)}, middle half {number(low)} to {number(high)}, "
            f"{counted(len(values), 'ratio')}."
        )
        marks.append(rectangle(x(low), middle - 13, x(high) - x(low), 26, f"box s{colour}", said[-1]))
        stride = len(values) / min(len(values), MOST_POINTS)
        for at in range(min(len(values), MOST_POINTS)):
            # The golden ratio scatters points evenly, and in the same way each time.
            above = ((at * GOLDEN) % 1.0 - 0.5) * 30
            ratio = math.exp(values[int(at * stride)])
            marks.append(element("circle", kind=f"f{colour} fog", cx=x(ratio), cy=middle + above, r=2.4))
        marks.append(line(x(centre), middle - 17, x(centre), middle + 17, "ink-line line"))
        marks.append(label(WIDTH - 52, middle + 4, number(centre), "ink strong"))
    if not ratios:
        marks.append(frame.nothing())
    return drawing(WIDTH, bottom + 44, marks, title=name, description=" ".join(said) or "There is nothing to show.")


def distribution_table(groups: Mapping[str, Sequence[float]]) -> Table:
    """Its data: a row a group, with quantiles of the ratios."""
    rows: list[tuple[str | float | None, ...]] = []
    for group, values in groups.items():
        known = [v for v in values if _has_place(v)]
        told = [min(known), *quartiles(known), max(known)] if known else [None] * 5
        rows.append((group, len(known), *(value if value is None else math.exp(value) for value in told)))
    return Table(("group", "runs", "least", "lower quartile", "median", "upper quartile", "greatest"), rows)


def _has_place(value: float) -> bool:
    return is_drawable(value) and abs(value) <= LARGEST
