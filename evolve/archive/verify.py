"""Proving an archive whole: that the file is sound, ids are the hashes they are said to be, and the books balance.

Nothing is judged again and no problem is loaded: what is looked at is whether the archive agrees with itself. Each
check is a function that yields a sentence for every thing that is wrong. Tables are read in pages, so that memory does
not grow with them.
"""

from __future__ import annotations

import json
import sqlite3
import time
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from evaluators.verdicts import Verdict
from evolve.archive.catalog import ENDS, WIDTHS
from evolve.archive.database import Archive
from evolve.archive.records import evaluation_id, read_array, read_candidate

SHOWN = 20
"""Findings of one check that are told; the rest is counted."""
_PAGE = 5000
_CACHE_KIB = 250_000
"""Each row is looked up in each index, in no order: with SQLite's usual two megabytes every look-up reads the file."""
_VERDICTS = frozenset(verdict.value for verdict in Verdict)


def verify(archive: Archive, say: Callable[[str], None]) -> dict[str, Any]:
    """Look at everything.

    Args:
        archive: to prove; it may be in use.
        say: is told what is looked at.

    Returns:
        ``checked`` (rows by table), ``wrong`` (how many things are), ``findings`` (``check`` and ``said``, the first
        ``SHOWN`` of each check) and ``seconds``.
    """
    started = time.monotonic()
    findings: list[dict[str, str]] = []
    wrong = 0
    for name, check in CHECKS.items():
        say(f"looking at {name}")
        for said in check(archive):
            wrong += 1
            if sum(one["check"] == name for one in findings) < SHOWN:
                findings.append({"check": name, "said": said})
    return {
        "archive": str(archive.path),
        "checked": {table: _count(archive, table) for table in COUNTED},
        "wrong": wrong,
        "findings": findings,
        "seconds": round(time.monotonic() - started, 3),
    }


COUNTED = ("campaigns", "candidates", "proposals", "evaluations", "llm_calls")


def _count(archive: Archive, table: str) -> int:
    row = archive.row(f"SELECT count(*) FROM {table}")  # noqa: S608 - one of COUNTED
    return 0 if row is None else int(row[0])


def _pages(archive: Archive, columns: str, table: str, joined: str = "") -> Iterator[sqlite3.Row]:
    """All rows of a table, which is called ``x``, in the order in which they were written."""
    last = 0
    while rows := archive.rows(
        f"SELECT x.rowid AS place, {columns} FROM {table} x {joined} WHERE x.rowid > ? ORDER BY x.rowid LIMIT ?",  # noqa: S608
        (last, _PAGE),
    ):
        yield from rows
        last = rows[-1]["place"]


def _file(archive: Archive) -> Iterator[str]:
    """Pages and indexes as SQLite knows them, and rows that refer to no other."""
    archive.rows(f"PRAGMA cache_size = -{_CACHE_KIB}")
    for row in archive.rows(f"PRAGMA integrity_check({SHOWN})"):
        if row[0] != "ok":
            yield str(row[0])
    for row in archive.rows("PRAGMA foreign_key_check"):
        yield f"row {row['rowid']} of {row['table']} refers to a row of {row['parent']} that is not there"


def _candidates(archive: Archive) -> Iterator[str]:
    """Each candidate's id is the hash of its files."""
    for row in _pages(archive, "x.id, x.language, x.files, x.size", "candidates"):
        try:
            candidate = read_candidate(row)
        except (ValueError, AttributeError):
            yield f"candidate {row['id'][:12]} cannot be read"
            continue
        if candidate.id != row["id"]:
            yield f"candidate {row['id'][:12]} holds other files than its id says"
        if sum(map(len, candidate.files.values())) != row["size"]:
            yield f"candidate {row['id'][:12]} has not the size on record"


def _evaluations(archive: Archive) -> Iterator[str]:
    """Each evaluation's id is the hash of what it is of, and its score the mean of its instances."""
    sets = {row["id"]: len(json.loads(row["names"])) for row in archive.rows("SELECT id, names FROM instance_sets")}
    for row in _pages(
        archive,
        "x.id, x.candidate_id, x.problem_version, x.entry_point, x.split, x.instance_set, x.environment, "
        "x.campaign_id, x.repeat, x.verdict, x.score, x.complete, s.scores, s.objectives",
        "evaluations",
        "LEFT JOIN instance_scores s ON s.evaluation_id = x.id",
    ):
        named = f"evaluation {row['id'][:12]} of candidate {row['candidate_id'][:12]}"
        identity = evaluation_id(
            row["candidate_id"], row["problem_version"], row["entry_point"], row["split"], row["instance_set"],
            row["environment"], row["campaign_id"], row["repeat"],
        )  # fmt: skip
        if identity != row["id"]:
            yield f"{named} is not of what its id says"
        if row["verdict"] not in _VERDICTS:
            yield f"{named} has the unknown verdict {row['verdict']!r}"
        if row["instance_set"] not in sets:
            yield f"{named} is on instances that are not on record"
            continue
        yield from (f"{named} {said}" for said in _wrong_scores(row, sets[row["instance_set"]]))


