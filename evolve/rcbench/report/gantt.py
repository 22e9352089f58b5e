"""A schedule as a drawing (SVG): a row a task, a band of units a resource, and what is violated in red.

Colours say the layer of a task. Everything has a tooltip; the drawing needs no script.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from evaluators.rconstraintbench.model import Instance, Schedule, Task
from evaluators.rconstraintbench.verifier import Violation
from evolve.rcbench.report.packing import blocks

LEFT, RIGHT, WIDTH = 190, 16, 1100
ROW, GAP, TALLEST = 18, 14, 130
AXIS = 26
LAYERS = ("#8ecae6", "#ffd166", "#a3d9a5", "#cdb4db", "#f4a582", "#bdbdbd", "#80cbc4", "#e6a8d7")
RED = "#c1121f"


class _Scale:
    """Times to x."""

    def __init__(self, instance: Instance, schedule: Schedule) -> None:
        ends = [start + instance.task(task).duration for task, start in schedule.items()]
        # One start in the far future must not squeeze the rest into a line.
        self.last = min(max([instance.horizon, *ends]), 2 * instance.horizon)
        self._unit = (WIDTH - LEFT - RIGHT) / (self.last * 1.01)

    def __call__(self, time: int) -> float:
        return round(LEFT + min(time, self.last * 1.01) * self._unit, 1)

    def ticks(self) -> range:
        step = next(s for e in range(8) for s in (10**e, 2 * 10**e, 5 * 10**e) if self.last / s <= 20)
        return range(0, self.last + 1, step)


def draw(instance: Instance, schedule: Schedule, violations: Sequence[Violation]) -> str:
    """The drawing of a schedule; tasks it lacks have an empty row."""
    scale = _Scale(instance, schedule)
    top = AXIS
    body = list(_tasks(instance, schedule, violations, scale, top))
    top += ROW * len(instance.tasks)
    for k in range(len(instance.resources)):
        top += GAP
        height, drawn = _resource(instance, schedule, violations, scale, k, top)
        body += drawn
        top += height
    bottom = top + 4
    frame = [f'<line class="grid" x1="{scale(t)}" x2="{scale(t)}" y1="{AXIS}" y2="{bottom}"/>' for t in scale.ticks()]
    frame += [_text(scale(t), AXIS - 8, str(t), "tick") for t in scale.ticks()]
    x = scale(instance.horizon)
    horizon = [
        f'<line class="horizon" x1="{x}" x2="{x}" y1="{AXIS - 4}" y2="{bottom}"/>',
        _text(x, 9, f"horizon {instance.horizon}", "tick horizon-label", "end"),
    ]
    return (
        f'<svg class="gantt" viewBox="0 0 {WIDTH} {bottom + 4}" role="img" aria-label="Gantt chart of the schedule">'
        + "".join(frame + body + horizon)
        + "</svg>"
    )


def definitions() -> str:
    """Patterns and arrow heads that the drawings of a page share."""
    return (
        '<svg width="0" height="0" class="defs" aria-hidden="true"><defs>'
        '<pattern id="down" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect width="6" height="6" fill="#d9dde2"/><line y2="6" stroke="#9aa3ad" stroke-width="2"/></pattern>'
        '<pattern id="wrong" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)">'
        f'<line y2="7" stroke="{RED}" stroke-width="3" stroke-opacity=".75"/></pattern>'
        '<marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" orient="auto">'
        f'<path d="M0 0 8 4 0 8z" fill="{RED}"/></marker></defs></svg>'
    )


def _tasks(
    instance: Instance, schedule: Schedule, violations: Sequence[Violation], scale: _Scale, top: int
) -> Iterator[str]:
    guilty = {task for violation in violations for task in violation.tasks}
    for row, task in enumerate(instance.tasks):
        y = top + row * ROW
        if row % 2:
            yield _rect(0, y, WIDTH, ROW, "stripe")
        if task.release is not None or task.deadline is not None:
            low, high = task.release or 0, instance.horizon if task.deadline is None else task.deadline
            yield _rect(scale(low), y + 1, scale(high) - scale(low), ROW - 2, "window", f"window [{low}, {high})")
        yield _text(LEFT - 8, y + 13, _label(task), "name wrong" if task.id in guilty else "name", "end")
        if task.id in schedule:
            yield _bar(task, schedule[task.id], scale, y, task.id in guilty)
    for violation in violations:
        yield from _mark(violation, schedule, instance, scale, top)


def _bar(task: Task, start: int, scale: _Scale, y: int, guilty: bool) -> str:
    end = start + task.duration
    title = f"{task.name} (task {task.id}, layer {task.layer}): [{start}, {end}), demands {list(task.demands)}"
    if start >= scale.last:
        return _text(scale(scale.last) - 2, y + 13, f"starts at {start} \u2192", "name wrong", "end")
    x, width = scale(start), scale(end) - scale(start)
    bar = _rect(x, y + 2, width, ROW - 4, "bar wrong" if guilty else "bar", title, _colour(task))
    return bar + _text(x + width / 2, y + 13, str(task.id), "inside", "middle")


def _mark(violation: Violation, schedule: Schedule, instance: Instance, scale: _Scale, top: int) -> Iterator[str]:
    """What is wrong among the rows of tasks; capacity and downtime are marked on the resource."""
    start, end = violation.start, violation.end
    if start is None or end is None or violation.resource is not None:
        return
    rows = [top + (task - 1) * ROW for task in violation.tasks]
    if violation.kind == "PRECEDENCE":
        before, after = violation.tasks
        x1, x2 = scale(schedule[before] + instance.task(before).duration), scale(schedule[after])
        bend = max(x1, x2) + 10
        y1, y2 = (row + ROW // 2 for row in rows)
        yield (
            f'<path class="arrow" d="M{x1} {y1}C{bend} {y1} {x2 - 24} {y2} {x2} {y2}" marker-end="url(#head)">'
            f"{_title(violation.text)}</path>"
        )
        return
    if violation.kind == "DISJUNCTIVE":
        x = round((scale(start) + scale(end)) / 2, 1)
        low, high = min(rows) + ROW // 2, max(rows) + ROW // 2
        yield f'<line class="clash" x1="{x}" x2="{x}" y1="{low}" y2="{high}">{_title(violation.text)}</line>'
    for row in rows:
        yield _rect(scale(start), row + 2, max(2.0, scale(end) - scale(start)), ROW - 4, "hatch", violation.text)


def _resource(
    instance: Instance, schedule: Schedule, violations: Sequence[Violation], scale: _Scale, which: int, top: int
) -> tuple[int, list[str]]:
    """Height of a resource's band, and what is in it: unit 0 at the bottom, the capacity as a line."""
    resource = instance.resources[which]
    packed = blocks(instance, schedule, which)
    units = max([resource.capacity, *(block.bottom + block.height for block in packed)])
    unit = min(14.0, TALLEST / units)
    height = round(units * unit)
    line = top + height - resource.capacity * unit

    def y(level: int) -> float:
        return round(top + height - level * unit, 1)

    drawn = [
        _rect(LEFT, line, WIDTH - LEFT - RIGHT, resource.capacity * unit, "band"),
        _text(LEFT - 8, top + height / 2, resource.name, "name resource", "end"),
        _text(LEFT - 8, top + height / 2 + 13, f"capacity {resource.capacity}", "name", "end"),
    ]
    for start, end in resource.downtimes:
        title = f"{resource.name} is down in [{start}, {end})"
        drawn.append(_rect(scale(start), top, scale(end) - scale(start), height, "down", title))
    for block in packed:
        if block.start >= scale.last:
            continue
        task = instance.task(block.task)
        x, width = scale(block.start), scale(block.end) - scale(block.start)
        title = f"{task.name} (task {task.id}): [{block.start}, {block.end}), {task.demands[which]} of {resource.name}"
        tall = block.height * unit
        drawn.append(_rect(x, y(block.bottom + block.height), width, tall, "bar", title, _colour(task)))
        if tall >= 10:
            middle = y(block.bottom) - tall / 2 + 4
            drawn.append(_text(x + width / 2, middle, str(task.id), "inside", "middle"))
    drawn.append(f'<line class="capacity" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{line:g}" y2="{line:g}"/>')
    for violation in violations:
        if violation.resource == resource.name and violation.start is not None and violation.end is not None:
            x = scale(violation.start)
            drawn.append(_rect(x, top, scale(violation.end) - x, height, "hatch", violation.text))
    return height, drawn


def _label(task: Task) -> str:
    name = task.name if len(task.name) <= 26 else task.name[:25] + "\u2026"
    return name if str(task.id) in name else f"{task.id} {name}"


def _colour(task: Task) -> str:
    return LAYERS[(task.layer - 1) % len(LAYERS)]


def _title(text: str) -> str:
    return f"<title>{escape(text)}</title>"


def _rect(x: float, y: float, width: float, height: float, kind: str, title: str = "", fill: str | None = None) -> str:
    colour = f' fill="{fill}"' if fill else ""
    inside = f">{_title(title)}</rect>" if title else "/>"
    return f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{width:.5g}" height="{height:.5g}"{colour}{inside}'


def _text(x: float, y: float, text: str, kind: str, anchor: str = "middle") -> str:
    return f'<text class="{kind}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(text)}</text>'
