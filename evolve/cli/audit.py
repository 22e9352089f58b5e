"""`evolve audit`: red-team a problem before anybody spends money on it."""

from __future__ import annotations

import queue
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evolve.cli.common import (
    DONE,
    FAILED,
    TRUSTED,
    BadInputError,
    JsonOption,
    SandboxOption,
    check_choice,
    console,
    finish,
    log,
    print_json,
    printable,
    table,
)

if TYPE_CHECKING:
    from evaluators.audit.leaks import Finding
    from evaluators.audit.red_team import RedTeam, Result
    from evaluators.problem import EntryPoint, Problem


def audit(
    problem: Annotated[str, typer.Argument(help="A problem's name, or a folder holding one.")],
    entry_point: Annotated[
        str | None, typer.Option("--entry-point", help="Function to attack; default: each the problem has.")
    ] = None,
    sandbox: SandboxOption = "auto",
    jobs: Annotated[int, typer.Option("--jobs", min=1, max=64, help="Attacks at a time.")] = 2,
    as_json: JsonOption = False,
) -> None:
    """Attack a problem's evaluation in every known way; name each leak and how to close it."""
    from evaluators.audit.red_team import HonestError
    from evaluators.registry import load_problem
    from evolve.campaign.config import SANDBOXES
    from evolve.campaign.session import entry_of

    check_choice("--sandbox", sandbox, SANDBOXES)
    loaded = load_problem(problem)
    if loaded.spec.trust != TRUSTED:
        raise BadInputError(
            f"{loaded.spec.name}: its evaluator runs beside the candidate and can be made to say anything; what is to "
            "be known of it is found at its first use and shown in each report"
        )
    chosen = (entry_of(loaded, entry_point),) if entry_point is not None else loaded.spec.entry_points
    started = time.perf_counter()
    findings: list[Finding] = []
    results: list[Result] = []
    backend = ""
    for entry in chosen:
        try:
            backend, found, ran = _attack(loaded, entry, sandbox, jobs)
        except HonestError as error:
            raise BadInputError(str(error)) from None
        findings += found
        results += ran
    document = {
        "problem": loaded.spec.name,
        "problem_version": loaded.spec.version,
        "entry_points": [entry.name for entry in chosen],
        "sandbox": backend,
        "clean": not findings,
        "leaks": sorted({finding.leak.value for finding in findings}),
        "findings": [finding.as_json() for finding in findings],
        "attacks": [_as_json(result) for result in results],
        "seconds": round(time.perf_counter() - started, 3),
    }
    if as_json:
        print_json(document)
    else:
        _show(document)
    finish(FAILED if findings else DONE)


def _attack(problem: Problem, entry: EntryPoint, sandbox: str, jobs: int) -> tuple[str, list[Finding], list[Result]]:
    """Inspect one entry point's evaluation and run every attack, ``jobs`` at a time, each in a pool of its own."""
    from contextlib import ExitStack

    from evaluators.audit.red_team import RedTeam
    from evolve.campaign.session import check_machine
    from sandboxes.pool import open_pool

    with ExitStack() as stack:
        teams = []
        for _ in range(jobs):
            pool = stack.enter_context(open_pool(sandbox, slots=1, **problem.spec.requires.visible))
            check_machine(problem, pool)
            teams.append(RedTeam(problem, entry, pool))
        findings = teams[0].inspect()
        for finding in findings:
            log(f"LEAK  {entry.name}  {finding.attack}  {finding.leak.value}: {finding.evidence}")
        results = _run_all(teams)
        backend = pool.capabilities.backend
    findings += [result.finding for result in results if result.finding is not None]
    return backend, findings, results


def _run_all(teams: list[RedTeam]) -> list[Result]:
    """Deal the attacks out to the teams; results by name."""
    waiting: queue.SimpleQueue[Any] = queue.SimpleQueue()
    for attack in teams[0].attacks.values():
        waiting.put(attack)
    total, results = len(teams[0].attacks), []
    failures: list[BaseException] = []
    done = 0
    lock = threading.Lock()

    def work(team: RedTeam) -> None:
        nonlocal done
        while not failures:
            try:
                attack = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                found = team.run(attack)
            except Exception as failure:
                failures.append(failure)
                return
            with lock:
                done += 1
                results.extend(found)
                for result in found:
                    log(_line(result, done, total))

    threads = [threading.Thread(target=work, args=(team,), daemon=True) for team in teams]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return sorted(results, key=lambda result: result.attack)


def _line(result: Result, done: int, total: int) -> str:
    if result.finding is not None:
        state, said = "LEAK", f"{result.finding.leak.value}: {result.finding.evidence}"
    elif result.verdict is None:
        state, said = "-", f"not run: {result.note}"
    else:
        state, said = "ok", f"{result.verdict.value}{f' ({result.note})' if result.note else ''}"
    return f"{done:4d}/{total}  {state:4}  {result.entry_point}  {result.attack}  {said}  {result.seconds:.2f} s"


def _as_json(result: Result) -> dict[str, Any]:
    return {
        "attack": result.attack,
        "kind": result.kind,
        "entry_point": result.entry_point,
        "verdict": None if result.verdict is None else result.verdict.value,
        "score": result.score,
        "leak": None if result.finding is None else result.finding.leak.value,
        "note": result.note,
        "seconds": round(result.seconds, 4),
    }


def _show(document: dict[str, Any]) -> None:
    out = console()
    for entry in document["entry_points"]:
        ran = [one for one in document["attacks"] if one["entry_point"] == entry and one["verdict"] is not None]
        honest = [one for one in ran if one["kind"] == "honest"]
        contained = sum(one["leak"] is None for one in ran) - sum(one["leak"] is None for one in honest)
        passed = sum(one["leak"] is None for one in honest)
        out.print(
            f"{document['problem']}  {entry}: {contained} of {len(ran) - len(honest)} attacks contained, "
            f"{passed} of {len(honest)} honest programs passed ({document['sandbox']})",
            markup=False,
        )
        left_out = Counter(
            one["note"] for one in document["attacks"] if one["entry_point"] == entry and one["verdict"] is None
        )
        for reason, count in left_out.items():
            out.print(f"  {count} not run: {reason}", style="dim", markup=False)
    if document["clean"]:
        out.print("no leak found", style="bold green")
        return
    shown = table("leak", "entry point", "proven by", "what was seen", wrapped=("proven by", "what was seen"))
    for finding in document["findings"]:
        shown.add_row(
            finding["leak"], finding["entry_point"], finding["attack"], printable(finding["evidence"]), style="red"
        )
    out.print(shown, markup=False)
    for leak in document["leaks"]:
        remedy = next(finding["remedy"] for finding in document["findings"] if finding["leak"] == leak)
        out.print(f"\n{leak}", style="bold", markup=False)
        out.print(remedy, markup=False)