def _wrong_scores(row: sqlite3.Row, instances: int) -> Iterator[str]:
    if row["scores"] is None:
        if row["score"] is not None:
            yield "has a score but no scores on instances"
        return
    try:
        scores, objectives = read_array(row["scores"]), read_array(row["objectives"])
    except (zlib.error, ValueError):
        yield "has scores on instances that cannot be read"
        return
    if not len(scores) == len(objectives) == instances:
        yield f"has scores on {len(scores)} instances of {instances}"
    elif row["complete"] and (row["score"] is None or not np.isclose(np.mean(scores), row["score"], rtol=1e-9)):
        yield f"has the score {row['score']}, which is not the mean {np.mean(scores)} of its instances"


def _lives(archive: Archive) -> Iterator[str]:
    """Each proposal is over or goes on, and has as many evaluations as it was charged for."""
    for row in archive.rows(
        "SELECT p.id, p.node, p.status, c.state FROM proposals p JOIN campaigns c ON c.id = p.campaign_id "
        "WHERE (p.node = 'done') != (p.status != '') OR (p.node != 'done' AND c.state = 'done')"
    ):
        yield f"proposal {row['id']} is at {row['node']!r} with status {row['status']!r} in a campaign {row['state']}"
    for row in archive.rows(
        "SELECT p.id, p.evaluations, (SELECT count(*) FROM evaluations e WHERE e.proposal_id = p.id "
        "AND e.split = 'train' AND e.verdict != 'internal_error') AS found FROM proposals p "
        "WHERE p.ordinal > 0 AND p.evaluations != found"
    ):
        yield f"proposal {row['id']} was charged for {row['evaluations']} evaluations and has {row['found']}"
    for row in archive.rows(
        "SELECT proposal_id, split, count(*) AS n FROM evaluations WHERE proposal_id IS NOT NULL "
        "GROUP BY proposal_id, split, repeat HAVING n > 1"
    ):
        yield f"proposal {row['proposal_id']} was judged {row['n']} times on {row['split']} for one answer"


def _population(archive: Archive) -> Iterator[str]:
    """Members and elites stand on evaluations, and winners on an audit."""
    for table, split in (("members", "train"), ("elites", "validation")):
        for row in archive.rows(
            f"SELECT m.campaign_id, m.candidate_id FROM {table} m WHERE NOT EXISTS (SELECT 1 FROM evaluations e "  # noqa: S608
            "WHERE e.proposal_id = m.proposal_id AND e.split = ? AND +e.candidate_id = m.candidate_id "
            "AND e.complete = 1 AND e.score IS NOT NULL)",
            (split,),
        ):
            candidate, campaign = row["candidate_id"][:12], row["campaign_id"]
            yield f"candidate {candidate} is among the {table} of campaign {campaign} and was not judged on {split}"
    for row in archive.rows(
        "SELECT c.id, c.winner FROM campaigns c LEFT JOIN elites l ON l.campaign_id = c.id "
        "AND l.candidate_id = c.winner AND l.audit = 'ok' WHERE c.winner IS NOT NULL AND l.candidate_id IS NULL"
    ):
        yield f"campaign {row['id']} was won by {row['winner'][:12]}, which passed no audit"


def _calls(archive: Archive) -> Iterator[str]:
    """No answer was bought twice, and each attempt is charged as its end demands."""
    for row in archive.rows(
        "SELECT proposal_id, turn, count(*) AS n FROM llm_calls WHERE state = 'answered' "
        "GROUP BY campaign_id, proposal_id, turn HAVING n > 1"
    ):
        yield f"turn {row['turn']} of {row['proposal_id']} was answered {row['n']} times"
    for row in archive.rows(
        "SELECT request_id, attempt, state FROM llm_calls WHERE state NOT IN "
        "('reserved', 'answered', 'refused', 'in_doubt') OR (state = 'refused' AND cost_nusd != 0) "
        "OR (state = 'in_doubt' AND cost_nusd != reserved_nusd) OR (state != 'reserved' AND cost_nusd IS NULL)"
    ):
        yield f"attempt {row['attempt']} of call {row['request_id']} is {row['state']} and not charged accordingly"
    for row in archive.rows(
        "SELECT l.request_id, l.attempt FROM llm_calls l WHERE l.attempt > 1 AND NOT EXISTS (SELECT 1 FROM llm_calls b "
        "WHERE b.request_id = l.request_id AND b.attempt = l.attempt - 1 AND b.state IN ('in_doubt', 'refused'))"
    ):
        yield f"call {row['request_id']} was sent again (attempt {row['attempt']}) though nothing was in doubt"
    for row in archive.rows(
        "SELECT l.request_id, c.id FROM campaigns c CROSS JOIN llm_calls l ON l.campaign_id = c.id "
        "AND l.state = 'reserved' WHERE c.state = 'done'"
    ):
        yield f"call {row['request_id']} is under way in campaign {row['id']}, which is done"


