"""A schedule: a row a resource, a bar for the time each task has it.

Bars of one resource that overlap, as those of one with a capacity above one do, are put below each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evolve.charts.frame import WIDTH, Frame, legend
from evolve.charts.numbers import counted, drawable, is_drawable, number
from evolve.charts.palette import LIGHT
from evolve.charts.scales import Scale
from evolve.charts.svg import CHARACTER, drawing, label, line, link, rectangle
from evolve.charts.table import Table

BAR, GAP = 20.0, 8.0
MOST_KEYS = len(LIGHT)


@dataclass(frozen=True, slots=True)
class Bar:
    """A task on a resource.

    Attributes:
        resource: its row.
        start, end: times.
        name: of the task.
        group: tasks of one group have one colour: a job, a layer.
        wrong: what is violated; empty if nothing is.
        href: where more of it is told.
    """

    resource: str
    start: float
    end: float
    name: str
    group: str = ""
    wrong: str = ""
    href: str = ""


def gantt(bars: Sequence[Bar], *, name: str, time: str = "time", resources: Sequence[str] = ()) -> str:
    """The chart.

    Args:
        bars: of the schedule.
        name: of the chart.
        time: what the axis is called.
        resources: in their order, idle ones too; those of bars that are not among them follow.
    """
    known = [bar for bar in bars if is_drawable(bar.start) and is_drawable(bar.end) and bar.start <= bar.end]
    rows = list(dict.fromkeys([*resources, *(bar.resource for bar in known)]))
    lanes = {row: _lanes([bar for bar in known if bar.resource == row]) for row in rows}
    groups = {group: k for k, group in enumerate(dict.fromkeys(bar.group for bar in known if bar.group))}
    left = 20 + min(20, max(map(len, rows), default=4)) * CHARACTER
    keys = [(group, f"f{k} fog") for group, k in groups.items()] if 1 < len(groups) <= MOST_KEYS else []
    marks, top = legend(keys, left, 16, WIDTH) if keys else ([], 12.0)
    tall = [max(1, len(lanes[row])) * BAR + GAP for row in rows] or [BAR + GAP]
    bottom = top + sum(tall)
    times = [bar.start for bar in known] + [bar.end for bar in known]
    x = Scale.over([*times, 0.0 if not times or min(times) >= 0 else None], left, WIDTH - 16, margin=0.0)
    frame = Frame(x, Scale(0.0, 1.0, bottom, top))
    marks += frame.x_axis(time, grid=True)
    at = top
    for row, height in zip(rows, tall, strict=False):
        marks.append(label(left - 8, at + height / 2 + 4, row, anchor="end", most=20))
        marks.append(line(left, at + height, WIDTH - 16, at + height, "grid"))
        for lane, placed in enumerate(lanes[row]):
            marks += [_bar(bar, x, at + GAP / 2 + lane * BAR, groups) for bar in placed]
        at += height
    if not known:
        marks.append(frame.nothing())
    return drawing(WIDTH, bottom + 44, marks, title=name, description=_said(bars, known, rows, time))


def gantt_table(bars: Sequence[Bar]) -> Table:
    """Its data: a row a bar."""
    ordered = sorted(bars, key=lambda bar: (bar.resource, bar.start if is_drawable(bar.start) else 0.0))
    return Table(
        ("task", "resource", "start", "end", "group", "violated"),
        [(bar.name, bar.resource, bar.start, bar.end, bar.group, bar.wrong) for bar in ordered],
        [bar.href for bar in ordered],
    )


def _lanes(bars: Sequence[Bar]) -> list[list[Bar]]:
    """Bars in as few rows as there are at most at one time, each in the first where it has room."""
    lanes: list[list[Bar]] = []
    for bar in sorted(bars, key=lambda bar: (bar.start, bar.end, bar.name)):
        lane = next((lane for lane in lanes if lane[-1].end <= bar.start), None)
        if lane is None:
            lanes.append([bar])
        else:
            lane.append(bar)
    return lanes


def _bar(bar: Bar, x: Scale, top: float, groups: Mapping[str, int]) -> str:
    left, right = x(bar.start), x(bar.end)
    tip = f"{bar.name} on {bar.resource}: {number(bar.start)} to {number(bar.end)}"
    tip += f", {bar.group}" if bar.group else ""
    tip += f"; violated: {bar.wrong}" if bar.wrong else ""
    colour = groups.get(bar.group, 0) % len(LIGHT)
    kind = f"f{colour} fog hit " + ("wrong" if bar.wrong else f"s{colour}")
    inside = rectangle(left, top + 1, max(1.0, right - left), BAR - 2, kind, tip)
    room = int((right - left - 6) / CHARACTER)
    if room >= 2:
        inside += label((left + right) / 2, top + BAR - 6, bar.name, "ink small", "middle", most=room)
    return link(bar.href, tip, inside)


def _said(bars: Sequence[Bar], known: Sequence[Bar], rows: Sequence[str], time: str) -> str:
    if not known:
        return "The schedule is empty."
    first, last = min(bar.start for bar in known), max(bar.end for bar in known)
    said = f"{counted(len(known), 'task')} on {counted(len(rows), 'resource')}, from {number(first)} to {number(last)} "
    said += f"({time})."
    wrong = sum(bool(bar.wrong) for bar in known)
    said += f" {counted(wrong, 'task')} violate something." if wrong else ""
    left_out = len(bars) - len(drawable(bar.start for bar in known))
    return said + (f" {counted(left_out, 'bar')} without proper times are left out." if left_out else "")
