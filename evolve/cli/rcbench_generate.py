"""`evolve rcbench generate`: make a set of instances, each feasible, and say how hard they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evaluators.rconstraintbench import TITLE
from evolve.cli.common import BadInputError, JsonOption, console, log, print_json, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from evaluators.rconstraintbench.ramp import Arguments
    from evaluators.rconstraintbench.sets import InstanceSet


def generate(
    levels: Annotated[str, typer.Option(help="Numbers of precedences: a list of numbers and ranges.")] = "1-30",
    per_level: Annotated[int, typer.Option(help="Instances of each phase and level.", min=1, max=1000)] = 10,
    seed: Annotated[int, typer.Option(help="Seed of the set.", min=0, max=2**63 - 1)] = 1,
    phases: Annotated[
        str,
        typer.Option(
            help="Some of precedence, downtime, windows, disjunctive, all, only-downtime, only-windows and "
            "only-disjunctive, by comma; default: these eight."
        ),
    ] = "",
    domain: Annotated[str, typer.Option(help="abstract or data-center-migration.")] = "abstract",
    tasks: Annotated[int, typer.Option(help="Tasks of an instance.", min=2, max=200)] = 20,
    layers: Annotated[int, typer.Option(help="Layers of the precedence graph.", min=2)] = 5,
    slack: Annotated[int, typer.Option(help="How loose windows are, in time units.", min=0, max=1000)] = 3,
    out: Annotated[Path, typer.Option("--out", help="File to write.")] = Path("rcbench.json"),
    force: Annotated[bool, typer.Option("--force", help="Replace a file that holds something else.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Generate scheduling instances, each with a hidden feasible schedule; without options the standard set."""
    from evaluators.rconstraintbench.model import ABLATIONS, PHASES
    from evaluators.rconstraintbench.precedence import LevelError
    from evaluators.rconstraintbench.reading import InstanceError
    from evaluators.rconstraintbench.sets import generate as make
    from evaluators.rconstraintbench.sets import read_arguments

    if out.is_dir() or not out.parent.is_dir():  # found out before the work is done
        raise BadInputError(f"{out}: cannot be written: {'it is' if out.is_dir() else 'it is not in'} a folder")
    chosen = [word.strip() for word in phases.split(",")] if phases else list(PHASES + ABLATIONS)
    try:
        arguments = read_arguments({
            "levels": read_levels(levels), "per_level": per_level, "seed": seed, "phases": chosen, "domain": domain,
            "tasks": tasks, "layers": layers, "slack": slack,
        })  # fmt: skip
        if out.exists() and not force and not _holds(out, arguments):
            raise BadInputError(f"{out}: is there and holds something else; --force replaces it, --out names another")
        with console(stderr=True).status("drawing") as status:
            made = make(arguments, lambda ramps: status.update(f"drawn {ramps} of {per_level} ramps"))
    except (InstanceError, LevelError) as error:
        raise BadInputError(f"rcbench generate: {error}") from None
    try:
        out.write_text(json.dumps(made.to_json()) + "\n", encoding="utf-8")
    except OSError as error:
        raise BadInputError(f"{out}: cannot be written: {error.strerror or error}") from None
    if as_json:
        print_json(_document(made, out))
    else:
        _show(made, out)


def read_levels(text: str) -> list[int]:
    """The levels in ``5,15,30`` or ``1-10,20``, ascending.

    Raises:
        BadInputError: if it is not such a list.
    """
    levels: set[int] = set()
    for word in text.split(","):
        first, dash, last = word.strip().partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()) or len(word) > 20:
            raise BadInputError(
                f"--levels is {text!r}; it must be numbers and ranges by comma, such as 5,15,30 or 1-30"
            )
        start, end = int(first), int(last if dash else first)
        if not 1 <= start <= end <= 1000:
            raise BadInputError(
                f"--levels has {word.strip()!r}; levels are from 1 to 1000, the smaller first in a range"
            )
        levels.update(range(start, end + 1))
    return sorted(levels)


def _holds(path: Path, arguments: Arguments) -> bool:
    """Whether a file is a set made of these arguments, by this generator; a large one is read whole."""
    from evaluators.rconstraintbench.generator import GENERATOR_VERSION
    from evaluators.rconstraintbench.reading import InstanceError
    from evaluators.rconstraintbench.sets import read_arguments

    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return document["generator_version"] == GENERATOR_VERSION and read_arguments(document["arguments"]) == arguments
    except (OSError, ValueError, RecursionError, TypeError, KeyError, InstanceError):
        return False


def _rows(made: InstanceSet) -> Iterator[dict[str, Any]]:
    """A summary of each phase: means over its instances, by level from lowest to highest."""
    from evaluators.rconstraintbench.ramp import CONTROLS

    for phase in made.arguments.phases:
        found = [g for g in made.generated if g.instance.phase == phase]
        shares = {}
        for level in made.arguments.levels:
            measured = [g.tightness for g in found if g.instance.level == level]
            shares[level] = (
                sum(t.greedy_share for t in measured) / len(measured),
                sum(t.random_share for t in measured) / len(measured),
            )
        yield {
            "phase": phase,
            "instances": len(found),
            "control": phase in CONTROLS,
            "greedy_share": {str(level): share[0] for level, share in shares.items()},
            "random_share": {str(level): share[1] for level, share in shares.items()},
        }


def _document(made: InstanceSet, out: Path) -> dict[str, Any]:
    return {
        "benchmark": TITLE,
        "file": str(out),
        "id": made.id,
        "arguments": made.to_json()["arguments"],
        "instances": len(made.generated),
        "phases": list(_rows(made)),
    }


def _show(made: InstanceSet, out: Path) -> None:
    low, high = made.arguments.levels[0], made.arguments.levels[-1]
    listing = table("phase", "instances", "greedy rules", "random order", "", numbers=("instances",))
    for row in _rows(made):
        shares = [
            f"{row[kind][str(low)]:.2f}" + (f" \N{RIGHTWARDS ARROW} {row[kind][str(high)]:.2f}" if high > low else "")
            for kind in ("greedy_share", "random_share")
        ]
        listing.add_row(row["phase"], str(row["instances"]), *shares, "control" if row["control"] else "")
    screen = console()
    screen.print(TITLE, markup=False)
    screen.print(listing, markup=False)
    span = f"from level {low} to level {high}" if high > low else f"at level {low}"
    screen.print(
        f"Shares of serial schedules that are feasible, {span}. In a control nothing but the horizon keeps a task from "
        "being put off.",
        markup=False,
    )
    log(f"wrote {len(made.generated)} instances to {out}, set {made.id[:12]}")
