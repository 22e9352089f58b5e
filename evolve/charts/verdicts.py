"""What became of proposals, stretch by stretch of a campaign: stacked counts of verdicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evolve.charts.frame import WIDTH, Frame, legend
from evolve.charts.numbers import counted, is_drawable, number
from evolve.charts.palette import LIGHT
from evolve.charts.scales import Scale
from evolve.charts.svg import drawing, rectangle
from evolve.charts.table import Table

HEIGHT = 190.0
_FIRST = ("ok", "duplicate", "rejected", "wrong_answer", "runtime_error", "time_limit", "build_error")
_COLOURS = {"ok": 2, "duplicate": 8, "rejected": 6, "wrong_answer": 1, "runtime_error": 3, "time_limit": 5}
_OTHERS = (7, 9, 4, 0)
"""Of the verdicts that have no colour of their own, in their order."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a campaign: where it begins and ends, and how many proposals got which verdict in it."""

    start: float
    end: float
    counts: Mapping[str, int]


def verdicts(stretches: Sequence[Stretch], *, name: str, x_name: str) -> str:
    """The chart; ``ok`` is at the foot of each column.

    Args:
        stretches: in their order.
        name: of the chart.
        x_name: of the axis they are on.
    """
    known = [one for one in stretches if is_drawable(one.start) and is_drawable(one.end) and one.start < one.end]
    total = _totals(known)
    colours = _colours(list(total))
    keys = [(f"{verdict} {number(count)}", f"f{colours[verdict]}") for verdict, count in total.items()]
    marks, top = legend(keys, 62, 16, WIDTH)
    top = max(top, 20.0) + 22
    most = max((sum(_positive(one.counts).values()) for one in known), default=0)
    frame = Frame(
        Scale.over([v for one in known for v in (one.start, one.end)], 62, WIDTH - 16, margin=0.0),
        Scale(0.0, float(min(most, 10**15)) or 1.0, top + HEIGHT, top),
    )
    marks += frame.axes(x_name, "proposals", counts=True)
    for one in known:
        foot = 0
        left, right = frame.x(one.start), frame.x(one.end)
        gap = 1.0 if right - left > 4 else 0.0
        counts = _positive(one.counts)
        for verdict in total:
            if verdict in counts:
                tip = f"{verdict}: {number(counts[verdict])} from {number(one.start)} to {number(one.end)}"
                upper, lower = frame.y(foot + counts[verdict]), frame.y(foot)
                marks.append(rectangle(left, upper, right - left - gap, lower - upper, f"f{colours[verdict]}", tip))
                foot += counts[verdict]
    if not total:
        marks.append(frame.nothing())
    everything = sum(total.values())
    said = f"{counted(everything, 'proposal')} in {counted(len(known), 'column')}: " if total else "None yet. "
    said += ", ".join(f"{number(count)} {verdict}" for verdict, count in total.items())
    return drawing(WIDTH, top + HEIGHT + 44, marks, title=name, description=said)


def verdicts_table(stretches: Sequence[Stretch]) -> Table:
    """Its data: a row a stretch, a column a verdict."""
    total = _totals(stretches)
    return Table(
        ("from", "to", *total),
        [(one.start, one.end, *(one.counts.get(verdict, 0) for verdict in total)) for one in stretches],
    )


def _positive(counts: Mapping[str, int]) -> dict[str, int]:
    return {verdict: count for verdict, count in counts.items() if count > 0}


def _totals(stretches: Sequence[Stretch]) -> dict[str, int]:
    """Verdict -> count, those everybody knows first, then by how many there are."""
    total: Counter[str] = Counter()
    for one in stretches:
        total.update(_positive(one.counts))
    rank = {verdict: k for k, verdict in enumerate(_FIRST)}
    order = sorted(total, key=lambda verdict: (rank.get(verdict, len(rank)), -total[verdict], verdict))
    return {verdict: total[verdict] for verdict in order}


def _colours(names: Sequence[str]) -> dict[str, int]:
    others = [verdict for verdict in names if verdict not in _COLOURS]
    return {verdict: _COLOURS[verdict] for verdict in names if verdict in _COLOURS} | {
        verdict: _OTHERS[k] if k < len(_OTHERS) else k % len(LIGHT) for k, verdict in enumerate(others)
    }
