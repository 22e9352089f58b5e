"""`evolve rcbench report`: what the runs of R-ConstraintBench came to."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evolve.cli.common import (
    ArchiveOption,
    BadInputError,
    JsonOption,
    check_choice,
    console,
    open_archive,
    print_json,
    printable,
    table,
)

if TYPE_CHECKING:
    from rich.console import Console
    from rich.padding import Padding

FOLDER = Path("rcbench-report")
BARS = "·▁▂▃▄▅▆▇█"
COSTS = ("answered", "feasible", "share", "95 %", "$ per\nfeasible", "s per\nfeasible")
BY_PHASE = ("AUC", "95 %", "WAUC", "k 0.9", "k 0.5")


def report(
    run: Annotated[
        list[str] | None, typer.Option("--run", help="Start of a run's id (repeatable); default: all.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help=f"Folder to write to; default: {FOLDER}, with --json none.")
    ] = None,
    formats: Annotated[str, typer.Option("--format", help="What to write, of html,json,csv,png,svg.")] = (
        "html,json,csv,png,svg"
    ),
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """At how many constraints, and by which, schedules stop being feasible: tables, an HTML page, figures."""
    from evolve.rcbench.report.document import named
    from evolve.rcbench.report.document import report as make
    from evolve.rcbench.report.files import FORMATS, write_report
    from evolve.rcbench.results import RunNotFoundError, load

    chosen = [name.strip() for name in formats.split(",")]
    for name in chosen:
        check_choice("--format", name, FORMATS)
    with open_archive(archive, create=False) as store:
        try:
            runs = named(load(store, run))
        except RunNotFoundError as error:
            raise BadInputError(str(error)) from None
        if not runs:
            raise BadInputError(f"{store.path}: no answers to report on; `evolve rcbench run` gets some")
        document = make(runs)
        folder = out or (None if as_json else FOLDER)
        written: list[Path] = []
        if folder is not None:
            try:
                written = write_report(store, document, runs, folder, chosen)
            except OSError as error:
                raise BadInputError(f"{folder}: cannot be written to: {error.strerror}") from None
    if as_json:
        print_json(document | ({"files": [str(path) for path in written]} if written else {}))
        return
    _show(document)
    pages = sum(path.parent.name == "instances" for path in written)
    said = ", ".join(path.name for path in written if path.parent.name != "instances")
    console().print(
        f"\nwrote to {folder}: {said}" + (f", and in instances/ {pages} pages" if pages else ""), style="dim",
        markup=False,
    )  # fmt: skip


def _show(document: dict[str, Any]) -> None:
    out = console()
    out.print(document["benchmark"], style="bold", markup=False)
    contestants = document["contestants"]
    shown = table("contestant", *COSTS, numbers=COSTS, wrapped=("contestant",))
    for c in contestants:
        shown.add_row(
            printable(c["contestant"]), f"{c['answered']}/{c['instances']}", str(c["feasible"]),
            _percent(c["feasible_rate"]), _interval(c["confidence"]), _number(c["cost"]["usd_per_feasible"]),
            _number(c["cost"]["seconds_per_feasible"]),
        )  # fmt: skip
    out.print(shown)
    _show_phases(out, contestants)
    _show_errors(out, contestants)
    _show_interaction(out, contestants)
    _show_pairs(out, document["pairs"])


def _show_phases(out: Console, contestants: list[dict[str, Any]]) -> None:
    from evolve.rcbench.report.figures import phases_of

    out.print("\nby phase; a bar a level; from level k 0.9 (k 0.5) on fewer than 90 % (50 %) are feasible", style="dim")
    longest = min(30, max(len(c["contestant"]) for c in contestants))
    bars = max(8, min(30, out.width - 66 - longest))
    shown = table("contestant", "levels", *BY_PHASE, numbers=BY_PHASE, wrapped=("contestant",))
    for phase in phases_of(contestants):
        shown.add_row(phase, style="bold")
        for c in contestants:
            for found in c["phases"]:
                if found["phase"] == phase:
                    levels = found["levels"]
                    low, high = found["auc"]["confidence"]
                    shown.add_row(
                        _below(c["contestant"]), _bars([level["share"] for level in levels], bars),
                        f"{found['auc']['value']:.3f}", f"{low:.2f}-{high:.2f}", f"{found['wauc']['value']:.3f}",
                        *(_threshold(threshold, levels[-1]["level"]) for threshold in found["thresholds"]),
                    )  # fmt: skip
    out.print(shown)


def _below(name: str) -> Padding:
    """A contestant under a heading, set in by two where its name goes on in another line, too."""
    from rich.padding import Padding
    from rich.text import Text

    return Padding(Text(printable(name)), (0, 0, 0, 2))


def _bars(shares: list[float], most: int) -> str:
    """A character a level, or for several levels where there are more than ``most``."""
    count = min(most, len(shares))
    edges = [k * len(shares) // count for k in range(count + 1)]
    parts = [shares[low:high] for low, high in itertools.pairwise(edges)]
    return "".join(BARS[round(sum(part) / len(part) * (len(BARS) - 1))] for part in parts)


def _show_errors(out: Console, contestants: list[dict[str, Any]]) -> None:
    failing = [c for c in contestants if c["errors"]["n"]]
    if not failing:
        return
    out.print("\nshare of the infeasible answers in which a class of violation occurs", style="dim")
    # A column a class would not fit a terminal of 80 columns.
    wrapped = ("contestant", "classes")
    shown = table("contestant", "infeasible", "classes", numbers=("infeasible",), wrapped=wrapped)
    for c in failing:
        found = sorted(c["errors"]["classes"], key=lambda each: -each["count"])
        classes = ", ".join(f"{each['kind'].lower()}\N{NO-BREAK SPACE}{each['share']:.1%}" for each in found)
        shown.add_row(printable(c["contestant"]), str(c["errors"]["n"]), classes)
    out.print(shown, markup=False)


def _show_interaction(out: Console, contestants: list[dict[str, Any]]) -> None:
    tested = [c for c in contestants if c["interaction"]["verdict"]]
    if not tested:
        return
    out.print(
        "\ndoes the combination fail more than the product of the single axes? (points, mean over levels)", style="dim"
    )
    shown = table("contestant", "excess", "95 %", "it fails", numbers=("excess", "95 %"), wrapped=("contestant",))
    for c in tested:
        found = c["interaction"]
        known = found["confidence"] is not None
        shown.add_row(
            printable(c["contestant"]), f"{100 * found['excess']:+.1f}",
            _interval(found["confidence"]) if known else "",
            found["verdict"] if known else "unknown: too few instances a level",
        )  # fmt: skip
    out.print(shown, markup=False)


def _show_pairs(out: Console, pairs: list[dict[str, Any]]) -> None:
    from evolve.rcbench.report.document import ALL_PHASES

    whole = [pair for pair in pairs if pair["phase"] == ALL_PHASES]
    if not whole:
        return
    out.print(
        "\non the same instances (p: McNemar's exact test, Holm's adjustment); alone: instances only one solved",
        style="dim",
    )
    columns = ("alone", "points", "95 %", "p")
    shown = table("first, beside", *columns, "the first is", numbers=columns, wrapped=("first, beside",))
    first = None
    for pair in whole:
        if pair["first"] != first:
            first = pair["first"]
            shown.add_row(printable(first), style="bold")
        shown.add_row(
            _below(pair["second"]), f"{pair['only_first']} : {pair['only_second']}",
            f"{100 * pair['difference']:+.1f}", _interval(pair["confidence"]),
            f"{pair['p_holm']:.2g}" if pair["p_holm"] > 1e-99 else "< 1e-99", pair["comparison"],
        )  # fmt: skip
    out.print(shown, markup=False)


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _interval(interval: list[float]) -> str:
    return f"{100 * interval[0]:.1f} to {100 * interval[1]:.1f}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"


def _threshold(threshold: dict[str, Any], last: int) -> str:
    value, *ends = [f">{last}" if k is None else str(k) for k in (threshold["level"], *threshold["confidence"])]
    return f"{value} ({ends[0]}, {ends[1]})"
