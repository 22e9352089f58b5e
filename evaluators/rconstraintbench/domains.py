"""What the tasks and resources of a project are: abstract ones, or a data-center migration's.

The migration is named as published (arXiv 2508.15204): teams and forklifts as limited resources, equipment that is
down at times. Which stages, teams, sites and numbers there are is ours.
"""

from __future__ import annotations

from dataclasses import dataclass

from evaluators.rconstraintbench.dice import Dice
from evaluators.rconstraintbench.model import Task


@dataclass(frozen=True, slots=True)
class Outline:
    """A project before it has constraints: tasks without windows, and resources as names and capacities."""

    tasks: tuple[Task, ...]
    resources: tuple[tuple[str, int], ...]


def outline(domain: str, dice: Dice, tasks: int, layers: int) -> Outline:
    """Draw a project of ``tasks`` tasks in ``layers`` layers, as many in each as evenness allows."""
    # Ids say nothing about layers: else counting up would be a feasible order.
    placed = [1 + k * layers // tasks for k in range(tasks)]
    dice.shuffle(placed)
    return _abstract(dice, placed) if domain == "abstract" else _migration(dice, placed, layers)


def _abstract(dice: Dice, layers: list[int]) -> Outline:
    """Three resources of 5 to 7 units; tasks take 1 to 8 and need 0 to 3 units of each resource, of one at least 1."""
    resources = tuple((name, dice.between(5, 7)) for name in ("R1", "R2", "R3"))
    tasks = []
    for k, layer in enumerate(layers):
        duration = dice.between(1, 8)
        demands = (0, 0, 0)
        while not any(demands):
            demands = (dice.between(0, 3), dice.between(0, 3), dice.between(0, 3))
        tasks.append(Task(k + 1, f"T{k + 1}", layer, duration, demands))
    return Outline(tuple(tasks), resources)


@dataclass(frozen=True, slots=True)
class _Stage:
    """One stage of a migration: what is done, how long it takes, and what it needs (least, most) of each resource."""

    work: str
    duration: tuple[int, int]
    network: tuple[int, int]
    systems: tuple[int, int]
    facility: tuple[int, int]
    forklifts: tuple[int, int]
    site: str


_STAGES = (
    _Stage("Back up", (2, 6), (0, 1), (1, 3), (0, 0), (0, 0), "source"),
    _Stage("Shut down", (1, 3), (0, 2), (1, 3), (0, 1), (0, 0), "source"),
    _Stage("Disconnect", (1, 4), (1, 3), (0, 1), (1, 2), (0, 0), "source"),
    _Stage("Unmount", (2, 5), (0, 0), (0, 2), (1, 3), (1, 1), "source"),
    _Stage("Load", (1, 4), (0, 0), (0, 1), (1, 3), (1, 2), "source"),
    _Stage("Unload", (1, 4), (0, 0), (0, 1), (1, 3), (1, 2), "target"),
    _Stage("Mount", (2, 6), (0, 1), (0, 2), (1, 3), (1, 1), "target"),
    _Stage("Cable", (2, 6), (1, 3), (0, 1), (0, 2), (0, 0), "target"),
    _Stage("Start", (1, 4), (0, 2), (1, 3), (0, 1), (0, 0), "target"),
    _Stage("Test", (2, 8), (1, 3), (1, 3), (0, 0), (0, 0), "target"),
)
_SOURCES, _TARGETS = ("Lyon", "Leeds", "Turin"), ("Oslo", "Ghent")
_ASSETS = (
    "mail cluster", "payroll database", "storage array", "core switches", "backup library", "web farm", "test hosts",
    "build servers", "data warehouse", "directory servers", "firewalls", "telephony",
)  # fmt: skip


def _migration(dice: Dice, layers: list[int], last: int) -> Outline:
    """Two teams of engineers, a facility crew, forklifts, and a loading dock at each target site."""
    resources = (
        ("network engineers", dice.between(4, 6)),
        ("system engineers", dice.between(4, 6)),
        ("facility crew", dice.between(4, 6)),
        ("forklifts", dice.between(2, 3)),
        *((f"dock at {site}", 2) for site in _TARGETS),
    )
    tasks: list[Task] = []
    names: set[str] = set()
    for k, layer in enumerate(layers):
        # With fewer layers than stages a layer stands for several of them, with more a stage for several layers.
        first, end = (layer - 1) * len(_STAGES) // last, layer * len(_STAGES) // last
        stage = _STAGES[dice.between(first, max(first, end - 1))]
        site = dice.choice(_SOURCES if stage.site == "source" else _TARGETS)
        docks = (int(stage.forklifts[1] > 0 and site == target) for target in _TARGETS)
        needs = (stage.network, stage.systems, stage.facility, stage.forklifts)
        duration = dice.between(*stage.duration)
        demands = (*(dice.between(*need) for need in needs), *docks)
        name = f"{stage.work} {dice.choice(_ASSETS)} in {site}"
        if name in names:
            name += f" (lot {k + 1})"
        names.add(name)
        tasks.append(Task(k + 1, name, layer, duration, demands))
    return Outline(tuple(tasks), resources)
