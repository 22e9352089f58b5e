"""Which units of a resource each task is drawn on."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from evaluators.rconstraintbench.model import Instance, Schedule


@dataclass(frozen=True, slots=True)
class Block:
    """A task on some neighbouring units of a resource.

    Attributes:
        task: its id.
        start: when it begins.
        end: when it ends.
        bottom: lowest unit, from 0; units at the capacity and above are not there.
        height: units, > 0.
    """

    task: int
    start: int
    end: int
    bottom: int
    height: int


def blocks(instance: Instance, schedule: Schedule, resource: int) -> list[Block]:
    """Give each task its demand in units, the lowest that are free and side by side if they can be.

    A unit above the capacity is used only if the tasks that run when a task starts need more than there is. A task is
    in several pieces where no gap is large enough.
    """
    found: list[Block] = []
    running: list[Block] = []
    capacity = instance.resources[resource].capacity
    for number, start in sorted(schedule.items(), key=lambda item: (item[1], item[0])):
        task = instance.task(number)
        demand = task.demands[resource]
        if not demand:
            continue
        running = [block for block in running if block.end > start]
        placed = [
            Block(number, start, start + task.duration, bottom, height)
            for bottom, height in _room(running, demand, capacity)
        ]
        running += placed
        found += placed
    return found


def _room(running: list[Block], demand: int, capacity: int) -> list[tuple[int, int]]:
    """Free pieces (bottom, height) adding up to ``demand``: one below ``capacity`` if there is one, else the lowest."""
    edges = [(0, 0), *sorted((block.bottom, block.bottom + block.height) for block in running)]
    gaps = [(low[1], high[0]) for low, high in itertools.pairwise(edges)]
    top = edges[-1][1]
    gaps.append((top, max(capacity, top) + demand))
    for bottom, end in gaps:
        if min(end, capacity) - bottom >= demand:
            return [(bottom, demand)]
    pieces = []
    for bottom, end in gaps:
        height = min(end - bottom, demand)
        if height > 0:
            pieces.append((bottom, height))
            demand -= height
        if not demand:
            break
    return pieces
