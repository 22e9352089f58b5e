"""A family tree: who came from whom, ancestors at the left.

Drawn in layers after Sugiyama, Tagawa and Toda (1981): a node is one layer right of the last of its parents, nodes of a
layer are put in order by the mean place of their neighbours, and a line that passes layers by has a place of its own in
each, so that it goes around nodes and not behind them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from evolve.charts.frame import NOTHING, WIDTH, legend
from evolve.charts.numbers import coordinate, counted, number
from evolve.charts.palette import LIGHT
from evolve.charts.svg import drawing, element, label, link, rectangle
from evolve.charts.table import Table

ROW, TALL, WIDE, GAP = 30.0, 24.0, 122.0, 46.0
THROUGH = 8.0
"""Room for a line that passes a layer by."""
LEFT = 12.0
LONGEST_LEGEND = 340.0
"""What a telephone shows of a wide tree: a page may move the keys (``.keys``) along as it is scrolled."""
SWEEPS = 6


@dataclass(frozen=True, slots=True)
class Node:
    """A member of the family.

    Attributes:
        id: of it.
        parents: ids; those that are no nodes are left out.
        name: short, as it is shown.
        score: or None.
        operator: that made it.
        href: where its page is.
        marked: drawn with a strong frame: whose tree it is.
    """

    id: str
    parents: Sequence[str]
    name: str
    score: float | None = None
    operator: str = ""
    href: str = ""
    marked: bool = False


def lineage(nodes: Sequence[Node], *, name: str) -> str:
    """The chart, in its own size: it is made to be scrolled."""
    known = {node.id: node for node in nodes}
    parents = {one.id: [p for p in dict.fromkeys(one.parents) if p in known and p != one.id] for one in known.values()}
    layers = _layers(parents)
    columns, chains = _columns(parents, layers)
    places = _settled(columns, chains)
    kinds = {
        text: k % len(LIGHT) for k, text in enumerate(dict.fromkeys(n.operator for n in known.values() if n.operator))
    }
    width = max(float(WIDTH), LEFT * 2 + len(columns) * (WIDE + GAP) - GAP)
    keys, top = legend([(text, f"f{k}") for text, k in kinds.items()], LEFT, 16, LONGEST_LEGEND)
    height = top + max(map(_room, columns), default=ROW) + 8
    marks = [_edge([(LEFT + layer * (WIDE + GAP), top + places[spot]) for spot, layer in chain]) for chain in chains]
    marks += [
        _box(node, LEFT + layers[node.id] * (WIDE + GAP), top + places[node.id], kinds.get(node.operator))
        for node in known.values()
    ]
    if not known:
        marks.append(label(LEFT, top + 12, NOTHING))
    if keys:
        marks.append(element("g", rectangle(0, 0, LONGEST_LEGEND, top - 6, "ground"), *keys, kind="keys"))
    edges, roots = len(chains), sum(not bred for bred in parents.values())
    said = (
        f"{counted(len(known), 'candidate')} in {counted(len(columns), 'layer')}, {counted(edges, 'line')} from parent "
    )
    said += f"to child, {counted(roots, 'candidate')} without parents among them. Ancestors are at the left."
    return drawing(width, height, marks, title=name, description=said, natural=True)


def lineage_table(nodes: Sequence[Node]) -> Table:
    """Its data: a row a candidate."""
    names = {node.id: node.name for node in nodes}
    return Table(
        ("candidate", "operator", "score", "parents"),
        [(n.name, n.operator, n.score, ", ".join(names.get(p, p[:12]) for p in n.parents)) for n in nodes],
        [node.href for node in nodes],
    )


def _layers(parents: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Node -> layer, from 0: one more than the greatest of its parents.

    An archive has no loops. Should there be one all the same it is opened where it is first entered.
    """
    found: dict[str, int] = {}
    for start in parents:
        under_way: dict[str, None] = {}
        stack = [start]
        while stack:
            node = stack[-1]
            under_way[node] = None
            waiting = [p for p in parents[node] if p not in found and p not in under_way]
            if waiting:
                stack.append(waiting[0])
                continue
            stack.pop()
            if node not in found:
                found[node] = 1 + max((found[p] for p in parents[node] if p in found), default=-1)
    return found


Spot = str | tuple[str, str, int]
"""A node, or where the line from a parent to a child passes a layer by."""
Chain = list[tuple[Spot, int]]
"""A line: its spots and their layers."""


