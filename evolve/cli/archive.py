"""`evolve archive`: browse what campaigns have found, and take it away."""

from __future__ import annotations

import difflib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evolve.cli.common import (
    IN_SANDBOX,
    TRUSTED,
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
    from evaluators.candidate import Candidate
    from evolve.archive import Archive

app = typer.Typer(help="Browse what campaigns have found, and take it away.", no_args_is_help=True)

WIDE = 100  # columns from which on a problem's name stays on one line
CandidateArgument = Annotated[str, typer.Argument(help="Start of a candidate's id.")]


def _find(archive: Archive, reference: str) -> Candidate:
    from evolve.archive.records import find_candidate

    try:
        return find_candidate(archive, reference.removeprefix("archive:"))
    except KeyError as error:
        raise BadInputError(str(error.args[0])) from None


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


@app.command("list")
def list_(
    campaign: Annotated[str | None, typer.Option(help="Candidates of this campaign (start of its id).")] = None,
    problem: Annotated[str | None, typer.Option(help="Candidates of this problem.")] = None,
    verdict: Annotated[str | None, typer.Option(help="Only this verdict.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many rows.")] = 20,
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """List campaigns, or the latest candidates of one."""
    from evaluators.verdicts import Verdict
    from evolve.archive import queries

    if verdict is not None:
        check_choice("--verdict", verdict, tuple(v.value for v in Verdict))
    with open_archive(archive, create=False) as store:
        if campaign is None and problem is None and verdict is None:
            rows = queries.campaigns(store, limit)
            spend = ("usd",) if any(row["usd"] for row in rows) else ()
            columns: tuple[str, ...] = ("campaign", "problem", "proposer", "state", "evaluations", *spend, "winner")
        else:
            if campaign is not None:
                from evolve.campaign.session import find_campaign

                campaign = find_campaign(store, campaign)["id"]
            rows = queries.candidates(store, problem=problem, campaign=campaign, verdict=verdict, limit=limit)
            columns = ("candidate", "problem", "verdict", "score", "campaign")
    _print(rows, columns, as_json)


@app.command("best")
def best(
    problem: Annotated[str | None, typer.Argument(help="A problem; default: that of the latest campaign.")] = None,
    split: Annotated[str, typer.Option(help="train or validation.")] = "validation",
    campaign: Annotated[str | None, typer.Option(help="Of this campaign only.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many rows.")] = 10,
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """The best candidates of a problem."""
    from evaluators.registry import describe_problem
    from evolve.archive import queries

    check_choice("--split", split, ("train", "validation"))
    with open_archive(archive, create=False) as store:
        if campaign is not None:
            from evolve.campaign.session import find_campaign

            row = find_campaign(store, campaign)
            campaign, problem = row["id"], problem or row["problem"]
        if problem is None:
            latest = queries.campaigns(store, 1)
            if not latest:
                raise BadInputError(f"{store.path}: holds no campaign; name a problem")
            problem = latest[0]["problem"]
        assert problem is not None
        spec = describe_problem(queries.problem_place(store, problem))
        rows = queries.best(
            store, spec.objective.direction, spec.name, campaign=campaign, split=split, limit=limit, trust=spec.trust
        )
    _print(rows, ("candidate", "entry_point", "origin", "score", "confidence", "campaign"), as_json)


@app.command("show")
def show(
    reference: Annotated[str, typer.Argument(help="Start of a candidate's or a campaign's id.")],
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """One candidate (source, provenance, verdicts) or one campaign's report."""
    import json

    from evaluators.registry import describe_problem
    from evolve.archive import queries
    from evolve.archive.arms import arms
    from evolve.archive.records import SHORTEST_ID
    from evolve.proposers.registry import ASKING

    with open_archive(archive, create=False) as store:
        rows = store.rows("SELECT * FROM campaigns WHERE substr(id, 1, ?) = ?", (len(reference), reference))
        if len(rows) == 1 and len(reference) >= SHORTEST_ID:
            document = json.loads(rows[0]["report"]) if rows[0]["report"] else queries.campaigns(store, 10**6)
            if isinstance(document, list):
                document = next(c for c in document if c["campaign"] == rows[0]["id"])
                if document["proposer"] in ASKING:
                    spec = describe_problem(queries.problem_place(store, document["problem"]))
                    document["arms"] = arms(store, document["campaign"], spec.objective.direction)
            if as_json or "counts" not in document:
                print_json(document)
                return
            from evolve.cli.result import show_result

            show_result(document)
            return
        document = queries.show(store, _find(store, reference).id)
    if as_json:
        print_json(document)
        return
    from rich.syntax import Syntax

    out = console()
    out.print(f"candidate {document['candidate']}", style="bold", markup=False)
    for path, text in document["files"].items():
        out.print(f"# {path}", style="dim", markup=False)
        out.print(Syntax(printable(text).rstrip(), document["language"], background_color="default", word_wrap=True))
    for proposal in document["proposals"]:
        origin = ", ".join(parent[:12] for parent in proposal["parents"])
        out.print(
            f"proposal {proposal['ordinal']} of campaign {proposal['campaign']}: {proposal['operator']}"
            + (
                f", asked for as {asked}"
                if (asked := proposal["asked"]) not in (None, "", proposal["operator"])
                else ""
            )
            + (f" from {origin}" if origin else ""),
            markup=False,
        )
        for call in proposal["llm_calls"]:
            out.print(
                f"  asked {call['model']} ({call['prompt_name']}): {call['state']}, "
                f"{call['prompt_tokens'] or 0}+{call['completion_tokens'] or 0} tokens, "
                f"${(call['cost_nusd'] or 0) / 1e9:.6f}",
                markup=False,
            )
    for evaluation in document["evaluations"]:
        out.print(
            f"{evaluation['split']}: {evaluation['verdict']} {_number(evaluation['score'])} "
            f"{_interval(evaluation['confidence'])} {printable(evaluation['feedback'])}",
            markup=False,
        )
    if any(evaluation["trust"] != TRUSTED for evaluation in document["evaluations"]):
        out.print(IN_SANDBOX, style="yellow", markup=False)


@app.command("diff")
def diff(
    one: CandidateArgument, other: CandidateArgument, archive: ArchiveOption = None, as_json: JsonOption = False
) -> None:
    """What differs between two candidates' sources."""
    with open_archive(archive, create=False) as store:
        first, second = _find(store, one), _find(store, other)
    lines: list[str] = []
    for path in sorted({*first.files, *second.files}):
        before = first.files.get(path, b"").decode("utf-8").splitlines()
        after = second.files.get(path, b"").decode("utf-8").splitlines()
        names = (f"{first.id[:12]}/{path}", f"{second.id[:12]}/{path}")
        lines += difflib.unified_diff(before, after, *names, lineterm="")
    if as_json:
        print_json({"one": first.id, "other": second.id, "diff": lines})
        return
    out = console()
    for line in lines:
        style = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
        out.print(printable(line), style=style, markup=False, soft_wrap=True)


@app.command("lineage")
def lineage(
    reference: CandidateArgument,
    depth: Annotated[int, typer.Option(min=1, help="Generations to go back.")] = 20,
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """Where a candidate came from: its ancestors, with the operator that made each."""
    from evolve.archive import queries

    with open_archive(archive, create=False) as store:
        rows = queries.lineage(store, _find(store, reference).id, depth=depth)
    _print(rows, ("generation", "candidate", "operator", "ordinal", "score", "parents"), as_json)


@app.command("export")
def export(
    reference: Annotated[
        str | None,
        typer.Argument(
            help="Start of a candidate's id; of a campaign's for campaign, sft and dpo (these: default all)."
        ),
    ] = None,
    format: Annotated[str, typer.Option("--format", help="module, campaign, sft or dpo.")] = "module",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File (default: stdout), or folder for sft and dpo.")
    ] = None,
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """A module that runs alone and proves a known result; a campaign's record; or fine-tuning data."""
    check_choice("--format", format, ("module", "campaign", "sft", "dpo"))
    if format == "campaign":
        _export_campaign(reference, output, archive, as_json)
        return
    if format != "module":
        _export_lessons(reference, format, output, archive, as_json)
        return
    if reference is None:
        raise BadInputError("--format module needs a candidate: the start of its id, as `evolve archive best` shows it")
    from evaluators.registry import load_problem
    from evolve.archive import queries
    from evolve.archive.export import module_text

    with open_archive(archive, create=False) as store:
        candidate = _find(store, reference)
        row = store.row(
            "SELECT problem, entry_point FROM evaluations WHERE candidate_id = ? AND verdict = 'ok' LIMIT 1",
            (candidate.id,),
        )
        if row is None:
            raise BadInputError(f"candidate {candidate.id[:12]} has no evaluation that ended ok: nothing to export")
        problem = load_problem(queries.problem_place(store, row["problem"]))
        text = module_text(store, candidate, problem, problem.spec.entry_point(row["entry_point"]))
    if output is not None:
        _write(output, text)
    if as_json:
        where = {"module": text} if output is None else {"output": str(output)}
        print_json({"candidate": candidate.id, "problem": row["problem"], "entry_point": row["entry_point"], **where})
    elif output is None:
        typer.echo(printable(text) if sys.stdout.isatty() else text, nl=False)


def _write(output: Path, text: str) -> None:
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadInputError(f"{output}: cannot be written: {error.strerror}") from None


def _export_campaign(campaign: str | None, output: Path | None, archive: Path | None, as_json: bool) -> None:
    from evolve.archive.transcript import transcript, transcript_lines
    from evolve.campaign.session import find_campaign

    if campaign is None:
        raise BadInputError(
            "--format campaign needs a campaign: the start of its id, as `evolve archive list` shows it"
        )
    with open_archive(archive, create=False) as store:
        records = transcript(store, find_campaign(store, campaign)["id"])
    text = transcript_lines(records)
    if output is not None:
        _write(output, text)
    if as_json:
        where = {"records": records} if output is None else {"output": str(output)}
        print_json({"campaign": records[0]["campaign"], "proposals": len(records) - 1, **where})
    elif output is None:
        typer.echo(printable(text) if sys.stdout.isatty() else text, nl=False)


def _export_lessons(
    campaign: str | None, format: str, output: Path | None, archive: Path | None, as_json: bool
) -> None:
    import json

    from evolve.archive.finetuning import as_lines, lessons

    if output is None:
        raise BadInputError(f"--format {format} writes several files: name their folder with --output")
    with open_archive(archive, create=False) as store:
        if campaign is not None:
            from evolve.campaign.session import find_campaign

            campaign = find_campaign(store, campaign)["id"]
        found = lessons(store, format, campaign)  # type: ignore[arg-type]  # one of the two
    manifest = found.manifest(format)  # type: ignore[arg-type]
    try:
        output.mkdir(parents=True, exist_ok=True)
        for name, side in (("train", found.train), ("val", found.val)):
            records = [lesson.record(format) for lesson in side]  # type: ignore[arg-type]
            (output / f"{name}.jsonl").write_text(as_lines(records), encoding="utf-8")
        (output / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise BadInputError(f"{output}: cannot be written: {error.strerror}") from None
    if as_json:
        print_json(manifest | {"output": str(output)})
        return
    counts = manifest["records"]
    console().print(f"{output}: {counts['train']} records to train on, {counts['val']} to validate with", markup=False)
    for reason, count in manifest["left_out"].items():
        console().print(f"left out, {reason}: {count}", style="dim", markup=False)


def _interval(interval: list[float] | None) -> str:
    return "" if interval is None else f"[{interval[0]:.4g}, {interval[1]:.4g}]"


def _print(rows: list[dict[str, Any]], columns: tuple[str, ...], as_json: bool) -> None:
    if as_json:
        print_json(rows)
        return
    out = console()
    if not rows:
        out.print("nothing there")
        return
    untrusted = any(row.get("trust", TRUSTED) != TRUSTED for row in rows)
    columns = (*columns, "trust") if untrusted else columns
    problems = {row.get("problem") for row in rows}
    if "problem" in columns and len(problems) == 1:
        out.print(printable(str(problems.pop())), style="bold", markup=False)
        columns = tuple(column for column in columns if column != "problem")
    numbers = {"evaluations", "usd", "score", "generation", "ordinal"}
    shown = table(*columns, numbers=numbers, wrapped=("problem", "operator", "parents"))
    for row in rows:
        shown.add_row(*[_cell(column, row.get(column), out.width) for column in columns])
    out.print(shown, markup=False)
    if untrusted:
        out.print(IN_SANDBOX, style="yellow", markup=False)


def _cell(column: str, value: Any, width: int) -> str:
    if value is None:
        return ""
    if column in ("candidate", "winner"):
        return str(value)[:12]
    if column == "parents":
        return " ".join(parent[:12] for parent in value)
    if column == "confidence":
        return _interval(value)
    if column == "problem" and width < WIDE:
        return printable(str(value)).replace("/", "/\n")
    return _number(value) if isinstance(value, float) else printable(str(value))
