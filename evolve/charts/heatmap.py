"""A MAP-Elites grid as a map: which kinds of programs there are, and how good the best of each is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evolve.charts.frame import NOTHING, WIDTH
from evolve.charts.numbers import LARGEST, counted, drawable, is_drawable, number
from evolve.charts.palette import HEAT
from evolve.charts.svg import CHARACTER, drawing, label, link, rectangle, visible
from evolve.charts.table import Table

TALLEST, WIDEST = 44.0, 90.0
LEFT, TOP, KEY = 84.0, 34.0, 54.0


@dataclass(frozen=True, slots=True)
class Axis:
    """A trait and the values at which its cells end: one cell more than edges."""

    name: str
    edges: Sequence[float]

    @property
    def cells(self) -> int:
        """How many there are."""
        return len(self.edges) + 1

    def says(self, cell: int) -> str:
        """Which values a cell is for."""
        if not self.edges:
            return "any"
        if cell <= 0:
            return f"below {number(self.edges[0])}"
        if cell >= len(self.edges):
            return f"{number(self.edges[-1])} or more"
        return f"{number(self.edges[cell - 1])} to {number(self.edges[cell])}"

    def short(self, cell: int) -> str:
        """The same in a few characters."""
        if not self.edges:
            return "any"
        if cell <= 0:
            return f"<{number(self.edges[0])}"
        return f"\N{GREATER-THAN OR EQUAL TO}{number(self.edges[min(cell, len(self.edges)) - 1])}"


@dataclass(frozen=True, slots=True)
class Cell:
    """Who lives where: places from 0 on both axes, score, name, and where the page of it is."""

    column: int
    row: int
    value: float
    name: str
    href: str = ""


def heat_map(x: Axis, y: Axis, cells: Sequence[Cell], *, name: str, unit: str, direction: str = "min") -> str:
    """The chart; of several in one place, as a grid of more than two axes has them, the best is drawn.

    Colours are by rank, so that one bad cell does not make the others all alike; the number is in each cell.

    Args:
        x: the axis to the right.
        y: the axis upwards.
        cells: those that are taken.
        name: of the chart.
        unit: of the scores.
        direction: ``min`` or ``max``: which are better.
    """
    best = _best(cells, x, y, direction)
    wide = min(WIDEST, (WIDTH - LEFT - 8) / x.cells)
    tall = min(TALLEST, max(22.0, wide))
    bottom = TOP + tall * y.cells
    width, height = max(float(WIDTH), LEFT + 8 + wide * x.cells), bottom + 44 + KEY
    step = _steps([cell.value for cell in best.values()], direction)
    marks = [label(4, 16, y.name, most=70)]
    marks += [
        label(LEFT - 8, bottom - (row + 0.5) * tall + 4, y.short(row), anchor="end", most=10) for row in range(y.cells)
    ]
    every = 1 + int(6 * CHARACTER / max(wide, 1.0))
    for column in range(x.cells):
        if column % every == 0:
            at = LEFT + (column + 0.5) * wide
            marks.append(label(at, bottom + 18, x.short(column), "small", "middle", most=8))
        for row in range(y.cells):
            where = (LEFT + column * wide + 1, bottom - (row + 1) * tall + 1, wide - 2, tall - 2)
            cell = best.get((column, row))
            if cell is None:
                marks.append(rectangle(*where, "empty"))
                continue
            k = step[cell.value] if is_drawable(cell.value) else 0
            tip = f"{cell.name}: {number(cell.value)}; {x.name} {x.says(column)}, {y.name} {y.says(row)}"
            inside = rectangle(*where, f"h{k} hit", tip)
            if len(number(cell.value)) * CHARACTER < wide:
                middle = where[0] + where[2] / 2, where[1] + where[3] / 2 + 4
                inside += label(*middle, number(cell.value), f"i{k} small", "middle")
            marks.append(link(cell.href, tip, inside))
    marks.append(label(LEFT + wide * x.cells / 2, bottom + 36, x.name, anchor="middle", most=70))
    marks += _key([cell.value for cell in best.values()], bottom + 58, unit, direction)
    said = f"{len(best)} of {x.cells * y.cells} cells are taken; {x.name} to the right, {y.name} upwards. "
    if best:
        pick = min if direction == "min" else max
        top = pick(best.values(), key=lambda cell: _order(cell.value, direction) * (1 if direction == "min" else -1))
        said += f"The best, {number(top.value)} {unit}: {x.name} {x.says(top.column)}, {y.name} {y.says(top.row)}. "
    outside = sum(not (0 <= cell.column < x.cells and 0 <= cell.row < y.cells) for cell in cells)
    if outside:
        said += f"{counted(outside, 'member')} outside of the grid are not drawn."
    return drawing(width, height, marks, title=name, description=said)


def heat_map_table(x: Axis, y: Axis, cells: Sequence[Cell]) -> Table:
    """Its data: a row a member."""
    return Table(
        ("candidate", x.name, y.name, "score"),
        [(cell.name, x.says(cell.column), y.says(cell.row), cell.value) for cell in cells],
        [cell.href for cell in cells],
    )


def _order(value: float, direction: str) -> float:
    """Less is better; what is no number is worst."""
    return (value if direction == "min" else -value) if is_drawable(value) else LARGEST * 10


def _best(cells: Sequence[Cell], x: Axis, y: Axis, direction: str) -> dict[tuple[int, int], Cell]:
    found: dict[tuple[int, int], Cell] = {}
    for cell in sorted(cells, key=lambda cell: _order(cell.value, direction)):
        if 0 <= cell.column < x.cells and 0 <= cell.row < y.cells:
            found.setdefault((cell.column, cell.row), cell)
    return found


def _steps(values: Sequence[float], direction: str) -> dict[float, int]:
    """Value -> its colour, by rank: the best has the brightest."""
    ordered = sorted(set(drawable(values)), reverse=direction == "min")
    most = len(HEAT) - 1
    return {
        value: round(most * k / (len(ordered) - 1)) if len(ordered) > 1 else most for k, value in enumerate(ordered)
    }


def _key(values: Sequence[float], top: float, unit: str, direction: str) -> Iterator[str]:
    known = drawable(values)
    if not known:
        yield label(LEFT, top + 14, NOTHING)
        return
    worst, best = (max(known), min(known)) if direction == "min" else (min(known), max(known))
    for k in range(len(HEAT)):
        yield rectangle(LEFT + 24 * k, top, 24, 12, f"h{k}")
    right = LEFT + 24 * len(HEAT)
    yield label(LEFT - 8, top + 11, number(worst), anchor="end")
    yield label(right + 8, top + 11, f"{number(best)}, colours by rank", most=52)
    yield label(LEFT, top + 28, visible(unit), most=70)
