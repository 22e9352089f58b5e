"""Best so far over evaluations or seconds, with baselines as lines of their own and an interval as a band."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from evolve.charts.frame import LINE, WIDTH, Frame
from evolve.charts.numbers import counted, drawable, is_drawable, number
from evolve.charts.palette import LIGHT
from evolve.charts.scales import Scale, spread, suitable_base, without_far_out
from evolve.charts.svg import CHARACTER, drawing, element, label, line, path, shortened, title
from evolve.charts.table import Table

HEIGHT = 320
MOST_BASELINES = 6
"""Drawn: the best. The table has all."""
MOST_MARKS = 300
"""Points where the value changes, up to which each has a mark of its own that tells its numbers under the pointer."""
LONGEST_NAME = 22
BEGINNING = 0.05
"""Share of the axis of places. What lines come from in there may lie beyond the axis of values where all that follows
would else be flat: in less than half of it."""
PATTERNS = ("", "dash", "dots")
"""Of lines, in turns: of two that lie on one another both are seen, and without colours they can be told apart."""


@dataclass(frozen=True, slots=True)
class Point:
    """A value at a place, and its interval if it has one. What is None or not finite is not drawn."""

    x: float
    y: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """Values that belong together, in the order of ``x``; each holds until the next.

    Attributes:
        name: of the line.
        points: of it.
        until: up to where the last value holds; None: as far as in the whole chart.
    """

    name: str
    points: Sequence[Point]
    until: float | None = None


def curve(
    lines: Sequence[Line],
    baselines: Mapping[str, float | None],
    *,
    name: str,
    x_name: str,
    y_name: str,
    direction: str = "min",
    until: float | None = None,
) -> str:
    """The chart.

    Its axis of values has room for what lines are at after their beginning, for the best baseline, and for others as
    near as that; it is logarithmic where these are positive and far apart. What is beyond it is put at its edge.

    Args:
        lines: best-so-far values.
        baselines: score by name.
        name: of the chart.
        x_name: of the axis of places.
        y_name: of the axis of values.
        direction: ``min`` or ``max``: which values are better.
        until: up to where the last values hold.
    """
    rivals = _best(baselines, direction)
    names = [shortened(one.name, LONGEST_NAME) for one in lines] + [shortened(rival, LONGEST_NAME) for rival in rivals]
    wide = max((len(text) for text in names), default=0) + 10
    frame = _frame(lines, rivals, until, WIDTH - 16 - wide * CHARACTER)
    marks = list(frame.axes(x_name, y_name))
    tags: list[tuple[float, str, str, str]] = []
    for text, value in sorted(rivals.items(), key=lambda rival: -rival[1]):  # so are those at the edge
        at, said = frame.y(value), f"{shortened(text, LONGEST_NAME)} {number(value)}"
        if frame.y.holds(value):
            marks.append(line(frame.left, at, frame.right, at, "soft-line thin dash"))
        else:
            said += " \N{UPWARDS ARROW}" if value > frame.y.high else " \N{DOWNWARDS ARROW}"
        tags.append((at, said, "small", "soft-line"))
    for k, one in enumerate(lines):
        marks += _drawn(one, frame, k % len(LIGHT), until if one.until is None else one.until)
        last = _last(one)
        if last is not None and last.y is not None:
            said = f"{shortened(one.name, LONGEST_NAME)} {number(last.y)}"
            tags.append((frame.y(last.y), said, "ink strong", f"s{k % len(LIGHT)} line"))
    marks += _tags(tags, frame)
    if not tags:
        marks.append(frame.nothing())
    said = _said(lines, rivals, len(baselines), x_name, frame)
    return drawing(WIDTH, HEIGHT, marks, title=name, description=said)


def curve_table(lines: Sequence[Line], baselines: Mapping[str, float | None], x_name: str) -> Table:
    """Its data: a row a point, then a row a baseline."""
    banded = any(point.low is not None or point.high is not None for one in lines for point in one.points)
    rows: list[tuple[str | float | None, ...]] = [
        (one.name, point.x, point.y, *((point.low, point.high) if banded else ()))
        for one in lines
        for point in one.points
    ]
    rows += [(f"baseline {text}", None, value, *((None, None) if banded else ())) for text, value in baselines.items()]
    return Table(("line", x_name, "value", *(("lower bound", "upper bound") if banded else ())), rows)


def _best(baselines: Mapping[str, float | None], direction: str) -> dict[str, float]:
    known = {text: float(value) for text, value in baselines.items() if value is not None and is_drawable(value)}
    order = sorted(known, key=lambda text: (known[text] if direction == "min" else -known[text], text))
    return {text: known[text] for text in order[:MOST_BASELINES]}


def _frame(lines: Sequence[Line], rivals: Mapping[str, float], until: float | None, right: float) -> Frame:
    places = [
        *(point.x for one in lines for point in one.points),
        until,
        0.0 if any(one.points for one in lines) else None,
    ]
    x = Scale.over(places, 62, right, margin=0.0)
    values = _worth_room(lines, list(rivals.values()), x)
    base = suitable_base(values)
    return Frame(x, Scale.over(values if base else without_far_out(values), HEIGHT - 48, 40, base))


def _worth_room(lines: Sequence[Line], rivals: Sequence[float], x: Scale) -> list[float]:
    """Values the other axis is to hold; rivals are given best first."""
    begun = x.low + BEGINNING * (x.high - x.low)
    whole, later = list(rivals[:1]), list(rivals[:1])
    for one in lines:
        known = _known(one)
        first = max((k for k, point in enumerate(known) if point.x <= begun), default=0)
        whole += drawable(v for point in known for v in (point.y, point.low, point.high))
        later += drawable(v for point in known[first:] for v in (point.y, point.low, point.high))
    if not any(_known(one) for one in lines):
        return list(rivals)
    reach = max(later) - min(later)
    values = later if 0 < 2 * reach < max(whole) - min(whole) else whole
    reach = max(values) - min(values)
    low, high = min(values) - reach, max(values) + reach
    return values + [rival for rival in rivals[1:] if low <= rival <= high]


def _known(one: Line) -> list[Point]:
    return sorted((p for p in one.points if is_drawable(p.x) and is_drawable(p.y)), key=lambda point: point.x)


def _last(one: Line) -> Point | None:
    known = _known(one)
    return known[-1] if known else None


def _steps(pairs: Sequence[tuple[float, float]], end: float) -> list[tuple[float, float]]:
    """Corners of the line on which each value holds until the next, in pixels."""
    corners: list[tuple[float, float]] = []
    for x, y in pairs:
        if corners:
            corners.append((x, corners[-1][1]))
        corners.append((x, y))
    if corners and end > corners[-1][0]:
        corners.append((end, corners[-1][1]))
    return corners


def _drawn(one: Line, frame: Frame, colour: int, until: float | None) -> Iterator[str]:
    known = _known(one)
    end = frame.x(until) if until is not None and is_drawable(until) else frame.left
    banded = [p for p in known if is_drawable(p.low) and is_drawable(p.high)]
    if banded:
        upper = _steps([(frame.x(p.x), frame.y(p.high)) for p in banded if p.high is not None], end)
        lower = _steps([(frame.x(p.x), frame.y(p.low)) for p in banded if p.low is not None], end)
        yield path([*upper, *reversed(lower)], f"band f{colour}", closed=True)
    at = [(frame.x(point.x), frame.y(point.y)) for point in known if point.y is not None]
    yield path(_steps(at, end), f"line s{colour} {PATTERNS[colour % len(PATTERNS)]}".strip())
    changes = [k for k, point in enumerate(known) if not k or point.y != known[k - 1].y]
    if len(changes) <= MOST_MARKS:
        for point, (x, y) in ((known[k], at[k]) for k in changes):
            tip = title(f"{one.name}: {number(point.y)} at {number(point.x)}")
            if frame.y.holds(point.y):
                yield element("circle", tip, kind=f"f{colour} edge", cx=x, cy=y, r=3.2)
            else:  # beyond the axis: an arrow at the edge
                away = -5 if y <= frame.top else 5
                corners = f"{x - 4:.1f},{y:.1f} {x + 4:.1f},{y:.1f} {x:.1f},{y + away:.1f}"
                yield element("polygon", tip, kind=f"f{colour}", points=corners)


def _tags(tags: Sequence[tuple[float, str, str, str]], frame: Frame) -> Iterator[str]:
    """Names beside the right ends of their lines, moved apart where they would cover each other."""
    places = spread([tag[0] for tag in tags], LINE, frame.top, frame.bottom)
    for (at, text, kind, stroke), place in zip(tags, places, strict=True):
        yield line(frame.right, at, frame.right + 9, place, stroke)
        yield label(frame.right + 12, place + 4, text, kind, most=LONGEST_NAME + 10)


def _said(lines: Sequence[Line], rivals: Mapping[str, float], baselines: int, x_name: str, frame: Frame) -> str:
    said = []
    for one in lines:
        known = _known(one)
        if known:
            first, last = known[0], known[-1]
            said.append(
                f"{one.name}: from {number(first.y)} at {number(first.x)} to {number(last.y)} at {number(last.x)} "
                f"({x_name}), in {counted(len(known), 'point')}."
            )
        missing = len(one.points) - len(known)
        if missing:
            said.append(f"{counted(missing, 'point')} of {one.name} have no value that can be drawn.")
        outside = sum(not frame.y.holds(point.y) for point in known)
        if outside:
            said.append(f"{counted(outside, 'point')} of {one.name} lie beyond the axis and are arrows at its edge.")
    if rivals:
        best = next(iter(rivals))
        outside = sum(not frame.y.holds(value) for value in rivals.values())
        beyond = f", {outside} of them beyond the axis" if outside else ""
        said.append(
            f"Best baseline: {best} with {number(rivals[best])}; {len(rivals)} of {baselines} are shown{beyond}."
        )
    return " ".join(said) or "There is nothing to show yet."
