"""What every verb needs: the archive option, JSON on stdout, and one sentence for every mistake.

Nothing heavy is imported here: `evolve --help` must be instant.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from evolve.documents import without_nan

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from evaluators.candidate import Candidate
    from evolve.archive import Archive

ArchiveOption = Annotated[
    Path | None,
    typer.Option("--archive", help="Archive file; default: $EVOLVE_ARCHIVE, else evolve.db in this folder."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout, logs on stderr.")]
FormatOption = Annotated[
    str | None,
    typer.Option("--format", help="Of a folder: native, openevolve or shinka; default: whichever is clear."),
]
ParlayOption = Annotated[
    Path | None,
    typer.Option(
        "--parlay-include",
        metavar="DIR",
        help="Time C++ candidates with the ParlayLib in this include folder; default: $PARLAYLIB_HOME/include if that "
        "variable is set, else the headers of evolve.",
    ),
]
SandboxOption = Annotated[str, typer.Option("--sandbox", help="auto, docker or bubblewrap.")]

DONE, FAILED, BAD_INPUT = 0, 1, 2
TRUSTED = "trusted"
IN_SANDBOX = "in-sandbox: the task's evaluator ran beside the candidate, which could have forged what it says"


class BadInputError(Exception):
    """What the user gave cannot be used; the message is one sentence."""


def archive_path(given: Path | None) -> Path:
    """The archive to use."""
    return given or Path(os.environ.get("EVOLVE_ARCHIVE") or "evolve.db")


def open_archive(given: Path | None, *, create: bool) -> Archive:
    """Open the archive, or one sentence why not. One that is to be created is so with the first thing written to it."""
    from evolve.archive import Archive

    return Archive(archive_path(given), create=create)


def candidate_called(archive: Archive, reference: str) -> Candidate:
    """The archived candidate whose id begins so, ``archive:`` in front of it or not; else one sentence."""
    from evolve.archive.records import find_candidate

    try:
        return find_candidate(archive, reference.removeprefix("archive:"))
    except KeyError as error:
        raise BadInputError(str(error.args[0])) from None


def candidate_id_called(archive: Archive, reference: str) -> str:
    """The id of :func:`candidate_called`, whose program is not read."""
    from evolve.archive.records import find_candidate_id

    try:
        return find_candidate_id(archive, reference.removeprefix("archive:"))
    except KeyError as error:
        raise BadInputError(str(error.args[0])) from None


shared_console: Console | None = None
"""What all of a verb prints on while a pager waits for it."""


def console(stderr: bool = False) -> Console:
    """A terminal to print on."""
    from rich.console import Console

    if shared_console is not None and not stderr:
        return shared_console

    return Console(stderr=stderr, highlight=False)


def print_json(document: Any) -> None:
    """One JSON document on stdout. NaN becomes null: JSON has no such number."""
    sys.stdout.write(json.dumps(without_nan(document), indent=2) + "\n")
    sys.stdout.flush()


def printable(text: str) -> str:
    """Text of a candidate, a model or a file name without control characters: a terminal obeys escape sequences."""
    return "".join(c if c in "\n\t" or c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def number_text(value: float | None) -> str:
    """Four digits of a number; nothing of None."""
    return "" if value is None else f"{value:.4g}"


def interval_text(interval: list[float] | None) -> str:
    """An interval; nothing of None."""
    return "" if interval is None else f"[{interval[0]:.4g}, {interval[1]:.4g}]"


def write_text(output: Path, text: str) -> None:
    """Write a file, or one sentence why it cannot be."""
    write_lines(output, [text])


def write_lines(output: Path, lines: Iterable[str]) -> None:
    """Write a file piece by piece, or one sentence why it cannot be."""
    try:
        with output.open("w", encoding="utf-8") as file:
            file.writelines(lines)
    except OSError as error:
        raise BadInputError(f"{output}: cannot be written: {error.strerror}") from None


def table(*columns: str, numbers: Collection[str] = (), wrapped: Collection[str] = ()) -> Table:
    """A table whose columns keep their width, those in ``wrapped`` excepted; ``numbers`` are set to the right."""
    from rich.table import Table

    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in columns:
        made.add_column(
            column,
            justify="right" if column in numbers else "left",
            no_wrap=column not in wrapped,
            overflow="fold",
        )
    return made


def finish(code: int) -> NoReturn:
    """Leave with an exit code."""
    raise typer.Exit(code)


def log(message: str) -> None:
    """A line for people, on stderr."""
    sys.stderr.write(printable(message) + "\n")
    sys.stderr.flush()


def formatted(target: str, format: str | None) -> str:
    """What finds the problem that ``target`` names, if it is of that format."""
    if format is None:
        return target
    check_choice("--format", format, ("native", "openevolve", "shinka"))
    from evaluators.registry import locate, problem_folders

    if format == "native":
        return target if target in problem_folders() else str(locate(target))
    return f"{format}:{target}"


def check_choice(option: str, value: str, allowed: tuple[str, ...]) -> None:
    """Refuse a value that is not allowed."""
    if value not in allowed:
        raise BadInputError(f"{option} is {value!r}; allowed: {', '.join(allowed)}")
