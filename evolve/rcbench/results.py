"""What runs of R-ConstraintBench came to, read from the archive.

Of several turns (repairs) the last one counts; cost, time and tokens are summed over all of them.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from evaluators.rconstraintbench.model import Instance, Schedule
from evaluators.rconstraintbench.verifier import Violation
from evolve.archive import Archive
from evolve.llm.pricing import NUSD_PER_USD

Kind = Literal["llm", "solver", "archive"]
KINDS: tuple[Kind, ...] = ("llm", "solver", "archive")
Verdict = Literal["feasible", "infeasible", "format", "refused", "failed"]
VERDICTS: tuple[Verdict, ...] = ("feasible", "infeasible", "format", "refused", "failed")
"""``format``: no schedule could be read; ``refused``: the provider would not answer the prompt; ``failed``: no answer
within the retries, asked again by the next run. A model is to blame for the first three of what is not feasible."""


class RunNotFoundError(ValueError):
    """There is no such run; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a contestant answered on one instance.

    Attributes:
        instance_id: hash of the instance.
        name: of the instance (``all/k15/03``).
        phase: of the instance.
        level: number of precedence constraints, k.
        index: of the instance within its phase and level.
        verdict: one of :data:`VERDICTS`.
        kinds: classes of violation that occur, sorted.
        first_kind: class of the violation that begins earliest, or None.
        usd: spent on it.
        seconds: from asking to the answer; for a solver, of computing.
        input_tokens: of the prompts.
        output_tokens: of the answers, reasoning included.
        turns: 1, or more if it was asked to repair.
    """

    instance_id: str
    name: str
    phase: str
    level: int
    index: int
    verdict: Verdict
    kinds: tuple[str, ...]
    first_kind: str | None
    usd: float
    seconds: float
    input_tokens: int
    output_tokens: int
    turns: int


@dataclass(frozen=True, slots=True)
class RunResults:
    """One contestant on one set under one choice of settings.

    Attributes:
        run_id: of the run.
        contestant: its name in tables.
        kind: ``llm``, ``solver`` or ``archive``.
        settings: what shaped the answers: prompt and its hash, temperature, repairs, …
        answers: in the set's order; an instance not yet asked has none.
        set_id: of the set.
        instances: how many the set has.
        model_versions: as the provider named them, sorted.
    """

    run_id: str
    contestant: str
    kind: Kind
    settings: Mapping[str, Any]
    answers: tuple[Answer, ...]
    set_id: str
    instances: int
    model_versions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnswerDetail:
    """The last turn of one answer, with what a page about it shows.

    Attributes:
        answer: as in the tables.
        schedule: task -> start, as far as it could be read.
        violations: all of them.
        note: why there is no schedule; else empty.
        text: what the model wrote; empty for other contestants.
    """

    answer: Answer
    schedule: Schedule
    violations: tuple[Violation, ...]
    note: str
    text: str


_ANSWERS = (
    "SELECT i.id, i.name, i.phase, i.level, i.idx, "
    # beside max() a bare column is that of the row with the maximum
    "count(*) AS turns, max(a.turn) AS last, a.verdict, a.kinds, a.first_kind, "
    "sum(a.cost_nusd) AS nusd, sum(a.seconds) AS seconds, sum(a.input_tokens) AS input_tokens, "
    "sum(a.output_tokens) AS output_tokens FROM rcbench_answers a JOIN rcbench_runs r ON r.id = a.run_id "
    "JOIN rcbench_members m ON m.set_id = r.set_id AND m.instance_id = a.instance_id "
    "JOIN rcbench_instances i ON i.id = a.instance_id "
)


def load(archive: Archive, run_ids: Iterable[str] | None = None) -> list[RunResults]:
    """Runs with their answers, oldest first.

    Args:
        archive: where they are.
        run_ids: whole ids or their beginnings; None for all runs.

    Raises:
        RunNotFoundError: if one of them names no run, or several.
    """
    if run_ids is None:
        rows = archive.rows("SELECT * FROM rcbench_runs ORDER BY created_at, rowid")
    else:
        rows = [find_run(archive, prefix) for prefix in dict.fromkeys(run_ids)]
    return [_results(archive, row) for row in rows]


def find_run(archive: Archive, prefix: str) -> sqlite3.Row:
    """The row of the run whose id begins with ``prefix``.

    Raises:
        RunNotFoundError: if there is none, or more than one.
    """
    rows = archive.rows("SELECT * FROM rcbench_runs WHERE substr(id, 1, ?) = ?", (len(prefix), prefix.lower()))
    if not prefix or not rows:
        raise RunNotFoundError(f"{archive.path}: no run's id begins with {prefix!r}; `evolve rcbench run` prints them")
    if len(rows) > 1:
        raise RunNotFoundError(f"{archive.path}: several runs' ids begin with {prefix!r}; give more digits")
    return rows[0]


def instance_of(archive: Archive, instance_id: str) -> Instance:
    """The instance of an answer or a set.

    Raises:
        KeyError: if it is not in the archive.
    """
    return Instance.from_record(_recorded(archive, "document", instance_id), instance_id)


def witness_of(archive: Archive, instance_id: str) -> Schedule:
    """The schedule an instance was made by; no contestant may see it.

    Raises:
        KeyError: as :func:`instance_of`.
    """
    return _schedule(_recorded(archive, "witness", instance_id))


def _recorded(archive: Archive, column: str, instance_id: str) -> str:
    row = archive.row(f"SELECT {column} FROM rcbench_instances WHERE id = ?", (instance_id,))  # noqa: S608
    if row is None:
        raise KeyError(f"{archive.path}: there is no instance {instance_id}")
    return str(row[0])


def answer_of(archive: Archive, run_id: str, instance_id: str) -> AnswerDetail | None:
    """The answer of a run on an instance, or None if there is none yet."""
    row = archive.row(_ANSWERS + "WHERE a.run_id = ? AND a.instance_id = ? GROUP BY i.id", (run_id, instance_id))
    if row is None:
        return None
    last = archive.row(
        "SELECT a.schedule, a.violations, a.note, l.answer FROM rcbench_answers a "
        "LEFT JOIN llm_calls l ON l.request_id = a.request_id AND l.attempt = a.attempt "
        "WHERE a.run_id = ? AND a.instance_id = ? AND a.turn = ?",
        (run_id, instance_id, row["last"]),
    )
    assert last is not None
    return AnswerDetail(
        _answer(row), _schedule(last["schedule"]), read_violations(last["violations"]), last["note"],
        last["answer"] or "",
    )  # fmt: skip


def write_violations(violations: Sequence[Violation]) -> str:
    """Violations as they are stored."""
    return json.dumps([[v.kind, list(v.tasks), v.resource, v.start, v.end, v.text] for v in violations])


def read_violations(text: str) -> tuple[Violation, ...]:
    """Violations as they were stored."""
    return tuple(
        Violation(kind, tuple(tasks), resource, start, end, said)
        for kind, tasks, resource, start, end, said in json.loads(text)
    )


def _schedule(text: str) -> Schedule:
    return {int(task): start for task, start in json.loads(text).items()}


def _results(archive: Archive, run: sqlite3.Row) -> RunResults:
    answers = archive.rows(_ANSWERS + "WHERE a.run_id = ? GROUP BY i.id ORDER BY m.position", (run["id"],))
    versions = archive.rows(
        "SELECT DISTINCT model_version FROM llm_calls WHERE campaign_id = ? AND model_version IS NOT NULL ORDER BY 1",
        (run["id"],),
    )
    (count,) = archive.rows("SELECT count(*) FROM rcbench_members WHERE set_id = ?", (run["set_id"],))
    return RunResults(
        run["id"], run["contestant"], cast(Kind, run["kind"]), json.loads(run["settings"]),
        tuple(_answer(row) for row in answers), run["set_id"], count[0], tuple(row[0] for row in versions),
    )  # fmt: skip


def _answer(row: sqlite3.Row) -> Answer:
    return Answer(
        instance_id=row["id"],
        name=row["name"],
        phase=row["phase"],
        level=row["level"],
        index=row["idx"],
        verdict=cast(Verdict, row["verdict"]),
        kinds=tuple(json.loads(row["kinds"])),
        first_kind=row["first_kind"],
        usd=row["nusd"] / NUSD_PER_USD,
        seconds=row["seconds"],
        input_tokens=row["input_tokens"],
        output_tokens=row["output_tokens"],
        turns=row["turns"],
    )
