"""Rows and objects: candidates, evaluations and instance sets, written inside a transaction of the caller's."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
import zlib
from collections.abc import Mapping, Sequence

import numpy as np

from evaluators.candidate import Candidate
from evaluators.declaration import ProblemSpec
from evaluators.evaluation import Evaluation, Resources, StageResult
from evaluators.problem import Instance
from evaluators.verdicts import Verdict
from evolve.archive.database import Archive


def _blob(values: np.ndarray) -> bytes:
    # Level 1: a third of the size for a quarter of a millisecond; campaigns write thousands of these.
    return zlib.compress(np.ascontiguousarray(values, "<f8").tobytes(), 1)


def read_array(blob: bytes) -> np.ndarray:
    """The array in a blob column."""
    return np.frombuffer(zlib.decompress(blob), "<f8")


def put_candidate(connection: sqlite3.Connection, candidate: Candidate, dedupe_key: str) -> None:
    """Store a candidate unless it is there."""
    connection.execute(
        "INSERT OR IGNORE INTO candidates (id, language, files, dedupe_key, size, created_at) VALUES (?,?,?,?,?,?)",
        (
            candidate.id,
            candidate.language,
            json.dumps({path: data.decode("utf-8") for path, data in candidate.files.items()}, sort_keys=True),
            dedupe_key,
            sum(len(data) for data in candidate.files.values()),
            time.time(),
        ),
    )


def read_candidate(row: sqlite3.Row) -> Candidate:
    """The candidate in a row of ``candidates``."""
    files = json.loads(row["files"])
    return Candidate(row["language"], {path: text.encode("utf-8") for path, text in files.items()})


SHORTEST_ID = 4
"""Hex digits of an id that must be given: with fewer, what is found is chance."""


def find_candidate(archive: Archive, prefix: str) -> Candidate:
    """The candidate whose id starts with ``prefix``.

    Raises:
        KeyError: one sentence, if there is none or more than one.
    """
    row = archive.row("SELECT * FROM candidates WHERE id = ?", (find_candidate_id(archive, prefix),))
    assert row is not None
    return read_candidate(row)


def find_candidate_id(archive: Archive, prefix: str) -> str:
    """The id that starts with ``prefix``; as :func:`find_candidate`, but reads no program."""
    if len(prefix) < SHORTEST_ID or not all(c in "0123456789abcdef" for c in prefix.lower()):
        raise KeyError(
            f"{prefix!r} is not a candidate id: give at least {SHORTEST_ID} hex digits, as `evolve archive list` shows"
        )
    rows = archive.rows(
        "SELECT id FROM candidates WHERE id >= ? AND id < ? LIMIT 2", (prefix.lower(), prefix.lower() + "g")
    )
    if not rows:
        raise KeyError(f"{archive.path}: no candidate's id starts with {prefix!r}")
    if len(rows) > 1:
        raise KeyError(f"{archive.path}: several candidates' ids start with {prefix!r}; give more digits")
    return str(rows[0]["id"])


def instance_set_id(instances: Sequence[Instance]) -> str:
    """Hash (16 hex digits) of names, parts and best-known values."""
    text = json.dumps([[i.name, i.part, i.reference] for i in instances])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def put_instance_set(
    connection: sqlite3.Connection, problem: str, split: str, set_id: str, instances: Sequence[Instance]
) -> None:
    """Store what the positions in ``instance_scores`` stand for, unless it is there."""
    connection.execute(
        "INSERT OR IGNORE INTO instance_sets (id, problem, split, names, parts, best_known, proven) "
        "VALUES (?,?,?,?,?,?,?)",
        (
            set_id,
            problem,
            split,
            json.dumps([i.name for i in instances]),
            json.dumps([i.part for i in instances]),
            json.dumps([i.reference for i in instances]),
            json.dumps([int(i.proven) for i in instances]),
        ),
    )


def evaluation_id(
    candidate_id: str, problem_version: str, entry_point: str, split: str, instance_set: str, environment: str,
    campaign_id: str | None, repeat: int,
) -> str:  # fmt: skip
    """32 hex digits, of all that tells one evaluation from another."""
    identity = (
        candidate_id, problem_version, entry_point, split, instance_set, environment, campaign_id or "", str(repeat),
    )  # fmt: skip
    return hashlib.sha256("\0".join(identity).encode()).hexdigest()[:32]


def put_evaluation(
    connection: sqlite3.Connection,
    evaluation: Evaluation,
    spec: ProblemSpec,
    entry_point: str,
    instance_set: str,
    campaign_id: str | None,
    proposal_id: str | None,
    repeat: int = 0,
) -> str:
    """Store an evaluation with its per-instance scores; returns its id.

    Storing the same one again changes nothing, but that a proposal which brings a baseline's program takes over the
    baseline's row: its life goes on from there, with what its proposer is told.
    """
    found = evaluation_id(
        evaluation.candidate_id, spec.version, entry_point, evaluation.split, instance_set, evaluation.environment,
        campaign_id, repeat,
    )  # fmt: skip
    # What was not judged for a fault of ours makes room for a judgement.
    connection.execute("DELETE FROM evaluations WHERE id = ? AND verdict = 'internal_error'", (found,))
    low, high = evaluation.confidence or (None, None)
    resources = evaluation.resources
    connection.execute(
        "INSERT INTO evaluations (id, candidate_id, campaign_id, proposal_id, problem, problem_version, "
        "entry_point, split, instance_set, environment, repeat, verdict, stage, score, low, high, complete, "
        "objectives, stages, feedback, cpu_seconds, wall_seconds, peak_memory_bytes, decisions_digest, sandbox, "
        "created_at, trust) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) "
        "ON CONFLICT (id) DO UPDATE SET proposal_id = coalesce(proposal_id, excluded.proposal_id), "
        "feedback = CASE feedback WHEN '' THEN excluded.feedback ELSE feedback END",
        (
            found, evaluation.candidate_id, campaign_id, proposal_id, spec.name, spec.version, entry_point,
            evaluation.split, instance_set, evaluation.environment, repeat, evaluation.verdict.value, evaluation.stage,
            evaluation.score, low, high, int(evaluation.complete), json.dumps(dict(evaluation.values)),
            json.dumps([stage.as_json() for stage in evaluation.stages]), evaluation.feedback, resources.cpu_seconds,
            resources.wall_seconds, resources.peak_memory_bytes, evaluation.decisions_digest, evaluation.sandbox,
            time.time(), spec.trust,
        ),
    )  # fmt: skip
    if evaluation.instance_scores is not None and evaluation.instance_objectives is not None:
        connection.execute(
            "INSERT OR IGNORE INTO instance_scores (evaluation_id, scores, objectives) VALUES (?,?,?)",
            (found, _blob(evaluation.instance_scores), _blob(evaluation.instance_objectives)),
        )
    return found


def put_environment(connection: sqlite3.Connection, environment: str, facts: Mapping[str, str]) -> None:
    """Store what an environment's hash stands for, unless it is there."""
    connection.execute(
        "INSERT OR IGNORE INTO environments (id, facts, seen_at) VALUES (?,?,?)",
        (environment, json.dumps(dict(facts), sort_keys=True), time.time()),
    )


