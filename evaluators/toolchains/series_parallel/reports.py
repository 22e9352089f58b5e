"""What the series-parallel detector saw, read from the lines it wrote.

A race here is a determinacy race: two accesses to the same bytes, one of them a write, in branches that no join puts
in order. Two branches that write the same value race, too. Whether such a program can compute something else depends
on what it does with the value; that its result does not depend on the schedule can only be shown without the race.

The lines come from the process of an untrusted program. What it could forge is a report against itself, or a summary;
summaries are numbered, and one too many voids them all.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from evaluators.toolchains.series_parallel.work_span import WorkSpan

MARK = "evolve-series-parallel: "
"""With which each line of a report begins."""

Stack = tuple[int, ...]
"""Addresses of calls as addr2line counts them, the innermost first."""


@dataclass(frozen=True, slots=True)
class Access:
    """One side of a race.

    Attributes:
        operation: ``read``, ``write``, ``atomic read``, ``atomic write`` or ``free``.
        size: bytes.
        stack: the access and the calls that led to it; recursion is folded.
    """

    operation: str
    size: int
    stack: Stack


@dataclass(frozen=True, slots=True)
class Variable:
    """What was raced for.

    Attributes:
        kind: ``global``, ``heap``, ``stack`` or ``other``.
        at: address of a global as nm counts it, else None.
        offset: of the access in a block of the heap, in bytes.
        size: of that block, in bytes.
        stack: where the block was allocated, or of the function whose variable it is.
    """

    kind: str
    at: int | None = None
    offset: int = 0
    size: int = 0
    stack: Stack = ()


@dataclass(frozen=True, slots=True)
class Block:
    """A parallel construct as it was run.

    Attributes:
        ordinal: which one it was, counted from 1 in serial order.
        size: number of its branches.
        stack: where it began.
    """

    ordinal: int
    size: int
    stack: Stack


@dataclass(frozen=True, slots=True)
class Race:
    """Two accesses that no join puts in order.

    Attributes:
        address: of the bytes, in the process.
        earlier: the access that comes first when the program runs serially.
        later: the other.
        variable: what they access.
        block: the innermost construct that both are in.
        branches: its branches the two are in, from 0.
        outer: the constructs around it and in which branch of each it was, the outermost first; at most eight.
        locked: True if both were under one lock, which is out of this detector's scope.
    """

    address: int
    earlier: Access
    later: Access
    variable: Variable
    block: Block
    branches: tuple[int, int]
    outer: tuple[tuple[Block, int], ...]
    locked: bool


@dataclass(frozen=True, slots=True)
class Phase:
    """All runs of one construct that is in no other.

    Attributes:
        stack: where it is.
        blocks: times it was run.
        branches: in all of them.
        work: steps in them.
        span: sum of their spans.
    """

    stack: Stack
    blocks: int
    branches: int
    work: int
    span: int


@dataclass(frozen=True, slots=True)
class Report:
    """All that one run told.

    Attributes:
        races: one a pair of instructions, at most 20.
        locked: likewise, of accesses under a common lock; ThreadSanitizer is to judge them.
        count: how often accesses raced, all pairs together.
        locked_count: likewise under a common lock.
        refused: why the program could not be followed; empty if it could.
        complete: True if there are summaries, numbered as they should be.
        work_span: of the last summary; None unless ``complete``.
        checkpoints: of all summaries, each since the start of the program.
        phases: the constructs on the outermost level, in the order in which they first ended.
    """

    races: tuple[Race, ...] = ()
    locked: tuple[Race, ...] = ()
    count: int = 0
    locked_count: int = 0
    refused: str = ""
    complete: bool = False
    work_span: WorkSpan | None = None
    checkpoints: tuple[WorkSpan, ...] = ()
    phases: tuple[Phase, ...] = ()

    def addresses(self) -> frozenset[int]:
        """All that symbols are needed for: of code, see :mod:`symbols`."""
        return frozenset(address for stack in self._stacks() for address in stack)

    def _stacks(self) -> Iterator[Stack]:
        for race in (*self.races, *self.locked):
            yield from (race.earlier.stack, race.later.stack, race.variable.stack, race.block.stack)
            yield from (block.stack for block, _ in race.outer)
        yield from (phase.stack for phase in self.phases)


def read_report(text: str) -> Report:
    """The report among the lines of ``text``; lines that are none of the runtime's are passed over."""
    races: list[Race] = []
    refused = ""
    summaries: list[Mapping[str, Any]] = []
    for line in text.splitlines():
        _, mark, content = line.partition(MARK)
        if not mark:
            continue
        try:
            said = json.loads(content)
            if "race" in said:
                races.append(_race(said["race"]))
            elif "refused" in said:
                refused = str(said["refused"])
            else:
                summaries.append(_checked(said["summary"]))
        except (ValueError, KeyError, TypeError, IndexError):
            continue  # cut off by a limit on output, or the program's own doing
    sure, locked = (tuple(race for race in races if race.locked is under) for under in (False, True))
    if not summaries or [summary["number"] for summary in summaries] != list(range(len(summaries))):
        return Report(sure, locked, len(sure), len(locked), refused)
    summary = summaries[-1]
    numbers = ("work", "span", "burdened_span", "burden", "blocks", "branches", "depth")
    checkpoints = tuple(WorkSpan(*(one[name] for name in numbers)) for one in summaries)
    return Report(
        sure, locked, summary["races"], summary["locked"], refused, True,
        checkpoints[-1], checkpoints, summary["phases"],
    )  # fmt: skip


def _checked(summary: Mapping[str, Any]) -> dict[str, Any]:
    phases = tuple(
        Phase(_stack(phase), *(int(phase[name]) for name in ("blocks", "branches", "work", "span")))
        for phase in summary["phases"]
    )
    return {**{name: int(value) for name, value in summary.items() if name != "phases"}, "phases": phases}


def _stack(said: Mapping[str, Any]) -> Stack:
    return tuple(int(address, 16) for address in said.get("stack", ()))


def _access(said: Mapping[str, Any]) -> Access:
    return Access(str(said["op"]), int(said["size"]), _stack(said))


def _block(said: Mapping[str, Any]) -> Block:
    return Block(int(said["ordinal"]), int(said["size"]), _stack(said))


def _race(said: Mapping[str, Any]) -> Race:
    variable = said["variable"]
    at = int(variable["at"], 16) if "at" in variable else None
    return Race(
        address=int(said["address"], 16),
        earlier=_access(said["earlier"]),
        later=_access(said["later"]),
        variable=Variable(
            str(variable["kind"]), at, int(variable.get("offset", 0)), int(variable.get("size", 0)), _stack(variable)
        ),
        block=_block(said["block"]),
        branches=(int(said["earlier_branch"]), int(said["later_branch"])),
        outer=tuple((_block(outer), int(outer["branch"])) for outer in said["outer"]),
        locked="lock" in said,
    )
