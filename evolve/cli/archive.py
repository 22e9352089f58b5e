"""`evolve archive`: browse what campaigns have found, and take it away."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from evolve.cli.common import (
    DONE,
    FAILED,
    IN_SANDBOX,
    TRUSTED,
    ArchiveOption,
    BadInputError,
    JsonOption,
    candidate_called,
    candidate_id_called,
    check_choice,
    console,
    finish,
    interval_text,
    log,
    number_text,
    open_archive,
    print_json,
    printable,
    table,
    write_lines,
    write_text,
)
from evolve.cli.paging import paged

app = typer.Typer(help="Browse what campaigns have found, and take it away.", no_args_is_help=True)

COMPARISON_COLUMNS: tuple[str, ...] = ("comparison", "problem", "proposers", "repeats", "evaluations", "state", "done")
WIDE = 125  # columns from which on a problem's name stays on one line
SEARCH = (
    "Proposals with these words in the program or in what was said beside it: "
    "'np.minimum wei* \"in this order\" -without'."
)
CandidateArgument = Annotated[str, typer.Argument(help="Start of a candidate's id.")]


@app.command("list")
def list_(
    campaign: Annotated[str | None, typer.Option(help="Candidates of this campaign (start of its id).")] = None,
    problem: Annotated[str | None, typer.Option(help="Candidates of this problem.")] = None,
    verdict: Annotated[str | None, typer.Option(help="Only this verdict.")] = None,
    search: Annotated[str | None, typer.Option(help=SEARCH)] = None,
    operator: Annotated[str | None, typer.Option(help="Proposals made by this operator.")] = None,
    model: Annotated[str | None, typer.Option(help="Proposals that this model was asked for.")] = None,
    generation: Annotated[int | None, typer.Option(help="Proposals of this generation; 0: without parents.")] = None,
    sort: Annotated[
        str | None, typer.Option(help="Proposals by newest, oldest, lowest or highest score, dearest or longest.")
    ] = None,
    after: Annotated[str | None, typer.Option(help="The next page, as the one before it says.")] = None,
    insights: Annotated[bool, typer.Option("--insights", help="What models summed up, not proposals.")] = False,
    comparisons: Annotated[bool, typer.Option("--comparisons", help="Comparisons of proposers only.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many rows.")] = 20,
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """List campaigns and comparisons, the latest candidates of a campaign or problem, or a page of proposals.

    Proposals are what campaigns asked for, whatever became of them; candidates also what was given, such as baselines.
    """
    from evaluators.verdicts import Verdict
    from evolve.archive import queries

    of_proposals = insights or (search, operator, model, generation, sort, after) != (None,) * 6
    if verdict is not None and not of_proposals:
        check_choice("--verdict", verdict, tuple(v.value for v in Verdict))
    of_candidates = campaign is not None or problem is not None or verdict is not None
    if comparisons and (of_candidates or of_proposals):
        raise BadInputError("--comparisons lists no candidates; leave what chooses among them out")
    compared: list[dict[str, Any]] = []
    with open_archive(archive, create=False) as store, paged():
        if campaign is not None:
            from evolve.campaign.session import find_campaign

            campaign = find_campaign(store, campaign)["id"]
        if of_proposals:
            from evolve.archive.browse import Wanted
            from evolve.cli.archive_list import list_insights, list_proposals

            wanted = Wanted(
                problem, campaign, verdict, operator=operator, model=model, generation=generation, search=search,
                sort=sort or "newest",
            )  # fmt: skip
            (list_insights if insights else list_proposals)(store, wanted, after, limit, as_json)
            return
        if comparisons:
            rows, columns = queries.comparisons(store, limit), COMPARISON_COLUMNS
        elif not of_candidates:
            rows = queries.campaigns(store, limit)
            if not as_json:
                from evolve.cli.archive_list import with_curves

                rows = with_curves(store, rows)
            columns = (
                "campaign", "problem", "proposer", "state", "evaluations", *_if_any(rows, "usd"), "winner",
                *_if_any(rows, "best so far"), *_if_any(rows, "comparison"),
            )  # fmt: skip
            compared = [] if as_json else queries.comparisons(store, limit)
        else:
            rows = queries.candidates(store, problem=problem, campaign=campaign, verdict=verdict, limit=limit)
            columns = ("candidate", "problem", "verdict", "score", "campaign")
        _print(rows, columns, as_json)
        if compared:
            console().print("\ncomparisons:", markup=False)
            _print(compared, COMPARISON_COLUMNS, as_json)


def _if_any(rows: list[dict[str, Any]], column: str) -> tuple[str, ...]:
    """The column, if any row has something in it."""
    return (column,) if any(row.get(column) for row in rows) else ()


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
    with paged():
        _print(rows, ("candidate", "entry_point", "origin", "score", "confidence", "campaign"), as_json)


@app.command("show")
def show(
    reference: Annotated[str, typer.Argument(help="Start of a candidate's, a campaign's or a comparison's id.")],
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """One candidate (source, provenance, verdicts), or the report of a campaign or a comparison."""
    from evolve.archive import queries
    from evolve.archive.records import SHORTEST_ID
    from evolve.cli.archive_show import campaign_report, comparison_report, show_candidate

    with open_archive(archive, create=False) as store, paged():
        long_enough = len(reference) >= SHORTEST_ID
        campaigns = queries.starting_with(store, "campaigns", reference) if long_enough else []
        comparisons = queries.starting_with(store, "comparisons", reference) if long_enough else []
        if len(campaigns) + len(comparisons) == 1:
            report = campaign_report if campaigns else comparison_report
            report(store, (campaigns or comparisons)[0], as_json)
            return
        document = queries.show(store, candidate_id_called(store, reference))
        print_json(document) if as_json else show_candidate(document)


@app.command("diff")
def diff(
    one: CandidateArgument, other: CandidateArgument, archive: ArchiveOption = None, as_json: JsonOption = False
) -> None:
    """What differs between two candidates' sources."""
    from evolve.archive.differences import difference

    with open_archive(archive, create=False) as store:
        first, second = candidate_called(store, one), candidate_called(store, other)
    lines = difference(first, second)
    if as_json:
        print_json({"one": first.id, "other": second.id, "diff": lines})
        return
    with paged():
        out = console()
        for line in lines:
            head = line.startswith(("--- ", "+++ "))
            style = "bold" if head else {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
            out.print(printable(line), style=style, markup=False, soft_wrap=True)


@app.command("lineage")
def lineage(
    reference: CandidateArgument,
    depth: Annotated[int, typer.Option(min=1, help="Generations to go back.")] = 20,
    limit: Annotated[int, typer.Option(min=1, help="At most so many ancestors, the nearest.")] = 100,
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """Where a candidate came from: its ancestors, with the operator that made each."""
    from evolve.archive import queries

    with open_archive(archive, create=False) as store:
        rows = queries.lineage(store, candidate_id_called(store, reference), depth=depth, limit=limit)
    with paged():
        _print(rows, ("generation", "candidate", "operator", "ordinal", "score", "parents"), as_json)


@app.command("export")
def export(
    reference: Annotated[
        str | None,
        typer.Argument(
            help="Start of a candidate's id; of a campaign's for campaign, sft and dpo (these: default all); of a "
            "campaign's or a comparison's for html."
        ),
    ] = None,
    format: Annotated[str, typer.Option("--format", help="module, header, html, campaign, sft or dpo.")] = "module",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File (default: stdout), or folder for sft and dpo.")
    ] = None,
    explanation: Annotated[
        str | None,
        typer.Option(help="For html: what the winner does, in plain words; @FILE to read it from there."),
    ] = None,
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """A module that runs alone and proves a known result; a header; a report; a campaign's record; fine-tuning data."""
    check_choice("--format", format, ("module", "header", "html", "campaign", "sft", "dpo"))
    if explanation is not None and format != "html":
        raise BadInputError(f"--explanation is for --format html, not {format}")
    if format == "html":
        from evolve.cli.archive_report import export_report

        export_report(reference, explanation, output, archive, as_json)
        return
    if format == "campaign":
        _export_campaign(reference, output, archive, as_json)
        return
    if format not in ("module", "header"):
        _export_lessons(reference, format, output, archive, as_json)
        return
    if reference is None:
        raise BadInputError(
            f"--format {format} needs a candidate: the start of its id, as `evolve archive best` shows it"
        )
    from evaluators.registry import load_problem
    from evolve.archive import queries
    from evolve.archive.export import header_text, module_text

    with open_archive(archive, create=False) as store:
        candidate = candidate_called(store, reference)
        row = store.row(
            "SELECT problem, entry_point FROM evaluations WHERE candidate_id = ? AND verdict = 'ok' LIMIT 1",
            (candidate.id,),
        )
        if row is None:
            raise BadInputError(f"candidate {candidate.id[:12]} has no evaluation that ended ok: nothing to export")
        problem = load_problem(queries.problem_place(store, row["problem"]))
        make = header_text if format == "header" else module_text
        text = make(store, candidate, problem, problem.spec.entry_point(row["entry_point"]))
    if output is not None:
        write_text(output, text)
    if as_json:
        where = {format: text} if output is None else {"output": str(output)}
        print_json({"candidate": candidate.id, "problem": row["problem"], "entry_point": row["entry_point"], **where})
    elif output is None:
        typer.echo(printable(text) if sys.stdout.isatty() else text, nl=False)


@app.command("metadata")
def metadata() -> None:
    """Where the file is that describes an archive to Datasette: datasette evolve.db -m "$(evolve archive metadata)"."""
    typer.echo(str(Path(__file__).parent.parent / "archive" / "datasette.json"))


@app.command("verify")
def verify(archive: ArchiveOption = None, as_json: JsonOption = False) -> None:
    """Prove the archive whole: the file, every id, every score and every bill."""
    from evolve.archive.verify import verify as check

    def say(message: str) -> None:
        log(f"evolve: {message}")

    with open_archive(archive, create=False) as store:
        report = check(store, say)
    if as_json:
        print_json(report)
    else:
        out = console()
        for finding in report["findings"]:
            out.print(f"{finding['check']}: {printable(finding['said'])}", markup=False, soft_wrap=True)
        counts = ", ".join(f"{count} {name}" for name, count in report["checked"].items())
        said = f"{report['wrong']} things are wrong" if report["wrong"] else "nothing is wrong"
        out.print(f"{said}; {counts}; {report['seconds']:.1f} s", markup=False)
    finish(FAILED if report["wrong"] else DONE)


def _export_campaign(campaign: str | None, output: Path | None, archive: Path | None, as_json: bool) -> None:
    from evolve.archive.transcript import transcript, transcript_lines
    from evolve.campaign.session import find_campaign

    if campaign is None:
        raise BadInputError(
            "--format campaign needs a campaign: the start of its id, as `evolve archive list` shows it"
        )
    with open_archive(archive, create=False) as store:
        id = find_campaign(store, campaign)["id"]
        with store.snapshot():
            (count,) = store.rows("SELECT count(*) AS proposals FROM proposals WHERE campaign_id = ?", (id,))
            told = {"campaign": id, "proposals": count["proposals"]}
            records = transcript(store, id)
            if output is not None:
                write_lines(output, transcript_lines(records))
                told |= {"output": str(output)}
            elif as_json:
                told |= {"records": list(records)}
            else:
                for line in transcript_lines(records):
                    typer.echo(printable(line) if sys.stdout.isatty() else line, nl=False)
    if as_json:
        print_json(told)


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
    numbers = {"evaluations", "usd", "score", "generation", "ordinal", "repeats", "done"}
    shown = table(*columns, numbers=numbers, wrapped=("problem", "operator", "parents", "proposers"))
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
        return interval_text(value)
    if column == "proposers":
        return printable(" ".join(value))
    if column == "problem" and width < WIDE:
        return printable(str(value)).replace("/", "/\n")
    return number_text(value) if isinstance(value, float) else printable(str(value))
