"""`evolve problems`: what can be evolved."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from evolve.cli.common import IN_SANDBOX, JsonOption, console, print_json, printable, table


def problems(
    name: Annotated[str | None, typer.Argument(help="A problem, or a folder holding one.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List the problems, or show one: its statement, signatures, baselines, splits."""
    from evaluators.registry import describe_problem, problem_folders
    from evaluators.spec import load_spec

    if name is None:
        specs = [load_spec(folder) for folder in problem_folders().values()]
        if as_json:
            print_json([{"name": s.name, "title": s.title, "language": s.language} for s in specs])
            return
        listing = table("problem", "what", "entry points", wrapped=("what", "entry points"))
        for spec in specs:
            listing.add_row(spec.name, spec.title, ", ".join(e.name for e in spec.entry_points))
        console().print(listing, markup=False)
        return
    spec = describe_problem(name)
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
        "trust": spec.trust,
        "statement": spec.statement,
    }
    if as_json:
        print_json(document)
        return
    from rich.markdown import Markdown
    from rich.table import Table

    out = console()
    out.print(spec.name, style="bold", markup=False, end="  ")
    out.print(printable(spec.title), markup=False)
    facts = Table.grid(padding=(0, 2, 0, 0))
    for objective in spec.objectives:
        facts.add_row("objective", f"{objective.name}, {objective.unit} ({objective.direction})")
    for split, what in spec.splits.items():
        facts.add_row(split, what)
    facts.add_row("version", spec.version)
    if spec.trust != "trusted":
        facts.add_row("trust", IN_SANDBOX)
    out.print(facts, markup=False)
    for entry in spec.entry_points:
        out.print(f"\n{entry.signature}", markup=False, style="bold")
        out.print(f"baselines: {', '.join(entry.baselines) or 'none'}", markup=False)
    out.print()
    out.print(Markdown(printable(spec.statement)))
