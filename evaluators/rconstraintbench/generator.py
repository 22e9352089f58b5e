"""Drawing ramps: downtimes and disjunctive pairs first, then the witness under them, then windows around the witness.

That there is a feasible schedule and that precedences grow along a ramp is published (arXiv 2508.15204); how the
former is ensured is ours. The witness is the serial schedule, under all that the hardest instance has but windows, of a
random order that respects layers. The horizon is its makespan times ``HORIZON_SLACK``.
"""

from __future__ import annotations

import math
from dataclasses import replace

from evaluators.rconstraintbench.dice import Dice
from evaluators.rconstraintbench.domains import Outline, outline
from evaluators.rconstraintbench.model import ABLATIONS, PHASES
from evaluators.rconstraintbench.precedence import Edge, Reach, draw_edges
from evaluators.rconstraintbench.ramp import CONTROLS, Arguments, Downtime, Pair, Ramp, Window
from evaluators.rconstraintbench.serial import Project
from evaluators.rconstraintbench.tightness import solved_by_all_greedy_rules

GENERATOR_VERSION = "1"

HORIZON_SLACK = 1.6
SLOTS = 3
"""Possible downtimes of a resource."""
DOWN = (2, 4)
"""Least and most length of a downtime."""
_ATTEMPTS = 60
_NOT_CONTROLS = tuple(phase for phase in PHASES + ABLATIONS if phase not in CONTROLS)


def draw_ramp(arguments: Arguments, index: int) -> Ramp:
    """Draw a ramp. It does not depend on the phases asked for, and on the levels only if they exceed the full one.

    The first ramp is the first of a fixed sequence that has no instance with windows which every greedy rule solves, so
    that no level is without such an instance however few ramps a set has; if none of ``_ATTEMPTS`` is so, the last. The
    other ramps are taken as they come: choosing hard ones would flatten what a set is to show.

    Raises:
        LevelError: if the tasks and layers have no room for the highest level.
    """
    for attempt in range(_ATTEMPTS):
        drawn = _draw(arguments, index, attempt)
        if index > 1 or not _has_one_that_all_rules_solve(drawn):
            break
    return drawn


def _has_one_that_all_rules_solve(drawn: Ramp) -> bool:
    levels = range(1, len(drawn.edges) + 1)
    return any(solved_by_all_greedy_rules(drawn.instance(phase, k)) for k in levels for phase in _NOT_CONTROLS)


def _draw(arguments: Arguments, index: int, attempt: int) -> Ramp:
    a = arguments
    dice = Dice("r-constraintbench", GENERATOR_VERSION, a.domain, a.tasks, a.layers, a.seed, index, attempt)
    project = outline(a.domain, dice, a.tasks, a.layers)
    layers = [task.layer for task in project.tasks]
    edges = draw_edges(dice, layers, least=max(a.levels), most=max(a.full_level, *a.levels))
    order = list(range(1, a.tasks + 1))
    dice.shuffle(order)
    order.sort(key=lambda number: layers[number - 1])

    # A horizon that never binds: everything one after another, each task waiting for every downtime.
    longest = sum(task.duration for task in project.tasks)
    distant = longest * (2 + SLOTS * len(project.resources) * DOWN[1])
    bare = Ramp(a, index, project, edges, distant, (), (), (), {})
    down = replace(bare, downtimes=_downtimes(dice, project, _end(project, _serial(bare, order))))
    paired = replace(down, pairs=_pairs(dice, project, edges))
    witness = _serial(paired, order)
    dice.shuffle(order)
    windows = tuple(Window(dice.share(), number, dice.share(), dice.share()) for number in order)
    horizon = math.ceil(HORIZON_SLACK * _end(project, witness))
    # In a project of a few tasks a downtime may come after the horizon.
    within = tuple(item for item in paired.downtimes if item.end <= horizon)
    return replace(paired, witness=witness, horizon=horizon, windows=windows, downtimes=within)


def _serial(drawn: Ramp, order: list[int]) -> dict[int, int]:
    """The serial schedule under everything drawn so far, at the highest level."""
    return Project(drawn.instance("all", len(drawn.edges))).schedule(order)[0]


def _end(project: Outline, starts: dict[int, int]) -> int:
    return max(starts[task.id] + task.duration for task in project.tasks)


def _downtimes(dice: Dice, project: Outline, span: int) -> tuple[Downtime, ...]:
    """Each resource may be down once in each of ``SLOTS`` equal parts of ``span``."""
    items = []
    for r in range(len(project.resources)):
        last = -1
        for slot in range(SLOTS):
            start = max(last + 1, dice.between(span * slot // SLOTS, span * (slot + 1) // SLOTS))
            last = start + dice.between(*DOWN)
            items.append(Downtime(dice.share(), r, start, last))
    dice.shuffle(items)
    return tuple(items)


def _pairs(dice: Dice, project: Outline, edges: tuple[Edge, ...]) -> tuple[Pair, ...]:
    """As many pairs as tasks, of those that no level orders and no capacity keeps apart anyway."""
    reach = Reach(len(project.tasks), edges)
    capacities = [capacity for _, capacity in project.resources]
    free = [
        (one.id, other.id)
        for one in project.tasks
        for other in project.tasks[one.id :]
        if not reach.ordered(one.id, other.id)
        and all(a + b <= c for a, b, c in zip(one.demands, other.demands, capacities, strict=True))
    ]
    dice.shuffle(free)
    return tuple(Pair(dice.share(), one, other) for one, other in free[: len(project.tasks)])
