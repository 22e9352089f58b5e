"""One thing of the archive on a terminal: a candidate, or what a campaign or a comparison has come to."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from evolve.cli.common import IN_SANDBOX, TRUSTED, console, interval_text, number_text, print_json, printable, table

if TYPE_CHECKING:
    from rich.console import Console

    from evolve.archive import Archive

DOUBLING = 3  # characters of a bar to a doubling of the speed-up


def show_candidate(document: dict[str, Any]) -> None:
    """Source, provenance and verdicts."""
    from rich.syntax import Syntax

    out = console()
    out.print(f"candidate {document['candidate']}", style="bold", markup=False)
    for path, text in document["files"].items():
        out.print(f"# {printable(path)}", style="dim", markup=False)
        out.print(Syntax(printable(text).rstrip(), document["language"], background_color="default", word_wrap=True))
    for proposal in document["proposals"]:
        origin = ", ".join(parent[:12] for parent in proposal["parents"])
        asked = proposal["asked"] or proposal["operator"]
        said = (
            f"proposal {proposal['ordinal']} of campaign {proposal['campaign']}: {proposal['operator']}"
            + (f", asked for as {asked}" if asked != proposal["operator"] else "")
            + (f" from {origin}" if origin else "")
        )
        out.print(printable(said), markup=False)
        for call in proposal["llm_calls"]:
            said = (
                f"  asked {call['model']} ({call['prompt_name']}): {call['state']}, "
                f"{call['prompt_tokens'] or 0}+{call['completion_tokens'] or 0} tokens, "
                f"${(call['cost_nusd'] or 0) / 1e9:.6f}"
            )
            out.print(printable(said), markup=False)
    if document["proposed"] > len(document["proposals"]):
        out.print(f"… and {document['proposed'] - len(document['proposals'])} later proposals of the same program")
    told: list[dict[str, Any]] = []
    for evaluation in document["evaluations"]:
        made = evaluation["progress"]
        out.print(
            f"{evaluation['split']}: {evaluation['verdict']} {number_text(evaluation['score'])} "
            f"{'' if made is None else f'progress {made:.2f} of 1 '}"
            f"{interval_text(evaluation['confidence'])} {printable(evaluation['feedback'])}",
            markup=False,
        )
        if evaluation["speedup"] is not None:
            _show_speedup(out, evaluation["speedup"], told)
    if any(evaluation["trust"] != TRUSTED for evaluation in document["evaluations"]):
        out.print(IN_SANDBOX, style="yellow", markup=False)


def _show_speedup(out: Console, found: dict[str, Any], told: list[dict[str, Any]]) -> None:
    """What was measured; then bounds by cores, unless the same are among those already ``told``."""
    if found["measured"]:
        out.print(
            f"  measured: {found['measured']['over_baseline']:.3g} times as fast as the sequential baseline, "
            f"with {found['measured']['busy_cores']:.3g} cores busy",
            markup=False,
        )
    if found["curve"] in told:
        return
    told.append(found["curve"])
    out.print(
        f"  speed-up foretold by work {found['work']} and span {found['span']} steps "
        f"(parallelism {found['parallelism']:.3g}, burdened span {found['burdened_span']}):",
        markup=False,
    )
    shown = table("  cores", "at least", "at most", "", numbers=("  cores", "at least", "at most"))
    for row in found["curve"]:
        sure, hoped = (round(DOUBLING * max(math.log2(row[bound]), 0.0)) + 1 for bound in ("least", "greatest"))
        bar = "█" * sure + "░" * (hoped - sure)
        shown.add_row(str(row["cores"]), f"{row['least']:.2f}", f"{row['greatest']:.2f}", bar)
    out.print(shown, markup=False)


def campaign_report(store: Archive, campaign: str, as_json: bool) -> None:
    """The final document of a campaign; of one that has none, how far it is."""
    row = store.row("SELECT report FROM campaigns WHERE id = ?", (campaign,))
    assert row is not None
    document = json.loads(row["report"]) if row["report"] else _so_far(store, campaign)
    if as_json or "counts" not in document:
        print_json(document)
        return
    from evolve.cli.archive_list import curve_of
    from evolve.cli.result import show_result

    show_result(document)
    curve = curve_of(store, campaign, document["problem"], width=48)
    if curve:
        console().print(f"best so far on train, over its proposals: {curve}", markup=False)


def _so_far(store: Archive, campaign: str) -> dict[str, Any]:
    from evaluators.registry import describe_problem
    from evolve.archive import queries
    from evolve.archive.arms import arms
    from evolve.proposers.registry import ASKING

    document = queries.summary(store, campaign)
    if document["proposer"] in ASKING:
        spec = describe_problem(queries.problem_place(store, document["problem"]))
        document["arms"] = arms(store, campaign, spec.objective.direction)
    return document


def comparison_report(store: Archive, comparison: str, as_json: bool) -> None:
    """The final document of a comparison; of one that is not done, what its campaigns say so far."""
    from evolve.compare.report import document_of

    document = document_of(store, comparison)
    if as_json:
        print_json(document)
        return
    from evolve.cli.compare_result import show_comparison

    show_comparison(document)
