"""Schedules of one instance as drawings (SVG): a row a task, a band of units a resource, what is violated in red.

Colours say the layer of a task. Everything has a tooltip; the drawings need no script. All of a page have the same
scale of time, and the rows of tasks without the bars are in the page once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from evaluators.rconstraintbench.model import Instance, Resource, Schedule, Task
from evaluators.rconstraintbench.verifier import Violation
from evolve.charts.svg import visible
from evolve.rcbench.report.packing import Block, blocks

RIGHT, WIDTH = 16, 1100
ROW, GAP, AXIS = 18, 14, 30
UNIT, TALLEST = 14.0, 180.0
FAR = 9999
"""Below any drawing: lines that go down to the bottom of each, however tall, are cut off there."""
LAYERS = ("#8ecae6", "#ffd166", "#a3d9a5", "#cdb4db", "#f4a582", "#bdbdbd", "#80cbc4", "#e6a8d7")
RED = "#c1121f"


class Gantt:
    """The drawings of one instance's schedules."""

    def __init__(self, instance: Instance, schedules: Sequence[Schedule]) -> None:
        """Lay the page out.

        Args:
            instance: that all schedules are for.
            schedules: all that will be drawn; each task -> start, as far as there is one.
        """
        self.instance = instance
        ends = [s + instance.task(t).duration for schedule in schedules for t, s in schedule.items()]
        # One start in the far future must not squeeze the rest into a line.
        self.last = min(max([instance.horizon, *ends]), 2 * instance.horizon)
        named = [*map(_label, instance.tasks), *(resource.name for resource in instance.resources), "capacity 00"]
        self.left = min(210, 20 + round(6.4 * max(map(len, named))))
        self._per_time = (WIDTH - self.left - RIGHT) / (self.last * 1.01)

    def shared(self) -> str:
        """What all drawings of the page refer to; it must be in the page before them."""
        return (
            '<svg width="0" height="0" class="defs" aria-hidden="true"><defs>'
            '<pattern id="down" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
            '<rect width="6" height="6" fill="#d9dde2"/><line y2="6" stroke="#9aa3ad" stroke-width="2"/></pattern>'
            '<pattern id="wrong" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)">'
            f'<line y2="7" stroke="{RED}" stroke-width="3" stroke-opacity=".75"/></pattern>'
            '<marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" orient="auto">'
            f'<path d="M0 0 8 4 0 8z" fill="{RED}"/></marker>'
            f'<g id="ground" class="gantt">{"".join(self._ground())}</g></defs></svg>'
        )

    def draw(self, schedule: Schedule, violations: Sequence[Violation]) -> str:
        """One of the schedules."""
        body = [*self._tasks(schedule, violations)]
        bottom = AXIS + ROW * len(self.instance.tasks)
        for k, resource in enumerate(self.instance.resources):
            band = _Band(resource, bottom + GAP, blocks(self.instance, schedule, k))
            body += self._resource(band, violations)
            bottom = band.bottom
        return (
            f'<svg class="gantt" viewBox="0 0 {WIDTH} {bottom + 8}" role="img" '
            f'aria-label="Gantt chart of the schedule"><use href="#ground"/>{"".join(body)}</svg>'
        )

    def _x(self, time: int) -> float:
        return self.left + min(time, self.last * 1.01) * self._per_time

    def _span(self, start: int, end: int) -> tuple[float, float]:
        """Left edge and width."""
        return self._x(start), self._x(end) - self._x(start)

    def _ground(self) -> Iterator[str]:
        """Axis, windows and names of tasks."""
        for row, task in enumerate(self.instance.tasks):
            y = AXIS + row * ROW
            if row % 2:
                yield _rect((0, WIDTH), y, ROW, "stripe")
            if task.release is not None or task.deadline is not None:
                low, high = task.release or 0, self.instance.horizon if task.deadline is None else task.deadline
                yield _rect(self._span(low, high), y + 1, ROW - 2, "window", f"window [{low}, {high})")
            yield _text(self.left - 8, y + 13, _label(task), "name", "end")
        step = next(s for e in range(8) for s in (10**e, 2 * 10**e, 5 * 10**e) if self.last / s <= 20)
        for time in range(0, self.last + 1, step):
            yield _line(self._x(time), AXIS, self._x(time), FAR, "grid")
            yield _text(self._x(time), AXIS - 8, str(time), "tick")
        x = self._x(self.instance.horizon)
        yield _line(x, AXIS - 4, x, FAR, "horizon")
        yield _text(x, 9, f"horizon {self.instance.horizon}", "tick last", "end")

    def _tasks(self, schedule: Schedule, violations: Sequence[Violation]) -> Iterator[str]:
        guilty = {task for violation in violations for task in violation.tasks}
        for row, task in enumerate(self.instance.tasks):
            y = AXIS + row * ROW
            if task.id in guilty:
                yield _text(self.left - 8, y + 13, _label(task), "name wrong", "end")
            if task.id not in schedule:
                continue
            start, end = schedule[task.id], schedule[task.id] + task.duration
            if start >= self.last:
                yield _text(self._x(self.last) - 2, y + 13, f"starts at {start} \u2192", "name wrong", "end")
                continue
            title = f"{task.name} (task {task.id}, layer {task.layer}): [{start}, {end}), demands {list(task.demands)}"
            kind = "bar wrong" if task.id in guilty else "bar"
            yield _rect(self._span(start, end), y + 2, ROW - 4, kind, title, task.layer)
            yield _text(self._x(start) + (self._x(end) - self._x(start)) / 2, y + 13, str(task.id), "inside")
        for violation in violations:
            yield from self._mark(violation, schedule)

    def _mark(self, violation: Violation, schedule: Schedule) -> Iterator[str]:
        """What is wrong among the rows of tasks; capacity and downtime are marked on the resource."""
        start, end = violation.start, violation.end
        if start is None or end is None or violation.resource is not None:
            return
        rows = [AXIS + (task - 1) * ROW for task in violation.tasks]
        if violation.kind == "PRECEDENCE":
            before, after = violation.tasks
            x1, x2 = self._x(schedule[before] + self.instance.task(before).duration), self._x(schedule[after])
            y1, y2 = (row + ROW // 2 for row in rows)
            path = f"M{x1:.5g} {y1}C{max(x1, x2) + 10:.5g} {y1} {x2 - 24:.5g} {y2} {x2:.5g} {y2}"
            yield f'<path class="arrow" d="{path}" marker-end="url(#head)">{_title(violation.text)}</path>'
            return
        if violation.kind == "DISJUNCTIVE":
            x = (self._x(start) + self._x(end)) / 2
            yield _line(x, min(rows) + ROW // 2, x, max(rows) + ROW // 2, "clash", violation.text)
        for row in rows:
            left, width = self._span(start, end)
            yield _rect((left, max(2.0, width)), row + 2, ROW - 4, "hatch", violation.text)

    def _resource(self, band: _Band, violations: Sequence[Violation]) -> Iterator[str]:
        resource = band.resource
        yield _rect((self.left, WIDTH - self.left - RIGHT), band.line, band.bottom - band.line, "band")
        middle = (band.top + band.bottom) / 2
        yield _text(self.left - 8, middle, resource.name, "name resource", "end")
        yield _text(self.left - 8, middle + 13, f"capacity {resource.capacity}", "name", "end")
        for down, up in resource.downtimes:
            title = f"{resource.name} is down in [{down}, {up})"
            yield _rect(self._span(down, up), band.top, band.bottom - band.top, "down", title)
        packed = [block for block in band.blocks if block.start < self.last]
        for block in packed:
            title = f"task {block.task}: [{block.start}, {block.end})"
            tall, y = band.vertical(block)
            yield _rect(self._span(block.start, block.end), y, tall, "bar", title, self.instance.task(block.task).layer)
            left, width = self._span(block.start, block.end)
            if tall >= 10:
                yield _text(left + width / 2, y + tall / 2 + 4, str(block.task), "inside")
        yield _line(self.left, band.line, WIDTH - RIGHT, band.line, "capacity")
        for violation in violations:
            start, end = violation.start, violation.end
            if violation.resource != resource.name or start is None or end is None:
                continue
            if violation.kind == "CAPACITY":
                yield _rect(self._span(start, end), band.top, band.line - band.top, "hatch", violation.text)
            for block in packed if violation.kind == "DOWNTIME" else ():
                if block.task in violation.tasks:
                    tall, y = band.vertical(block)
                    yield _rect(self._span(start, end), y, tall, "hatch", violation.text)


class _Band:
    """Where a resource is drawn: unit 0 at the bottom, the capacity as a line."""

    def __init__(self, resource: Resource, top: int, packed: Sequence[Block]) -> None:
        self.resource, self.top, self.blocks = resource, top, packed
        units = max([resource.capacity, *(block.bottom + block.height for block in packed)])
        self._unit = min(UNIT, TALLEST / units)
        self.bottom = top + round(units * self._unit)
        self.line = self.bottom - resource.capacity * self._unit

    def vertical(self, block: Block) -> tuple[float, float]:
        """Height and upper edge of a block."""
        return block.height * self._unit, self.bottom - (block.bottom + block.height) * self._unit


def _label(task: Task) -> str:
    name = task.name if len(task.name) <= 26 else task.name[:25] + "\u2026"
    return name if str(task.id) in name else f"{task.id} {name}"


def _title(text: str) -> str:
    return f"<title>{escape(visible(text))}</title>"


def _rect(span: tuple[float, float], y: float, height: float, kind: str, title: str = "", layer: int = 0) -> str:
    colour = f' fill="{LAYERS[(layer - 1) % len(LAYERS)]}"' if layer else ""
    inside = f">{_title(title)}</rect>" if title else "/>"
    x, width = span
    return f'<rect class="{kind}" x="{x:.5g}" y="{y:.5g}" width="{width:.5g}" height="{height:.5g}"{colour}{inside}'


def _line(x1: float, y1: float, x2: float, y2: float, kind: str, title: str = "") -> str:
    inside = f">{_title(title)}</line>" if title else "/>"
    return f'<line class="{kind}" x1="{x1:.5g}" y1="{y1:.5g}" x2="{x2:.5g}" y2="{y2:.5g}"{inside}'


def _text(x: float, y: float, text: str, kind: str, anchor: str = "middle") -> str:
    at = "" if anchor == "middle" else f' text-anchor="{anchor}"'
    return f'<text class="{kind}" x="{x:.5g}" y="{y:.5g}"{at}>{escape(visible(text))}</text>'
