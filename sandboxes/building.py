"""Builds: fixed commands over untrusted sources, run inside the walls like any other job."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from sandboxes.interface import MEBIBYTE, Job, Limits, Outcome, Reason
from sandboxes.worker.framing import split

_PROGRAM = (Path(__file__).parent / "build_program.py").read_text(encoding="utf-8")
_DIAGNOSTICS_BYTES = 64 * 1024
LIMITS = Limits(
    cpu_seconds=15.0, wall_seconds=60.0, memory_bytes=1024 * MEBIBYTE, disk_bytes=128 * MEBIBYTE,
    response_bytes=64 * MEBIBYTE,
)  # fmt: skip
"""What a compiler may use; the work directory is part of its memory."""


@dataclass(frozen=True, slots=True)
class Step:
    """One command.

    Attributes:
        argv: the program, sought in ``/usr/bin``, and its arguments.
        output: file its stdout goes to; empty: among the diagnostics.
    """

    argv: tuple[str, ...]
    output: str = ""


@dataclass(frozen=True, slots=True)
class Built:
    """What a build came to.

    Attributes:
        ok: True if every step exited with 0.
        reason: how the job ended; a compiler over a limit ends it early.
        failed_step: position of the step that failed, or None.
        exit_code: of that step (negative: the signal that killed it); 127: there is no such program.
        diagnostics: what the steps printed on stderr, at most 64 KiB.
        artefacts: name -> content; empty unless ``ok``.
        outcome: the sandbox's facts.
    """

    ok: bool
    reason: Reason
    failed_step: int | None
    exit_code: int | None
    diagnostics: str
    outcome: Outcome
    artefacts: Mapping[str, bytes] = field(default_factory=dict)


def build_job(
    sources: Mapping[str, bytes], steps: Sequence[Step], artefacts: Sequence[str], limits: Limits = LIMITS
) -> Job:
    """The job that writes ``sources`` into an empty folder, runs ``steps`` there and gives the files ``artefacts``.

    Raises:
        ValueError: if a source's name is not a path below that folder.
    """
    for name in sources:
        if PurePosixPath(name).as_posix() != name or name.startswith(("/", "..")) or "/../" in name or name == ".":
            raise ValueError(f"a source of a build must have a path below its folder, not {name!r}")
    order = {
        "steps": [{"argv": step.argv, "output": step.output} for step in steps],
        "artefacts": list(artefacts),
        "diagnostics_bytes": _DIAGNOSTICS_BYTES,
    }
    return Job(_PROGRAM, dict(sources), (json.dumps(order).encode(),), limits=limits)


def read_build(outcome: Outcome, artefacts: Sequence[str]) -> Built:
    """What came out of a job made by :func:`build_job` with these ``artefacts``."""
    if outcome.reason is not Reason.FINISHED or not outcome.responses:
        return Built(False, outcome.reason, None, None, outcome.stderr, outcome)
    header, *contents = split(outcome.responses[0])
    said = json.loads(header)
    ok = said["failed"] is None
    found = dict(zip(artefacts, contents, strict=True)) if ok else {}
    return Built(ok, outcome.reason, said["failed"], said["code"], said["diagnostics"], outcome, found)
