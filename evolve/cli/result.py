"""The result of a campaign on a terminal."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from evolve.cli.common import IN_SANDBOX, TRUSTED, console, printable, table

if TYPE_CHECKING:
    from rich.console import Console

ROWS = 9  # of the table on `test`
COLUMNS = 5  # of parts in it; of heuristics where there are more parts


def show_result(document: dict[str, Any]) -> None:
    """The winner's code and how it does on instances nobody has seen."""
    from rich.syntax import Syntax

    out = console()
    counts = document["counts"]
    out.print(
        f"campaign {document['campaign']}: {document['state']} ({printable(document['stop_reason'])}), "
        f"{counts['evaluations']} evaluations in {document['seconds']:.0f} s "
        f"({document['evaluations_per_second']:.0f}/s)",
        markup=False,
    )
    _show_spending(out, document)
    if document.get("trust", TRUSTED) != TRUSTED:
        out.print(IN_SANDBOX, style="yellow", markup=False)
        for finding in (document["task_audit"] or {}).get("findings", ()):
            out.print(f"audit of the task: {printable(finding)}", style="yellow", markup=False)
    show_arms(document.get("arms", ()))
    winner = document["winner"]
    if winner is None:
        out.print("no candidate passed validation and audit", style="yellow")
        return
    low, high = winner["validation"]["confidence"]
    within = "" if low is None else f" [{low:.4g}, {high:.4g}]"  # None: there was one instance only
    out.print(
        f"winner {winner['candidate'][:12]} (proposal {winner['proposal']}): validation "
        f"{winner['validation']['score']:.4g}{within}",
        markup=False,
        style="bold",
    )
    language = winner.get("language", "python")  # reports of earlier releases do not say
    out.print(Syntax(printable(winner["source"]).rstrip(), language, background_color="default", word_wrap=True))
    test = document["test"]
    if test and test["verdict"] == "ok":
        _show_test(out, test, winner["entry_point"])
    elif test:
        out.print(f"on test it ended with {test['verdict']}", style="red")
    out.print(
        f"kept in {document['archive']}; take it with: evolve archive export {winner['candidate'][:12]} "
        f"--archive {shlex.quote(document['archive'])}",
        markup=False,
        style="dim",
        soft_wrap=True,
    )


def _show_spending(out: Console, document: dict[str, Any]) -> None:
    """What was paid for what; reports of earlier releases know less of it."""
    if not document.get("tokens") and not document.get("prompt_tokens"):
        return
    improvements = document.get("improvements", 0)
    spent = f"${document['usd']:.4f}, {document['tokens']} tokens; {improvements} improvements"
    each = document.get("usd_per_improvement")
    out.print(spent + (f", ${each:.4f} each" if each else ""), markup=False)
    if document.get("prompt_tokens"):
        sections = ", ".join(f"{section} {count}" for section, count in document["prompt_tokens"].items() if count)
        out.print(f"tokens of a prompt, about: {sections}", style="dim", markup=False)


def show_arms(arms: Sequence[dict[str, Any]]) -> None:
    """Who was asked for what, and what it brought: children better than their parents, and USD for each of them."""
    if not arms:
        return
    out = console()
    models = {arm["model"] for arm in arms}
    if len(models) == 1:
        out.print(f"asked {printable(str(models.pop()))} for:", markup=False)
    names = ("model", "operator") if models else ("operator",)
    numbers = ("proposals", "improved", *(("usd", "usd each") if any(arm["usd"] for arm in arms) else ()))
    shown = table(*names, *numbers, numbers=numbers, wrapped=("model",))
    for arm in arms:
        each = arm["usd_per_improvement"]
        cells = arm | {"usd": f"{arm['usd']:.4f}", "usd each": "" if each is None else f"{each:.4f}"}
        shown.add_row(*[printable(str(cells[column])) for column in (*names, *numbers)])
    out.print(shown, markup=False)


def _show_test(out: Console, test: dict[str, Any], entry_point: str) -> None:
    fixed, fresh = test["instances"]["fixed"], test["instances"]["fresh"]
    out.print(
        f"\non test, {fixed} fixed and {fresh} fresh instances never seen before "
        f"(looked at {'once' if test['looked_at'] == 1 else str(test['looked_at']) + ' times'}); {test['unit']}:",
        markup=False,
    )
    parts = test["parts"]
    scores = [f"{part} ({block['n']})" for part, block in parts.items()]
    rows = [("winner", [test["score"], *(block["score"] for block in parts.values())])]
    for name, versus in test["versus"].items():
        label = name.removeprefix(f"{entry_point}/")
        rows.append((label, [versus["score"], *(block["versus"][name]["score"] for block in parts.values())]))
    sign = 1 if test["direction"] == "min" else -1
    rows.sort(key=lambda row: sign * row[1][0])
    place = [row[0] for row in rows].index("winner")
    wide = len(parts) > COLUMNS
    most = COLUMNS if wide else ROWS
    shown_rows = rows[:most] if place < most else [*rows[: most - 1], rows[place]]
    if wide:  # a line for each part, since a column for each would have no room
        names = [name for name, _ in shown_rows]
        ranking = table("on", *names, numbers=names)
        for k, part in enumerate(["all", *scores]):
            ranking.add_row(part, *[f"{scored[k]:.3f}" for _, scored in shown_rows])
    else:
        ranking = table("heuristic", "all", *scores, numbers=("all", *scores))
        for name, scored in shown_rows:
            style = "bold green" if name == "winner" else None
            ranking.add_row(name, *[f"{s:.3f}" for s in scored], style=style)
    out.print(ranking, markup=False)
    from rich.text import Text

    shown = set()
    for key, label in (
        ("paired_vs_best_baseline", "best of the same entry point"),
        ("paired_vs_best_any", "best of all"),
    ):
        if key not in test or test[key]["baseline"] in shown:
            continue
        rival = test[key]["baseline"]
        shown.add(rival)
        out.print(f"\nwinner against {rival} ({label}), with 95 % intervals:", markup=False)
        versus_table = table("on", "difference", "interval", "ratio of sums", "winner is", numbers=("difference",))
        for part, block in parts.items():
            versus = block["versus"][rival]
            low, high = versus["confidence"]
            colour = {"better": "green", "worse": "red"}.get(versus["comparison"], "yellow")
            versus_table.add_row(
                part,
                f"{versus['difference']:+.3f}",
                f"[{low:+.3f}, {high:+.3f}]",
                f"{versus['ratio_of_sums']:.4f}",
                Text(versus["comparison"], colour),
            )
        out.print(versus_table, markup=False)