def read_environment(archive: Archive, environment: str) -> dict[str, str] | None:
    """The facts an environment's hash stands for; None where an earlier release wrote down the hash alone."""
    row = archive.row("SELECT facts FROM environments WHERE id = ?", (environment,))
    return None if row is None else dict(json.loads(row["facts"]))


_WITH_SCORES = (
    "SELECT e.*, s.scores, s.objectives AS raw FROM evaluations e "
    "LEFT JOIN instance_scores s ON s.evaluation_id = e.id "
)


def read_evaluation(row: sqlite3.Row) -> Evaluation:
    """The evaluation in a row of evaluations joined with instance_scores."""
    stages = tuple(
        StageResult(s["name"], Verdict(s["verdict"]), s["seconds"], s.get("feedback", ""), s.get("facts", {}))
        for s in json.loads(row["stages"])
    )
    return Evaluation(
        candidate_id=row["candidate_id"],
        split=row["split"],
        verdict=Verdict(row["verdict"]),
        stage=row["stage"],
        score=row["score"],
        confidence=None if row["low"] is None else (row["low"], row["high"]),
        values=json.loads(row["objectives"]),
        instance_scores=None if row["scores"] is None else read_array(row["scores"]),
        instance_objectives=None if row["raw"] is None else read_array(row["raw"]),
        complete=bool(row["complete"]),
        stages=stages,
        feedback=row["feedback"],
        resources=Resources(row["cpu_seconds"], row["wall_seconds"], row["peak_memory_bytes"]),
        decisions_digest=row["decisions_digest"],
        sandbox=row["sandbox"],
        environment=row["environment"],
    )


def find_evaluation(
    archive: Archive, candidate_id: str, spec: ProblemSpec, entry_point: str, split: str, instance_set: str,
    environment: str, campaign_id: str | None = None,
) -> Evaluation | None:  # fmt: skip
    """A committed, complete evaluation of exactly this kind, of one campaign or (None) of any."""
    row = archive.row(
        _WITH_SCORES + "WHERE e.candidate_id = ? AND e.problem_version = ? AND e.entry_point = ? AND e.split = ? "
        "AND e.instance_set = ? AND e.environment = ? AND e.verdict != 'internal_error' "
        "AND (? IS NULL OR e.campaign_id = ?) ORDER BY e.complete DESC, e.created_at LIMIT 1",
        (candidate_id, spec.version, entry_point, split, instance_set, environment, campaign_id, campaign_id),
    )
    return None if row is None else read_evaluation(row)


def proposal_evaluation(archive: Archive, proposal_id: str, candidate_id: str, split: str) -> Evaluation | None:
    """The committed evaluation of a proposal's candidate on ``split``, if there is one."""
    row = archive.row(
        _WITH_SCORES + "WHERE +e.candidate_id = ? AND e.proposal_id = ? AND e.split = ? LIMIT 1",
        (candidate_id, proposal_id, split),
    )
    return None if row is None else read_evaluation(row)
