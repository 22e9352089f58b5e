"""`evolve replay`: judge an archived candidate again, and say what has drifted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from evolve.cli.common import (
    DONE,
    FAILED,
    IN_SANDBOX,
    TRUSTED,
    ArchiveOption,
    JsonOption,
    ParlayOption,
    candidate_called,
    check_choice,
    console,
    finish,
    log,
    open_archive,
    print_json,
    printable,
    table,
)

if TYPE_CHECKING:
    from rich.console import Console


def replay(
    candidate: Annotated[str, typer.Argument(metavar="CANDIDATE-ID", help="Start of a candidate's id.")],
    split: Annotated[str | None, typer.Option(help="Only train or only validation; default: both.")] = None,
    parlay_include: ParlayOption = None,
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """Judge an archived candidate again as it was judged then; exit code 1 if a verdict or a score has drifted."""
    from evaluators.toolchains.parlaylib import chosen
    from evolve.replay.drift import SPLITS, drift_of

    if split is not None:
        check_choice("--split", split, SPLITS)
    with open_archive(archive, create=False) as store:
        found = candidate_called(store, candidate)
        library = chosen(parlay_include, "--parlay-include", found.language)
        splits = SPLITS if split is None else (split,)
        document = drift_of(store, found, splits, lambda said: log(f"evolve: {said}"), library)
    if as_json:
        print_json(document)
    else:
        _show(document)
    finish(FAILED if document["drifted"] or document["not_judged"] else DONE)


def _show(document: dict[str, Any]) -> None:
    out = console()
    out.print(f"candidate {document['candidate']}", style="bold", markup=False)
    rows = table("judged on", "then", "now", "score then", "now", "instances", "drift", wrapped=("instances", "drift"))
    for one in document["evaluations"]:
        rows.add_row(*_row(one), style={True: None, False: "yellow"}[one["drift"] == []])
    out.print(rows, markup=False)
    for said in dict.fromkeys(line for one in document["evaluations"] for line in _remarks(one)):
        out.print(printable(said), style="yellow", markup=False)
    for reason, count in document["left_out"].items():
        out.print(f"left out: {count} evaluation{'s' * (count != 1)} {reason}", style="dim", markup=False)
    _conclude(out, document)


def _row(one: dict[str, Any]) -> list[str]:
    then, now, instances = one["then"], one["now"] or {}, one.get("instances")
    name = one["split"] + (f" of {one['campaign']}" if one["campaign"] else "")
    compared = ""
    if instances:
        compared = f"{instances['differing']} of {instances['compared']} differ"
        if instances["differing"]:
            compared += f", by up to {instances['largest_difference']:.3g}"
        if one["intervals_overlap"] is not None:
            compared = f"intervals {'overlap' if one['intervals_overlap'] else 'do not overlap'}"
    drift = "not judged" if one["drift"] is None else ", ".join(one["drift"]) or "none"
    return [
        name, then["verdict"], now.get("verdict", ""), _number(then.get("score")), _number(now.get("score")), compared,
        drift,
    ]  # fmt: skip


def _remarks(one: dict[str, Any]) -> list[str]:
    """What explains a difference, and what to keep in mind."""
    said = []
    if one.get("note"):
        said.append(f"{one['split']}: {one['note']}")
    if one.get("trust", TRUSTED) != TRUSTED:
        said.append(IN_SANDBOX)
    if one.get("raced_out"):
        said.append(f"on {one['split']} racing stopped it then: only the instances it had come to are compared")
    then, now = one["then"], one["now"]
    if now is None or one["split"] == "audit":
        return said
    if then["problem_version"] != now["problem_version"]:
        said.append(f"{one['problem']} was version {then['problem_version']} and is {now['problem_version']} now")
    if then["environment"] != now["environment"]:
        changes = [
            f"{fact} was {was}, is {is_ or 'unknown'}" for fact, (was, is_) in one["environment_changes"].items()
        ]
        if not one["environment_facts_known"]:
            changes.append("what else was there then is not on record")
        said.append(f"environment {then['environment']} then, {now['environment']} now: {'; '.join(changes)}")
    return said


def _conclude(out: Console, document: dict[str, Any]) -> None:
    drifted, missing, same = document["drifted"], document["not_judged"], document["same"]
    if not drifted and not missing:
        out.print(f"no drift: {same} of {same} judged as then", style="green", markup=False)
        return
    total = drifted + missing + same
    said = f"{drifted} of {total} drifted" + (f", {missing} could not be judged" if missing else "")
    out.print(said, style="red", markup=False)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"
