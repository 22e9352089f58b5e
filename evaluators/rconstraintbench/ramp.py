"""A ramp: one project at every level and in every phase, each instance feasible by the same hidden witness.

As published (Jain & Wetter, arXiv 2508.15204) level k has k precedences in a layered graph, none implied by the others,
and phases add downtimes, then time windows, then disjunctive pairs, each "at controlled probabilities (e.g., 75%)".
How, is ours:

* Each possible downtime, window and pair has a mark, uniform on [0, 1), and is in if that is below the phase's
  probability; so what is in at 50 % is in at 75 %. In phases that add kinds one after another it is ``ADDED``; in
  ``all``, and in the ablations that have one kind alone, ``FULL``.
* Windows and pairs come in with the level, always the same first, and windows narrow with it down to ``slack``. If they
  did not, random serial orders would do *better* on higher levels: precedences lead them the way of the witness.

Hence ramps are nested: what is feasible on an instance is so on the ramp's lower levels, and in every phase that has a
subset of its kinds at no greater probability. ``all`` at the highest level is the hardest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from evaluators.rconstraintbench.domains import Outline
from evaluators.rconstraintbench.model import ABLATIONS, PHASES, Instance, Resource, Task
from evaluators.rconstraintbench.precedence import Edge

ADDED, FULL = 0.5, 0.75
FIRST_SHARE = 0.25
"""Share of windows and pairs that would be in at level 0."""
WIDEN = 7
"""Windows at level 0 would be wider by so many times the slack."""

_PROBABILITIES: dict[str, tuple[float, float, float]] = {
    "precedence": (0, 0, 0),
    "downtime": (ADDED, 0, 0),
    "windows": (ADDED, ADDED, 0),
    "disjunctive": (ADDED, ADDED, ADDED),
    "all": (FULL, FULL, FULL),
    "only-downtime": (FULL, 0, 0),
    "only-windows": (0, FULL, 0),
    "only-disjunctive": (0, 0, FULL),
}
"""Of downtimes, windows and disjunctive pairs in each phase."""

CONTROLS = tuple(phase for phase in PHASES + ABLATIONS if not _PROBABILITIES[phase][1])
"""Phases in which nothing but the horizon keeps a task from being put off, so that any serial order solves them."""


@dataclass(frozen=True, slots=True)
class Arguments:
    """What a set is generated from.

    Attributes:
        levels: numbers of precedences, ascending.
        per_level: ramps, hence instances of each phase and level.
        seed: >= 0.
        phases: of ``PHASES`` and ``ABLATIONS``.
        domain: of ``DOMAINS``.
        tasks: n.
        layers: m.
        slack: most time units by which a window at the full level exceeds its task's place in the witness, either side.
    """

    levels: tuple[int, ...] = tuple(range(1, 31))
    per_level: int = 10
    seed: int = 1
    phases: tuple[str, ...] = PHASES + ABLATIONS
    domain: str = "abstract"
    tasks: int = 20
    layers: int = 5
    slack: int = 3

    @property
    def full_level(self) -> int:
        """The level from which on all windows and pairs are in, at their narrowest: 30 for 20 tasks."""
        return self.tasks * 3 // 2

    def share_at(self, level: int) -> float:
        """Share of the possible windows and pairs that a level takes into account."""
        return min(1.0, FIRST_SHARE + (1 - FIRST_SHARE) * level / self.full_level)

    def slack_at(self, level: int) -> float:
        """The slack of windows at a level."""
        return self.slack * (1 + WIDEN * max(0.0, 1 - level / self.full_level))


@dataclass(frozen=True, slots=True)
class Downtime:
    """A resource, by position, may be down in [start, end)."""

    mark: float
    resource: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Window:
    """A task may have a window, wider than its place in the witness by these shares of the slack."""

    mark: float
    task: int
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Pair:
    """Two tasks may exclude each other."""

    mark: float
    one: int
    other: int


class _Marked(Protocol):
    @property
    def mark(self) -> float: ...


M = TypeVar("M", bound=_Marked)


@dataclass(frozen=True)
class Ramp:
    """One project at every level and in every phase.

    Attributes:
        arguments: of the set.
        index: 1.., which of the set's ramps.
        project: tasks and resources.
        edges: in the order in which levels add them.
        horizon: of every instance.
        downtimes: possible ones.
        windows: possible ones, in the order in which levels add them.
        pairs: likewise.
        witness: task -> start; feasible on every instance.
    """

    arguments: Arguments
    index: int
    project: Outline
    edges: tuple[Edge, ...]
    horizon: int
    downtimes: tuple[Downtime, ...]
    windows: tuple[Window, ...]
    pairs: tuple[Pair, ...]
    witness: dict[int, int]

    def instance(self, phase: str, level: int) -> Instance:
        """The ramp's instance of a phase and level."""
        down, window, pair = _PROBABILITIES[phase]
        share = self.arguments.share_at(level)
        downtimes: list[list[tuple[int, int]]] = [[] for _ in self.project.resources]
        for item in _included(self.downtimes, down, 1):
            downtimes[item.resource].append((item.start, item.end))
        tasks = list(self.project.tasks)
        for limit in _included(self.windows, window, share):
            tasks[limit.task - 1] = self._in_window(tasks[limit.task - 1], limit, level)
        return Instance(
            domain=self.arguments.domain,
            phase=phase,
            level=level,
            index=self.index,
            seed=self.arguments.seed,
            horizon=self.horizon,
            tasks=tuple(tasks),
            resources=tuple(
                Resource(name, capacity, tuple(sorted(times)))
                for (name, capacity), times in zip(self.project.resources, downtimes, strict=True)
            ),
            precedences=tuple(sorted(self.edges[:level])),
            disjunctive=tuple(sorted((item.one, item.other) for item in _included(self.pairs, pair, share))),
        )

    def _in_window(self, task: Task, window: Window, level: int) -> Task:
        start, widest = self.witness[task.id], self.arguments.slack_at(level) + 1
        return replace(
            task,
            release=max(0, start - int(window.before * widest)),
            deadline=min(self.horizon, start + task.duration + int(window.after * widest)),
        )


def _included(items: Sequence[M], probability: float, share: float) -> list[M]:
    """Those of the first ``share`` that are in; the very first always is, so that no phase lacks its kind."""
    if not probability:
        return []
    return [item for k, item in enumerate(items[: round(share * len(items))]) if not k or item.mark < probability]
