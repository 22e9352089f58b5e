"""`evolve problems`: what can be evolved."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from evolve.cli.common import JsonOption, console, print_json


def problems(
    name: Annotated[str | None, typer.Argument(help="A problem, or a folder holding one.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List the problems, or show one: its statement, signatures, baselines, splits."""
    from evaluators.registry import locate, problem_folders
    from evaluators.spec import load_spec

    if name is None:
        specs = [load_spec(folder) for folder in problem_folders().values()]
        if as_json:
            print_json([{"name": s.name, "title": s.title, "language": s.language} for s in specs])
            return
        from rich.table import Table

        table = Table("problem", "what", "entry points", box=None)
        for spec in specs:
            table.add_row(spec.name, spec.title, ", ".join(e.name for e in spec.entry_points))
        console().print(table)
        return
    spec = load_spec(locate(name))
    document: dict[str, Any] = {
        "name": spec.name,
        "title": spec.title,
        "version": spec.version,
        "language": spec.language,
        "online": spec.online,
        "objectives": [{"name": o.name, "unit": o.unit, "direction": o.direction} for o in spec.objectives],
        "entry_points": [
            {"name": e.name, "signature": e.signature, "baselines": list(e.baselines), "seeds": list(e.seeds)}
            for e in spec.entry_points
        ],
        "splits": dict(spec.splits),
        "stages": list(spec.stages),
        "statement": spec.statement,
    }
    if as_json:
        print_json(document)
        return
    out = console()
    out.print(f"[bold]{spec.name}[/bold]  {spec.title}  (version {spec.version})")
    for objective in spec.objectives:
        out.print(f"objective: {objective.name}, {objective.unit} ({objective.direction})")
    for split, what in spec.splits.items():
        out.print(f"{split}: {what}", markup=False)
    for entry in spec.entry_points:
        out.print(f"\n{entry.signature}", markup=False, style="bold")
        out.print(f"  baselines: {', '.join(entry.baselines)}", markup=False)
    out.print()
    from rich.markdown import Markdown

    out.print(Markdown(spec.statement))