def _books(archive: Archive) -> Iterator[str]:
    """Totals are what there is to count, and no bound was overshot."""
    for row in archive.rows(
        "SELECT c.id, c.config, t.proposals, t.evaluations, t.cost_nusd, "
        "(SELECT count(*) FROM proposals p WHERE p.campaign_id = c.id AND +p.ordinal > 0) AS proposed, "
        "(SELECT coalesce(sum(p.evaluations), 0) FROM proposals p WHERE p.campaign_id = c.id) AS evaluated, "
        "(SELECT coalesce(sum(l.cost_nusd), 0) FROM llm_calls l WHERE l.campaign_id = c.id) AS charged, "
        "(SELECT coalesce(sum(CASE l.state WHEN 'answered' THEN l.prompt_tokens + l.completion_tokens "
        "WHEN 'refused' THEN 0 ELSE l.reserved_tokens END), 0) FROM llm_calls l WHERE l.campaign_id = c.id) AS tokens "
        "FROM campaigns c LEFT JOIN campaign_totals t ON t.campaign_id = c.id"
    ):
        totals = (row["proposals"], row["evaluations"], row["cost_nusd"])
        if totals != (row["proposed"], row["evaluated"], row["charged"]):
            yield f"the totals of campaign {row['id']} are not what its proposals and calls add up to"
        bounds = json.loads(row["config"]).get("bounds", {})
        for name, used in (
            ("proposals", row["proposed"]), ("evaluations", row["evaluated"]), ("usd", row["charged"] / 1e9),
            ("tokens", row["tokens"]),
        ):  # fmt: skip
            bound = bounds.get(name)
            if bound is not None and used > bound:
                yield f"campaign {row['id']} used {used:g} {name} of the {bound:g} it was allowed"


def _comparisons(archive: Archive) -> Iterator[str]:
    """Each campaign of a comparison is the one that was planned."""
    for row in archive.rows(
        "SELECT k.comparison_id, k.campaign_id FROM comparison_campaigns k JOIN campaigns c ON c.id = k.campaign_id "
        "WHERE c.proposer != k.proposer OR c.seed != k.seed"
    ):
        yield f"campaign {row['campaign_id']} is not what comparison {row['comparison_id']} planned"


def _catalogue(archive: Archive) -> Iterator[str]:
    """What has been taken over into lists is there, and what is summed up of it adds up."""
    for row in archive.rows(
        "SELECT v.proposal_id FROM events v JOIN proposals p ON p.id = v.proposal_id "  # noqa: S608 - our own words
        f"WHERE v.id <= (SELECT event FROM catalog_progress) AND v.kind IN ({', '.join(map(repr, ENDS))}) "
        "AND NOT EXISTS (SELECT 1 FROM catalog g WHERE g.number = v.id)"
    ):
        yield f"proposal {row['proposal_id']} is over and not in the catalogue"
    for row in archive.rows(
        "SELECT c.id FROM campaigns c WHERE (SELECT count(*) FROM catalog g WHERE g.campaign_id = c.id) IS NOT "
        "(SELECT coalesce(sum(t.proposals), 0) FROM catalog_tallies t WHERE t.campaign_id = c.id AND t.width = ?)",
        (WIDTHS[0],),
    ):
        yield f"the sums over proposals of campaign {row['id']} are not what its catalogue adds up to"
    for row in archive.rows(
        "SELECT c.id FROM campaigns c WHERE (SELECT count(*) FROM llm_calls l WHERE l.state = 'answered' "
        "AND l.proposal_id >= c.id || '-insights-' AND l.proposal_id < c.id || '-insights.') IS NOT "
        "(SELECT count(*) FROM insights WHERE insights MATCH '{campaign_id} : \"' || c.id || '\"') ORDER BY c.id"
    ):
        yield f"insights of campaign {row['id']} cannot all be searched for"


CHECKS: dict[str, Callable[[Archive], Iterator[str]]] = {
    "the file": _file,
    "candidates": _candidates,
    "evaluations": _evaluations,
    "proposals": _lives,
    "the population": _population,
    "calls": _calls,
    "the books": _books,
    "comparisons": _comparisons,
    "the catalogue": _catalogue,
}
"""In the order they are made: what is wrong with the file explains the rest."""
