"""`evolve mcp`: a campaign whose model is the agent at the other end of standard input and output."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import typer

from evolve.cli.common import ArchiveOption, BadInputError, open_archive


def mcp(
    run: Annotated[
        str | None, typer.Option(metavar="PROBLEM|DIR", help="Start a campaign on it, or go on with an unfinished one.")
    ] = None,
    inbox: Annotated[
        Path | None, typer.Option(help="Folder for prompts and answers; default: inbox/ beside the archive.")
    ] = None,
    proposals: Annotated[int, typer.Option(help="Of --run: stop after this many proposals.")] = 20,
    entry_point: Annotated[str | None, typer.Option("--entry-point", help="Of --run: function to evolve.")] = None,
    minutes: Annotated[float | None, typer.Option(help="Of --run: stop after this running time.")] = None,
    seed: Annotated[int | None, typer.Option(help="Of --run: of everything drawn at random.")] = None,
    seed_from: Annotated[
        list[str] | None,
        typer.Option("--seed-from", help="Of --run: start from FILE, baseline:NAME or archive:ID; may be repeated."),
    ] = None,
    concurrency: Annotated[int | None, typer.Option(help="Of --run: prompts open at one time.")] = None,
    archive: ArchiveOption = None,
) -> None:
    """Serve the Model Context Protocol: a coding agent takes prompts, hands in programs and gets verdicts."""
    from evaluators.registry import describe_problem
    from evolve.mcp.server import make_server
    from evolve.mcp.service import Service

    for name, value in (("proposals", proposals), ("minutes", minutes), ("concurrency", concurrency)):
        if value is not None and not 0 < value < math.inf:
            raise BadInputError(f"--{name} must be a positive number, not {value:g}")
    with open_archive(archive, create=True) as store:
        service = Service(store, None if inbox is None else inbox.resolve())
        if run is not None:
            spec = describe_problem(run)
            if entry_point is not None and entry_point not in [entry.name for entry in spec.entry_points]:
                names = ", ".join(entry.name for entry in spec.entry_points)
                raise BadInputError(f"{run} has no entry point {entry_point!r}; it has: {names}")
            service.start_or_resume(
                spec.name, run, seed_from or (), proposals=proposals, entry_point=entry_point, minutes=minutes,
                seed=seed, concurrency=concurrency,
            )  # fmt: skip
        try:
            make_server(service).run("stdio")
        finally:
            service.stop()
