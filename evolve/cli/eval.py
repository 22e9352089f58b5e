"""`evolve eval`: judge one source file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evolve.cli.common import (
    BAD_INPUT,
    DONE,
    FAILED,
    IN_SANDBOX,
    TRUSTED,
    ArchiveOption,
    BadInputError,
    FormatOption,
    JsonOption,
    ParlayOption,
    SandboxOption,
    check_choice,
    console,
    finish,
    formatted,
    log,
    open_archive,
    print_json,
    printable,
    table,
)

if TYPE_CHECKING:
    from evaluators.candidate import Candidate
    from evaluators.evaluation import Evaluation
    from evaluators.problem import EntryPoint, Problem, ProblemSpec, Split
    from evaluators.toolchains.parlaylib import ParlayLib
    from evolve.archive import Archive


def evaluate(
    problem: Annotated[str, typer.Argument(help="A problem's name, or the folder of a problem or a task.")],
    file: Annotated[str, typer.Argument(help="A source file, baseline:NAME or archive:ID.")],
    split: Annotated[str, typer.Option(help="train, validation or test.")] = "train",
    entry_point: Annotated[
        str | None, typer.Option("--entry-point", help="Function to judge; default: the first one the file fits.")
    ] = None,
    stages: Annotated[
        str | None, typer.Option(help="Only these, comma-separated: screen,smoke and the split's name.")
    ] = None,
    format: FormatOption = None,
    sandbox: SandboxOption = "auto",
    parlay_include: ParlayOption = None,
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """Judge a candidate in the sandbox and compare it with the published heuristics."""
    from evaluators.verdicts import Verdict

    with open_archive(archive, create=True) as store:
        document = judge_source(
            formatted(problem, format), file, split, entry_point, stages, sandbox, store, parlay_include
        )
    # What is turned away later on is a program of that shape: it has failed.
    rejected = document["verdict"] == Verdict.REJECTED.value and document["stage"] in ("screen", "build")
    if as_json:
        print_json(document)
    elif not rejected:
        _show(document)
    if rejected:  # not a program of the asked-for shape: what was given cannot be used
        log(f"evolve: {file}: rejected: {document['feedback']}")
        finish(BAD_INPUT)
    finish(DONE if document["verdict"] == "ok" else FAILED)


def judge_source(
    problem: str,
    file: str,
    split: str,
    entry_point: str | None,
    stages: str | None,
    sandbox: str,
    archive: Archive,
    parlay_include: Path | None = None,
) -> dict[str, Any]:
    """Judge what ``file`` names on a split of a problem; the document of `evolve eval --json`.

    Args:
        problem: what finds it.
        file: a source file, ``baseline:NAME`` or ``archive:ID``.
        split: on which.
        entry_point: function to judge; None: the first one the file fits.
        stages: only these, comma-separated; None: all.
        sandbox: backend.
        archive: where it is kept.
        parlay_include: include folder of a ParlayLib that C++ is timed with; None: that of $PARLAYLIB_HOME, else ours.

    Raises:
        BadInputError, TableError, UnknownProblemError, SourceError, CampaignError, SandboxUnavailableError,
            ParlayLibError: one sentence each.
    """
    from evaluators.declaration import SPLITS
    from evaluators.registry import load_problem
    from evaluators.toolchains import parlaylib
    from evolve.campaign.config import SANDBOXES
    from evolve.campaign.session import check_machine, entry_of
    from sandboxes.pool import open_pool

    check_choice("--split", split, SPLITS)
    check_choice("--sandbox", sandbox, SANDBOXES)
    loaded = load_problem(problem)
    chosen = None
    if not loaded.instances(split):  # type: ignore[arg-type]
        raise BadInputError(f"--split is {split!r}, and {loaded.spec.name} has no instances for it")
    if stages is not None:
        chosen = [stage.strip() for stage in stages.split(",")]
        known = [split if stage == "train" else stage for stage in loaded.spec.stages]
        for stage in chosen:
            check_choice(
                "--stages", stage, tuple(one for one in known if one == split or one not in (*SPLITS, "audit"))
            )
    library = parlaylib.chosen(parlay_include, "--parlay-include", loaded.spec.language)
    candidate, entry = _candidate(file, loaded.spec, entry_of(loaded, entry_point), entry_point is None, archive)
    with open_pool(sandbox, slots=2, **loaded.spec.requires.visible) as pool:
        check_machine(loaded, pool)
        return judge(loaded, entry, candidate, pool, archive, split, chosen, library)  # type: ignore[arg-type]


def _candidate(
    file: str, spec: ProblemSpec, entry: EntryPoint, any_entry: bool, archive: Archive
) -> tuple[Candidate, EntryPoint]:
    """The candidate, with the entry point it fits."""
    from evaluators.toolchains import toolchain
    from evolve.proposers.seeds import SourceError, read_source

    entries = spec.entry_points if any_entry else (entry,)
    problems = []
    for one in entries:
        try:
            candidate = read_source(file, spec, one, archive)
        except SourceError as error:
            problems.append(error)
            continue
        if toolchain(spec.language).screen(candidate, one, spec.source_limit).accepted:
            return candidate, one
    if len(problems) == len(entries):
        raise BadInputError(str(problems[0]))
    # It fits none: judged (and rejected) for the default one.
    return read_source(file, spec, entry, archive), entry


def judge(
    problem: Problem, entry: EntryPoint, candidate: Candidate, pool: Any, archive: Archive, split: Split,
    stages: list[str] | None, library: ParlayLib | None,
) -> dict[str, Any]:  # fmt: skip
    """Evaluate, record, compare with the baselines; the document of `evolve eval --json`."""
    from evaluators.audit.elites import AuditingEvaluator
    from evaluators.evaluation import told
    from evaluators.statistics import measured, paired
    from evaluators.verdicts import Verdict
    from evolve.campaign.baselines import baselines_of, score_table
    from evolve.campaign.first_use import audit_at_first_use
    from evolve.campaign.store import CampaignStore

    spec = problem.spec
    evaluator = AuditingEvaluator(problem, pool, entry, library)
    audit = audit_at_first_use(archive, evaluator, log)
    store = CampaignStore(archive, None, spec, entry.name)
    evaluation = evaluator.evaluate(candidate, split, stages=stages)
    instances = problem.instances(split)
    screened = evaluator.screen(candidate)
    if screened.accepted and evaluation.verdict is not Verdict.INTERNAL_ERROR and evaluation.stage == split:
        store.environment(evaluator.environment, evaluator.facts)
        store.baseline(candidate, screened.dedupe_key)
        store.evaluated(evaluation, store.instance_set(split, instances))
        if split == "test":
            store.note("test_used", candidate=candidate.id)
    rivals: dict[str, Evaluation] = {}
    if evaluation.score is not None:
        rivals = baselines_of(evaluator, store, split, 2)
    document = _document(problem, entry, evaluation) | {"task_audit": audit}
    document["baselines"] = score_table(rivals)
    document["paired_vs_best_baseline"] = None
    correct = {name: e for name, e in rivals.items() if e.instance_scores is not None and e.score is not None}
    if correct and evaluation.instance_scores is not None and len(evaluation.instance_scores) > 1:
        best = min(correct, key=lambda name: evaluator.sign * (correct[name].score or 0.0))
        rival = correct[best]
        assert rival.instance_scores is not None
        ours, theirs, direction = evaluation.instance_scores, rival.instance_scores, spec.objective.direction
        if spec.timing is not None and evaluation.confidence and rival.confidence:
            comparison = measured(ours, evaluation.confidence, theirs, rival.confidence, direction)
        else:
            comparison = paired(ours, theirs, direction)
        document["paired_vs_best_baseline"] = {"baseline": best} | comparison.as_json()
    if evaluation.instance_objectives is not None:
        document["instances"] = [
            {"name": i.name, "objective": float(value), "reference": i.reference}
            for i, value in zip(instances, evaluation.instance_objectives, strict=False)
        ]
    if evaluation.ok and evaluation.score is not None:
        document["feedback"] = told(problem, evaluation)
    return document


def _document(problem: Problem, entry: EntryPoint, evaluation: Evaluation) -> dict[str, Any]:
    spec = problem.spec
    return {
        "problem": spec.name,
        "problem_version": spec.version,
        "trust": spec.trust,
        "entry_point": entry.name,
        "candidate": evaluation.candidate_id,
        "split": evaluation.split,
        "verdict": evaluation.verdict.value,
        "stage": evaluation.stage,
        "score": evaluation.score,
        "progress": evaluation.progress,
        "unit": spec.objective.unit,
        "direction": spec.objective.direction,
        "confidence": None if evaluation.confidence is None else list(evaluation.confidence),
        "objectives": dict(evaluation.values),
        "baselines": {},
        "paired_vs_best_baseline": None,
        "instances": [],
        "feedback": evaluation.feedback,
        "stages": [stage.as_json() for stage in evaluation.stages],
        "resources": evaluation.resources.as_json(),
        "sandbox": evaluation.sandbox,
        "environment": evaluation.environment,
    }


def _show(document: dict[str, Any]) -> None:
    out = console()
    verdict, score = document["verdict"], document["score"]
    out.print(f"{document['problem']}  {document['entry_point']}  {document['split']}", markup=False, end="  ")
    made = document["progress"]
    out.print(verdict, style="bold green" if verdict == "ok" else "bold red", end="" if made is not None else "\n")
    if made is not None:
        out.print(f"  progress {made:.2f} of 1", markup=False)
    if score is not None:
        within = " [{:.4g}, {:.4g}]".format(*document["confidence"]) if document["confidence"] else ""
        out.print(f"score {score:.4g}{within}  {document['unit']}", markup=False)
        ranking = table("heuristic", "score", numbers=("score",))
        rows = sorted([*document["baselines"].items(), ("this one", score)], key=lambda row: row[1])
        if document["direction"] == "max":
            rows.reverse()
        for name, value in rows:
            ranking.add_row(name, f"{value:.3f}", style="bold" if name == "this one" else None)
        out.print(ranking, markup=False)
        versus = document["paired_vs_best_baseline"]
        if versus:
            low, high = versus["confidence"]
            out.print(
                f"against {versus['baseline']}: {versus['difference']:+.4g} [{low:+.4g}, {high:+.4g}]: "
                f"{versus['comparison']} ({versus['wins']} better, {versus['ties']} equal, {versus['losses']} worse)",
                markup=False,
            )
    if document["trust"] != TRUSTED:
        out.print(IN_SANDBOX, style="yellow", markup=False)
    if document["feedback"]:
        out.print(printable(document["feedback"]), markup=False)
    used = document["resources"]
    out.print(
        f"stages: {' '.join(s['name'] + '=' + s['verdict'] for s in document['stages'])}; "
        f"{used['cpu_seconds']:.3f} s of CPU, {used['peak_memory_bytes'] / 2**20:.0f} MiB, {document['sandbox']}",
        markup=False,
        style="dim",
    )
