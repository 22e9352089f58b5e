"""A race, told to a proposer: which lines, which variable, which branches."""

from __future__ import annotations

import re
from collections.abc import Sequence

from evaluators.toolchains.series_parallel.reports import Access, Block, Race, Report
from evaluators.toolchains.series_parallel.symbols import Frame, Symbols

_LOOPS = ("for", "tabulate", "each", "map")
_VERBS = {
    "read": "reads", "write": "writes", "atomic read": "atomically reads", "atomic write": "atomically writes",
    "free": "frees",
}  # fmt: skip


def describe(race: Race, symbols: Symbols, file: str, source: str = "") -> str:
    """One sentence on one race.

    Args:
        race: as the runtime reported it.
        symbols: of the program it ran in.
        file: name of the candidate's file; frames in others are passed over where there is one in it.
        source: the candidate's text, of which the two lines are quoted.
    """
    earlier, later = (_own_line(symbols.stack(access.stack), file) for access in (race.earlier, race.later))
    what = _variable(race, symbols, file)
    where = _branches(race, symbols, file)
    first = f"{_place(later, source)} {_verb(race.later)} {what}"
    if (earlier, race.earlier.operation) == (later, race.later.operation):
        said = f"{first} in {where}"
    else:
        said = f"{first} while {_place(earlier, source)} {_verb(race.earlier)} it: {where}"
    if race.earlier.operation == race.later.operation == "write":
        said += " (a race even if both write the same value)"
    if race.locked:
        said += ", both under the same lock"
    return said


def explain(report: Report, symbols: Symbols, file: str, source: str = "", most: int = 3) -> str:
    """What a proposer is told of a program with races: one line each, at most ``most`` of them, then how many more."""
    pairs: dict[object, str] = {}  # reading and writing in one statement is one mistake, not three
    for race in report.races:
        sentence = describe(race, symbols, file, source)
        lines = frozenset(lines_of(race, symbols, file))
        pairs.setdefault((lines, race.block.stack) if 0 not in lines else sentence, sentence)
    told = list(pairs.values())
    more = len(told) - most
    if more > 0:
        told[most:] = [f"and {more} more {'pair' if more == 1 else 'pairs'} of lines"]
    return "\n".join(told)


def lines_of(race: Race, symbols: Symbols, file: str) -> tuple[int, int]:
    """Lines of the earlier and the later access in ``file``; 0 where it has no frame in it."""
    frames = (_own_line(symbols.stack(access.stack), file) for access in (race.earlier, race.later))
    earlier, later = (frame.line if frame is not None and frame.file == file else 0 for frame in frames)
    return earlier, later


def construct(block: Block, symbols: Symbols, file: str) -> str:
    """A parallel construct, such as ``parallel_for at line 8``."""
    name, frame = "parallel block", None
    for frame in symbols.stack(block.stack):
        if frame.file == file:
            break
        plain = _plain(frame.function)
        if plain and "internal::" not in plain and not plain.startswith("operator"):
            name = plain.rpartition("::")[2]
    return f"{name} at line {frame.line}" if frame is not None and frame.file == file else name


def _own_line(frames: Sequence[Frame], file: str) -> Frame | None:
    known = [frame for frame in frames if frame.line]
    return next((frame for frame in known if frame.file == file), known[0] if known else None)


def _place(frame: Frame | None, source: str) -> str:
    if frame is None:
        return "code without line numbers"
    lines = source.splitlines()
    quoted = lines[frame.line - 1].strip() if 0 < frame.line <= len(lines) else ""
    return f"line {frame.line}" + (f" (`{quoted}`)" if quoted else "")


def _verb(access: Access) -> str:
    return _VERBS.get(access.operation, access.operation)


def _variable(race: Race, symbols: Symbols, file: str) -> str:
    variable = race.variable
    size = f"{race.later.size} byte{'' if race.later.size == 1 else 's'}"
    if variable.kind == "global" and variable.at is not None:
        name = symbols.variable(variable.at)
        return f"{size} of {name}" if name else f"{size} of a global variable"
    place = _own_line(symbols.stack(variable.stack), file)
    at_line = f" at line {place.line}" if place is not None and place.file == file else ""
    if variable.kind == "heap":
        made = f" allocated{at_line}" if at_line else ""
        return f"{size} at offset {variable.offset} of a block of {variable.size} bytes{made}"
    if variable.kind == "stack":
        function = _plain(place.function).rpartition("::")[2] if place is not None else ""
        return f"{size} of a local variable" + (f" of {function}" if function else "")
    return size


def _branches(race: Race, symbols: Symbols, file: str) -> str:
    named = construct(race.block, symbols, file)
    one, other = race.branches
    if race.block.size == 2 and named.startswith("par"):
        said = f"the two branches of the {named}"
    else:
        kind = "iterations" if any(word in named for word in _LOOPS) else "branches"
        said = f"{kind} {one} and {other} of the {named}"
    for block, branch in reversed(race.outer[-2:]):
        said += f", in branch {branch} of the {construct(block, symbols, file)}"
    return said


def _plain(function: str) -> str:
    """A qualified name without arguments, template arguments and the return type."""
    while True:
        shorter = re.sub(r"<[^<>]*>|\([^()]*\)|\{[^{}]*\}", "", function)
        if shorter == function:
            break
        function = shorter
    return function.replace(" const", "").strip().rpartition(" ")[2]