def _columns(parents: Mapping[str, Sequence[str]], layers: Mapping[str, int]) -> tuple[list[list[Spot]], list[Chain]]:
    """The spots of each layer in order from above, and all lines."""
    columns: list[list[Spot]] = [[] for _ in range(max(layers.values(), default=-1) + 1)]
    for node, layer in layers.items():
        columns[layer].append(node)
    chains: list[Chain] = []
    for child, bred in parents.items():
        for parent in bred:
            between: Chain = [((parent, child, k), k) for k in range(layers[parent] + 1, layers[child])]
            for spot, layer in between:
                columns[layer].append(spot)
            chains.append([(parent, layers[parent]), *between, (child, layers[child])])
    beside = _beside(chains)
    rank = {spot: float(k) for column in columns for k, spot in enumerate(column)}
    for sweep in range(SWEEPS):
        for column in columns if sweep % 2 == 0 else reversed(columns):
            means = {spot: _mean([rank[other] for other in beside.get(spot, (spot,))]) for spot in column}
            column.sort(key=lambda spot: (means[spot], rank[spot]))
            rank |= {spot: float(k) for k, spot in enumerate(column)}
    return columns, chains


def _settled(columns: Sequence[Sequence[Spot]], chains: Sequence[Chain]) -> dict[Spot, float]:
    """Middle of each spot: as near to the mean of its neighbours as those above and below it let it be."""
    beside = _beside(chains)
    tallest = max(map(_room, columns), default=0.0)
    places: dict[Spot, float] = {}
    for column in columns:
        at = (tallest - _room(column)) / 2
        for spot in column:
            places[spot] = at + _half(spot)
            at += 2 * _half(spot)
    for sweep in range(SWEEPS):
        for column in columns if sweep % 2 == 0 else reversed(columns):
            wanted = [_mean([places[other] for other in beside.get(spot, (spot,))]) for spot in column]
            # What is pushed down and what is pushed up are both in order, and so is the middle, which leans to no side.
            pushed = zip(_pushed(column, wanted), _pushed(column, wanted, upwards=True), strict=True)
            middle = [(down + up) / 2 for down, up in pushed]
            inside = _pushed(column, [min(at, tallest - _half(spot)) for at, spot in zip(middle, column, strict=True)])
            places |= zip(column, _pushed(column, inside, tallest, upwards=True), strict=True)
    return places


def _pushed(
    column: Sequence[Spot], wanted: Sequence[float], edge: float | None = None, upwards: bool = False
) -> list[float]:
    """Places no nearer to one another than spots are tall, those wanted or further down (or up).

    Args:
        column: spots in order from above.
        wanted: middle of each.
        edge: that they may not pass; None: 0 above, and nothing below.
        upwards: begin at the lowest.
    """
    sign = -1.0 if upwards else 1.0
    last = sign * edge if edge is not None else -math.inf if upwards else 0.0
    found = []
    for at, spot in zip(*((reversed(wanted), reversed(column)) if upwards else (wanted, column)), strict=True):
        found.append(sign * max(sign * at, last + _half(spot)))
        last = sign * found[-1] + _half(spot)
    return found[::-1] if upwards else found


def _beside(chains: Sequence[Chain]) -> dict[Spot, list[Spot]]:
    found: dict[Spot, list[Spot]] = {}
    for chain in chains:
        for (one, _), (other, _) in pairwise(chain):
            found.setdefault(one, []).append(other)
            found.setdefault(other, []).append(one)
    return found


def _half(spot: Spot) -> float:
    return (ROW if isinstance(spot, str) else THROUGH) / 2


def _room(column: Sequence[Spot]) -> float:
    return sum(2 * _half(spot) for spot in column)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _edge(corners: Sequence[tuple[float, float]]) -> str:
    """From the right side of the first spot to the left side of the last, level at each."""
    (x, y), way = corners[0], ""
    for k, (left, end) in enumerate(corners):
        if k == 0:
            way = f"M{coordinate(x + WIDE)} {coordinate(y)}"
            x += WIDE
            continue
        middle = (x + left) / 2
        bend = (f"{coordinate(at)} {coordinate(of)}" for at, of in ((middle, y), (middle, end), (left, end)))
        way += "C" + " ".join(bend)
        x, y = left, end
        if k < len(corners) - 1:  # level through the layer
            x += WIDE
            way += f"H{coordinate(x)}"
    return element("path", kind="soft-line thin", d=way, fill="none", stroke="currentColor")


def _box(node: Node, x: float, middle: float, colour: int | None) -> str:
    score = number(node.score)
    tip = ", ".join(filter(None, (node.name, node.operator, score and f"score {score}")))
    top = middle - TALL / 2
    frame = "box hit ink-line" if node.marked else "box hit"
    inside = rectangle(x, top, WIDE, TALL, frame, tip)
    inside += rectangle(x, top, 5, TALL, f"f{colour}") if colour is not None else ""
    strong = "ink small strong" if node.marked else "ink small"
    inside += label(x + 11, middle + 4, node.name, strong, most=9)
    inside += label(x + WIDE - 6, middle + 4, score, "small", "end", most=8)
    return link(node.href, tip, inside)
