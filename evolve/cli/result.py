"""The result of a campaign on a terminal."""

from __future__ import annotations

from typing import Any

from evolve.cli.common import console


def show_result(document: dict[str, Any]) -> None:
    """The winner's code and how it does on instances nobody has seen."""
    from rich.syntax import Syntax
    from rich.table import Table

    out = console()
    counts = document["counts"]
    out.print(
        f"campaign {document['campaign']}: {document['state']} ({document['stop_reason']}), "
        f"{counts['evaluations']} evaluations in {document['seconds']:.0f} s "
        f"({document['evaluations_per_second']:.0f}/s)",
        markup=False,
    )
    winner = document["winner"]
    if winner is None:
        out.print("no candidate passed validation and audit", style="yellow")
        return
    low, high = winner["validation"]["confidence"]
    out.print(
        f"winner {winner['candidate'][:12]} (proposal {winner['proposal']}): validation "
        f"{winner['validation']['score']:.4g} [{low:.4g}, {high:.4g}]",
        markup=False,
        style="bold",
    )
    out.print(Syntax(winner["source"].rstrip(), "python", background_color="default", word_wrap=True))
    test = document["test"]
    if test and test["verdict"] == "ok":
        _show_test(out, test, winner["entry_point"], Table)
    elif test:
        out.print(f"on test it ended with {test['verdict']}", style="red")
    out.print(
        f"kept in {document['archive']}; take it with: evolve archive export {winner['candidate'][:12]} "
        "--format module",
        markup=False,
        style="dim",
    )


def _show_test(out: Any, test: dict[str, Any], entry_point: str, table_class: Any) -> None:
    fixed, fresh = test["instances"]["fixed"], test["instances"]["fresh"]
    out.print(
        f"\non test, {fixed} fixed and {fresh} fresh instances never seen before (looked at {test['looked_at']} times); "
        f"{test['unit']}:",
        markup=False,
    )
    parts = test["parts"]
    table = table_class("heuristic", "all", *[f"{part} ({block['n']})" for part, block in parts.items()], box=None)
    rows = [("winner", test["score"], [block["score"] for block in parts.values()])]
    for name, versus in test["versus"].items():
        label = name.removeprefix(f"{entry_point}/")
        rows.append((label, versus["score"], [block["versus"][name]["score"] for block in parts.values()]))
    sign = 1 if test["direction"] == "min" else -1
    rows.sort(key=lambda row: sign * row[1])
    best = rows[:9] if ("winner" in [row[0] for row in rows[:9]]) else [*rows[:8], next(r for r in rows if r[0] == "winner")]
    for name, score, scores in best:
        table.add_row(name, f"{score:.3f}", *[f"{s:.3f}" for s in scores], style="bold green" if name == "winner" else None)
    out.print(table)
    for key, label in (
        ("paired_vs_best_baseline", "best of the same entry point"),
        ("paired_vs_best_any", "best of all"),
    ):
        if key not in test:
            continue
        rival = test[key]["baseline"]
        out.print(f"winner against {rival} ({label}), paired difference with 95 % interval, ratio of sums:", markup=False)
        for part, block in parts.items():
            versus = block["versus"][rival]
            low, high = versus["confidence"]
            colour = {"better": "green", "worse": "red"}.get(versus["comparison"], "yellow")
            out.print(
                f"  {part:6} {versus['difference']:+8.3f} \\[{low:+.3f}, {high:+.3f}]  ratio {versus['ratio_of_sums']:.4f} "
                f" [{colour}]{versus['comparison']}[/{colour}]"
            )
        if test[key]["baseline"] == test.get("paired_vs_best_any", {}).get("baseline"):
            break
