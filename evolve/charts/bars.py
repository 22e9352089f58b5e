"""Scores with their intervals, one below the other: baselines beside the winner.

They are bars from zero where that shows what differs; where values are far apart, points on a logarithmic axis, since a
bar has no foot there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evolve.charts.frame import WIDTH, Frame
from evolve.charts.numbers import counted, drawable, interval, is_drawable, number
from evolve.charts.scales import Scale, suitable_base
from evolve.charts.svg import CHARACTER, drawing, element, label, line, rectangle, title
from evolve.charts.table import Table

ROW, TOP = 26.0, 10.0
LONGEST_NAME = 26


@dataclass(frozen=True, slots=True)
class Entry:
    """A value with its interval, if it has one."""

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    marked: bool = False


def bars(entries: Sequence[Entry], *, name: str, unit: str) -> str:
    """The chart, in the order given.

    Args:
        entries: a row each; one that is marked has another colour.
        name: of the chart.
        unit: of the values.
    """
    values = drawable(v for entry in entries for v in (entry.value, entry.low, entry.high))
    base = suitable_base(values)
    left = 20 + min(LONGEST_NAME, max((len(entry.name) for entry in entries), default=4)) * CHARACTER
    told = [_told(entry) for entry in entries]
    right = WIDTH - 20 - max(map(len, told), default=0) * (CHARACTER - 0.8)
    bottom = TOP + ROW * max(1, len(entries))
    x = Scale.over(values if base else [*values, 0.0], left, right, base, margin=0.04 if base else 0.0)
    frame = Frame(x, Scale(0.0, 1.0, bottom, TOP))
    marks = list(frame.x_axis(unit, grid=True))
    for k, entry in enumerate(entries):
        middle = TOP + ROW * (k + 0.5)
        strong = "ink strong" if entry.marked else ""
        marks.append(label(left - 8, middle + 4, entry.name, strong, "end", most=LONGEST_NAME))
        marks.append(label(right + 10, middle + 4, told[k], f"small {strong}".strip()))
        marks += _drawn(entry, x, middle)
    if not values:
        marks.append(frame.nothing())
    known = [entry for entry in entries if is_drawable(entry.value)]
    said = f"{counted(len(known), 'value')} in {unit}. " if known else "There is nothing to show. "
    said += "; ".join(f"{entry.name} {_told(entry)}" for entry in known[:12])
    return drawing(WIDTH, bottom + 44, marks, title=name, description=said)


def bars_table(entries: Sequence[Entry], unit: str) -> Table:
    """Its data: a row an entry."""
    return Table(
        ("name", unit, "lower bound", "upper bound"),
        [(entry.name, entry.value, entry.low, entry.high) for entry in entries],
    )


def _told(entry: Entry) -> str:
    return " ".join(filter(None, (number(entry.value), interval(entry.low, entry.high)))) or "none"


def _drawn(entry: Entry, x: Scale, middle: float) -> list[str]:
    marks = []
    colour = 1 if entry.marked else 0
    tip = f"{entry.name}: {_told(entry)}"
    if entry.value is not None and is_drawable(entry.value):
        at = x(entry.value)
        if x.base:
            marks.append(element("circle", title(tip), kind=f"f{colour} edge", cx=at, cy=middle, r=5))
        else:
            zero = x(0.0)
            marks.append(rectangle(min(zero, at), middle - 8, abs(at - zero), 16, f"f{colour} fog", tip))
    if entry.low is not None and entry.high is not None and is_drawable(entry.low) and is_drawable(entry.high):
        low, high = x(entry.low), x(entry.high)
        marks.append(line(low, middle, high, middle, "ink-line thin"))
        marks += [line(end, middle - 4, end, middle + 4, "ink-line thin") for end in (low, high)]
    return marks
