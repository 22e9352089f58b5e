"""Names and source lines of a program's addresses, from binutils' addr2line and nm.

The program is untrusted, so the tools read it inside the walls: :func:`symbols_job` is a build like any other.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from evaluators.toolchains.series_parallel.reports import Report, Stack
from sandboxes import Job, Outcome
from sandboxes.building import Step, build_job, read_build

ARTEFACTS = ("frames.txt", "names.txt")
_PROGRAM = "program"
_PLACE = re.compile(r"(?P<file>.*):(?P<line>\d+)(?: \(discriminator \d+\))?")
_VARIABLE = re.compile(r"(?P<at>[0-9a-f]+) (?P<size>[0-9a-f]+) [bBdDgGrRsSuvV] (?P<name>.+)")


@dataclass(frozen=True, slots=True)
class Frame:
    """A line of source that was being executed.

    Attributes:
        function: its name with template arguments, as demangled.
        file: last part of the file's path; empty if it is not known.
        line: from 1; 0 if it is not known.
    """

    function: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Symbols:
    """What is known of a program's addresses.

    Attributes:
        frames: address of code -> the inlined calls it belongs to, the innermost first.
        variables: address of a global, its size in bytes and its name, in rising order.
    """

    frames: Mapping[int, tuple[Frame, ...]] = field(default_factory=dict)
    variables: tuple[tuple[int, int, str], ...] = ()

    def stack(self, addresses: Stack) -> tuple[Frame, ...]:
        """All frames of a stack, inlined ones included, the innermost first."""
        return tuple(frame for address in addresses for frame in self.frames.get(address, ()))

    def variable(self, address: int) -> str:
        """The global at ``address``; empty if it is not known."""
        return next((name for at, size, name in self.variables if at <= address < at + size), "")


def symbol_steps(addresses: Collection[int], program: str = _PROGRAM) -> tuple[Step, ...]:
    """The commands whose output :func:`read_symbols` reads; the files it goes to are :data:`ARTEFACTS`."""
    # Asked twice: addr2line knows the names of inlined functions only once it has read their unit.
    asked = 2 * ([hex(address) for address in sorted(addresses)] or ["0x0"])
    return (
        Step(("addr2line", "-a", "-f", "-i", "-C", "-e", program, *asked), ARTEFACTS[0]),
        Step(("nm", "-S", "-C", "-n", "--defined-only", program), ARTEFACTS[1]),
    )


def symbols_job(program: bytes, report: Report) -> Job:
    """The job that looks up all addresses of ``report`` in the binary it came from."""
    return build_job({_PROGRAM: program}, symbol_steps(report.addresses()), ARTEFACTS)


def symbols_of(outcome: Outcome) -> Symbols:
    """What came out of :func:`symbols_job`; nothing if binutils are missing."""
    built = read_build(outcome, ARTEFACTS)
    if not built.ok:
        return Symbols()
    return read_symbols(*(built.artefacts[name].decode("utf-8", "replace") for name in ARTEFACTS))


def read_symbols(frames: str, names: str) -> Symbols:
    """Read what ``addr2line -a -f -i -C`` and ``nm -S -C -n`` printed."""
    found: dict[int, tuple[Frame, ...]] = {}
    lines = iter(frames.splitlines())
    here: list[Frame] = []
    for line in lines:
        if re.fullmatch(r"0x[0-9a-f]+", line):
            here = []
            found[int(line, 16)] = ()
            address = int(line, 16)
            continue
        place = _PLACE.fullmatch(next(lines, ""))
        file = PurePosixPath(place["file"]).name if place is not None and "?" not in place["file"] else ""
        here.append(Frame(line, file, int(place["line"]) if place is not None and file else 0))
        found[address] = tuple(here)
    variables = (match for match in map(_VARIABLE.fullmatch, names.splitlines()) if match is not None)
    return Symbols(found, tuple((int(m["at"], 16), int(m["size"], 16), m["name"]) for m in variables))
