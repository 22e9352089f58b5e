"""What speed-up a parallel kernel may expect on how many cores: both bounds, and what was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evolve.charts.frame import WIDTH, Frame, legend
from evolve.charts.numbers import is_drawable, number
from evolve.charts.scales import Scale
from evolve.charts.svg import drawing, element, label, line, path, title
from evolve.charts.table import Table

HEIGHT = 360
COLUMNS = ("cores", "at least", "at most")


def speed_up(found: Mapping[str, Any], *, name: str) -> str:
    """The chart: cores and times as fast, both in doublings.

    Args:
        found: of :func:`evolve.archive.speedup.speedup`: ``curve``, rows of ``cores``, ``least`` and ``greatest``, and
            ``measured``, None or ``busy_cores`` and ``over_baseline``.
        name: of the chart.
    """
    rows = [row for row in found["curve"] if all(_positive(row[key]) for key in ("cores", "least", "greatest"))]
    measured = found["measured"]
    point = None
    if measured and _positive(measured["busy_cores"]) and _positive(measured["over_baseline"]):
        point = float(measured["busy_cores"]), float(measured["over_baseline"])
    cores = [float(row["cores"]) for row in rows] + ([point[0]] if point else [])
    times = [float(row[key]) for row in rows for key in ("least", "greatest")] + ([point[1]] if point else []) + [1.0]
    frame = Frame(Scale.over(cores, 62, WIDTH - 24, 2, margin=0.02), Scale.over(times, HEIGHT - 52, 62, 2, margin=0.03))
    keys = [("between the bounds", "f0 fog"), ("measured here", "f1")]
    marks, _ = legend(keys if point else keys[:1], 62, 16, WIDTH)
    marks += frame.axes("cores", "times as fast")
    if rows:
        marks.append(_ideal(frame))
        upper = [(frame.x(row["cores"]), frame.y(row["greatest"])) for row in rows]
        lower = [(frame.x(row["cores"]), frame.y(row["least"])) for row in rows]
        marks.append(path([*upper, *reversed(lower)], "band f0", closed=True))
        marks += [path(upper, "line s0 dash"), path(lower, "line s0")]
        marks += _points(rows, frame)
    if point:
        tip = title(f"measured: {number(point[1])} times as fast as the baseline with {number(point[0])} cores busy")
        at = frame.x(point[0]), frame.y(point[1])
        marks.append(element("circle", tip, kind="f1 edge", cx=at[0], cy=at[1], r=5.5))
        marks.append(label(at[0] + 9, at[1] + 4, number(point[1]), "ink strong"))
    if not rows and not point:
        marks.append(frame.nothing())
    return drawing(WIDTH, HEIGHT, marks, title=name, description=_said(rows, point, found))


def speed_up_table(found: Mapping[str, Any]) -> Table:
    """Its data: a row a number of cores, then what was measured."""
    rows: list[tuple[str | float | None, ...]] = [
        (row["cores"], row["least"], row["greatest"]) for row in found["curve"]
    ]
    measured = found["measured"]
    if not measured:
        return Table(COLUMNS, rows)
    told = [(*row, None) for row in rows]
    return Table((*COLUMNS, "measured"), [*told, (measured["busy_cores"], None, None, measured["over_baseline"])])


def _positive(value: Any) -> bool:
    return isinstance(value, int | float) and is_drawable(value) and value > 0


def _ideal(frame: Frame) -> str:
    """As many times as fast as there are cores, as far as that is on the plot."""
    low, high = max(frame.x.low, frame.y.low), min(frame.x.high, frame.y.high)
    if low >= high:
        return ""
    return line(frame.x(low), frame.y(low), frame.x(high), frame.y(high), "soft-line dots")


def _points(rows: Sequence[Mapping[str, Any]], frame: Frame) -> list[str]:
    return [
        element(
            "circle",
            title(f"{row['cores']} cores: {bound} {number(row[key])} times as fast"),
            kind="f0 edge", cx=frame.x(row["cores"]), cy=frame.y(row[key]), r=3.2,
        )
        for row in rows
        for key, bound in (("least", "at least"), ("greatest", "at most"))
    ]  # fmt: skip


def _said(rows: Sequence[Mapping[str, Any]], point: tuple[float, float] | None, found: Mapping[str, Any]) -> str:
    said = []
    if rows:
        last = rows[-1]
        said.append(
            f"On {last['cores']} cores it may be {number(last['least'])} to {number(last['greatest'])} times as fast "
            f"as on one, by its work of {number(found['work'])} and span of {number(found['span'])} steps."
        )
        said.append("The full line is what the burdened span grants, the broken one what work and span allow; ")
        said.append("the dotted one is as many times as there are cores.")
    if point:
        said.append(
            f"Measured: {number(point[1])} times as fast as the sequential baseline, {number(point[0])} cores busy."
        )
    return " ".join(said) or "Work and span were not measured."
