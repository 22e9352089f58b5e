"""Contestants that are no language models; every table of results has them beside those that are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from evaluators.rconstraintbench import cp_sat
from evaluators.rconstraintbench.dice import Dice
from evaluators.rconstraintbench.model import Instance, Schedule
from evaluators.rconstraintbench.serial import Project
from evaluators.rconstraintbench.tightness import greedy_order, random_order

Solver = Callable[[Instance, int], Schedule | None]


def _latest_finish(instance: Instance, seed: int) -> Schedule:
    project = Project(instance)
    return project.schedule(greedy_order(project, "LFT"))[0]


def _random(instance: Instance, seed: int) -> Schedule:
    project = Project(instance)
    return project.schedule(random_order(project, Dice("random-order", instance.id, seed)))[0]


def _at_zero(instance: Instance, seed: int) -> Schedule:
    return {task.id: 0 for task in instance.tasks}


SOLVERS: Mapping[str, Solver] = MappingProxyType({
    "cp-sat": cp_sat.solve,
    "sgs-lft": _latest_finish,
    "random-order": _random,
    "all-at-zero": _at_zero,
})  # fmt: skip
"""Name -> solver, given an instance and a seed; None where it has no schedule.

``sgs-lft`` and ``random-order`` are serial schedules that keep every constraint but deadlines and the horizon, which
they break when a task fits nowhere before them.
"""
