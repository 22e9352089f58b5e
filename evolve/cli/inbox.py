"""`evolve inbox`: answer a campaign's prompts from a shell, one command a program."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from evolve.cli.common import (
    DONE,
    FAILED,
    ArchiveOption,
    BadInputError,
    JsonOption,
    finish,
    log,
    open_archive,
    print_json,
    printable,
)

if TYPE_CHECKING:
    from evolve.inbox.desk import Desk

app = typer.Typer(help="Answer the prompts of a campaign that was run with --proposer inbox.", no_args_is_help=True)

LOOK_SECONDS = 0.1
START_SECONDS = 30.0
"""A campaign that has just been started is on record after so long at most."""
T = TypeVar("T")
Prompt = dict[str, Any]

InboxOption = Annotated[
    Path | None, typer.Option("--inbox", help="Of the campaign, where the archive holds several that run.")
]
WaitOption = Annotated[float, typer.Option("--wait", help="Seconds to wait for it.")]
BriefOption = Annotated[
    bool, typer.Option("--brief/--full", help="Leave out the problem's statement, the same in all prompts.")
]


@app.command("next")
def next_(
    inbox: InboxOption = None,
    wait: WaitOption = 60.0,
    brief: BriefOption = False,
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print an open prompt, and wait for one if there is none. Exit code 1: there is none."""
    with open_archive(archive, create=True) as store:
        prompt = _next(_desk(store, inbox), _seconds(wait), brief, START_SECONDS)
    if as_json:
        print_json(prompt)
    else:
        _show_prompt(prompt)
    finish(DONE if prompt["id"] is not None else FAILED)


@app.command("answer")
def answer(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="Of the prompt.", min=1)],
    file: Annotated[str, typer.Argument(help="With the whole answer; - is standard input.")] = "-",
    inbox: InboxOption = None,
    wait: WaitOption = 60.0,
    brief: BriefOption = True,
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """Hand in an answer; print the verdict on it and the next prompt."""
    text, seconds = _read(file), _seconds(wait)
    with open_archive(archive, create=False) as store:
        desk = _desk(store, inbox)
        desk.submit(number, text)
        judged = _wait_for(lambda: desk.verdict(number), seconds)
        prompt = _next(desk, seconds, brief) if judged is not None else None
        objective = desk.the_campaign().spec().objective
    if as_json:
        print_json({"verdict": judged, "next": prompt})
    elif judged is None:
        log(f"evolve: prompt {number:06d} has its answer, which is still being judged: `evolve inbox verdict {number}`")
    else:
        _show_verdict(judged, f"{objective.unit}, {'lower' if objective.direction == 'min' else 'higher'} is better")
        assert prompt is not None
        _show_prompt(prompt)
    finish(DONE if judged is not None else FAILED)


@app.command("verdict")
def verdict(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="Of the prompt.", min=1)],
    inbox: InboxOption = None,
    wait: WaitOption = 60.0,
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print what became of an answer. Exit code 1: it is not judged yet."""
    seconds = _seconds(wait)
    with open_archive(archive, create=False) as store:
        desk = _desk(store, inbox)
        judged = _wait_for(lambda: desk.verdict(number), seconds, START_SECONDS)
        unit = desk.the_campaign().spec().objective.unit
    if as_json:
        print_json(judged)
    elif judged is None:
        log(f"evolve: the answer to prompt {number:06d} is not judged yet")
    else:
        _show_verdict(judged, unit)
    finish(DONE if judged is not None else FAILED)


@app.command("status")
def status(inbox: InboxOption = None, archive: ArchiveOption = None, as_json: JsonOption = False) -> None:
    """How far the campaign is: counts, verdicts, the best so far, open prompts."""
    with open_archive(archive, create=False) as store:
        document = _desk(store, inbox).status()
    if as_json:
        print_json(document)
        return
    for key, value in document.items():
        typer.echo(printable(f"{key}: {value}"))


def _desk(store: Any, inbox: Path | None) -> Desk:
    from evolve.inbox.desk import Desk

    return Desk(store, inbox)


def _seconds(wait: float) -> float:
    if not 0 <= wait < math.inf:
        raise BadInputError(f"--wait must be a number of seconds, at least 0, not {wait:g}")
    return wait


def _read(file: str) -> str:
    from evolve.inbox.folder import LONGEST_BYTES

    if file == "-":
        if sys.stdin.isatty():
            log("evolve: paste the whole answer, then press Ctrl-D")
        data = sys.stdin.buffer.read(LONGEST_BYTES + 1)
    else:
        try:
            with Path(file).open("rb") as stream:
                data = stream.read(LONGEST_BYTES + 1)
        except OSError as error:
            raise BadInputError(f"{file}: cannot be read: {error.strerror}") from None
    if len(data) > LONGEST_BYTES:
        raise BadInputError(f"{'standard input' if file == '-' else file}: is longer than {LONGEST_BYTES} bytes")
    return data.decode("utf-8-sig", "replace")


def _wait_for(look: Callable[[], T | None], seconds: float, starting: float = 0.0) -> T | None:
    """What ``look`` finds within some time, else None.

    Args:
        look: returns None as long as there is nothing.
        seconds: to wait at most.
        starting: of these, seconds during which it does not matter that no campaign runs.
    """
    from evolve.inbox import InboxError

    since = time.monotonic()
    while True:
        passed = time.monotonic() - since
        try:
            found = look()
        except InboxError:
            if passed >= min(starting, seconds):
                raise
            found = None
        if found is not None or passed >= seconds:
            return found
        time.sleep(LOOK_SECONDS)


def _next(desk: Desk, seconds: float, brief: bool, starting: float = 0.0) -> Prompt:
    """An open prompt, or why there is none; arguments as above."""
    found = _wait_for(lambda: desk.next_prompt(brief), seconds, starting)
    return found or {"id": None, "state": "running", "text": "No prompt is open now; `evolve inbox next` asks again."}


def _show_prompt(prompt: Prompt) -> None:
    number = prompt["id"]
    if number is None:
        log(f"evolve: {prompt['text']}")
        return
    typer.echo(f"===== prompt {number:06d}{', to mend what failed' if prompt['repair'] else ''} =====\n")
    typer.echo(printable(prompt["text"]))
    typer.echo(f"\n===== hand in the whole answer with: evolve inbox answer {number} FILE =====")


def _show_verdict(judged: dict[str, Any], unit: str) -> None:
    score, parent, best = judged["train_score"], judged.get("against_parent"), judged.get("against_best")
    said = [
        f"prompt {judged['id']:06d} ({judged['position']}): {judged['verdict']}"
        + ("" if score is None else f", train {score:.5g} {unit}")
    ]
    if judged.get("validation_score") is not None:
        said.append(f"validation {judged['validation_score']:.5g}")
    said.append(judged.get("admission") or "")
    if parent is not None and best is not None and parent["candidate"] == best["candidate"]:
        said.append(_beside("its parent, the best other program", parent))
    else:
        said += [_beside("its parent", parent), _beside("the best other program", best)]
    said.append(judged["feedback"])
    typer.echo(printable("\n".join(line for line in said if line)) + "\n")


def _beside(who: str, other: dict[str, Any] | None) -> str:
    if other is None:
        return ""
    by = other["by"]
    how = f"{'better' if by > 0 else 'worse'} by {abs(by):.3g} than" if by else "as good as"
    return (
        f"{how} {who} ({other['candidate'][:12]}, train {other['train_score']:.5g}): better on {other['better']} train "
        f"instances, equal on {other['equal']}, worse on {other['worse']}"
    )
