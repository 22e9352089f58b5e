"""The catalogue: what is listed, searched and counted of proposals that are over.

Its rows follow from other tables. They are written in batches, by a campaign once a second and by whoever is about to
browse, so that a campaign pays for many rows at once: a quarter of what they cost in transactions of their own
(``benchmarks/browsing.py`` measures it). Until then a proposal is in the archive, and not in lists. Proposals come in
the order in which they ended, that of the events which say so; a row's ``number`` is the id of its event.

``catalog_text`` is the full text of a program and of what was said beside it, under the same number. It holds the index
only, as the texts are in other tables; a duplicate's program is found with the proposal that first brought it.
``catalog_tallies`` has sums over blocks of 8, 64, … proposals of a campaign, ``catalog_arms`` sums for each island,
operator and model: a page about half a million proposals reads some hundred rows.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from evolve.archive.database import Archive

WIDTHS = (8, 64, 512, 4096, 32768)
"""Proposals in a block: whatever a campaign's length, one of them cuts it into some dozens to 512 blocks."""
WITHOUT_VERDICT = ("duplicate", "failed", "unpaid")
"""What became of proposals that brought nothing to judge; it stands in the place of a verdict."""
ENDS = ("evaluated", "rejected", *WITHOUT_VERDICT)
BATCH = 250
"""Rows of a transaction beside campaigns: for so long, some 40 ms, none of them can write."""

_ENDED = (
    "SELECT v.id AS number, v.at AS ended_at, v.kind, p.id AS proposal_id, p.campaign_id, p.ordinal, p.island, "  # noqa: S608
    "p.candidate_id, p.verdict, p.score, p.evaluations, p.admitted, coalesce(p.remark, '') AS remark, "
    "coalesce(nullif(p.asked, ''), p.operator) AS operator, c.problem, c.entry_point, c.proposer, "
    "(SELECT d.files FROM candidates d WHERE d.id = p.candidate_id AND v.kind != 'duplicate') AS files, "
    "(SELECT sum(e.cpu_seconds) FROM evaluations e WHERE e.proposal_id = p.id) AS cpu_seconds, "
    "EXISTS (SELECT 1 FROM evaluations e WHERE e.proposal_id = p.id AND e.split = 'train' AND e.complete = 1 "
    "AND +e.candidate_id = p.candidate_id AND p.verdict = 'ok') AS complete, "
    "(SELECT sum(l.cost_nusd) FROM llm_calls l WHERE l.proposal_id = p.id) AS cost_nusd, "
    "(SELECT l.model FROM llm_calls l WHERE l.proposal_id = p.id ORDER BY l.turn, l.state != 'answered', l.rowid "
    "LIMIT 1) AS model FROM events v LEFT JOIN proposals p ON p.id = v.proposal_id "
    f"AND v.kind IN ({', '.join(repr(kind) for kind in ENDS)}) LEFT JOIN campaigns c ON c.id = p.campaign_id "
    "WHERE v.id > ? ORDER BY v.id LIMIT ?"
)
_PARENTS = (
    "SELECT p.proposal_id, p.candidate_id FROM json_each(?) j CROSS JOIN parents p ON p.proposal_id = j.value "
    "ORDER BY j.key, p.position"
)
_BORN = (
    "SELECT q.candidate_id, q.score, g.generation FROM json_each(?1) j CROSS JOIN proposals q ON q.rowid = "
    "(SELECT o.rowid FROM proposals o WHERE o.candidate_id = j.value AND +o.campaign_id = ?2 AND o.score IS NOT NULL "
    "ORDER BY o.rowid LIMIT 1) CROSS JOIN catalog g ON g.proposal_id = q.id"
)
_PUT = (
    # No proposal ends twice; should one, a campaign does not end for a list of it, and `verify` tells.
    "INSERT OR IGNORE INTO catalog (number, proposal_id, campaign_id, problem, entry_point, proposer, operator, model, "
    "verdict, generation, score, cpu_seconds, cost_nusd, ended_at) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
)
_TALLY = (
    "INSERT INTO catalog_tallies (campaign_id, width, block, verdict, proposals, evaluations, cpu_seconds, cost_nusd, "
    "lowest, highest, ended_at) VALUES (?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO UPDATE SET "
    "proposals = proposals + excluded.proposals, evaluations = evaluations + excluded.evaluations, "
    "cpu_seconds = cpu_seconds + excluded.cpu_seconds, cost_nusd = cost_nusd + excluded.cost_nusd, "
    "lowest = min(coalesce(lowest, excluded.lowest), coalesce(excluded.lowest, lowest)), "
    "highest = max(coalesce(highest, excluded.highest), coalesce(excluded.highest, highest)), "
    "ended_at = max(ended_at, excluded.ended_at)"
)
_ARM = (
    "INSERT INTO catalog_arms (campaign_id, island, operator, model, proposals, ok, admitted, lowered, raised, "
    "cpu_seconds, cost_nusd) VALUES (?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO UPDATE SET "
    "proposals = proposals + excluded.proposals, ok = ok + excluded.ok, admitted = admitted + excluded.admitted, "
    "lowered = lowered + excluded.lowered, raised = raised + excluded.raised, "
    "cpu_seconds = cpu_seconds + excluded.cpu_seconds, cost_nusd = cost_nusd + excluded.cost_nusd"
)


@dataclass(frozen=True, slots=True)
class _Ended:
    """A proposal that is over, with what follows from its parents.

    Attributes:
        row: of the query above.
        verdict: or what became of it without one.
        score: on all of ``train``, None if it was not judged on all of it.
        generation: 0 without parents, else one more than the latest parent's.
        lowered, raised: whether its score is below, above that of its first parent.
    """

    row: sqlite3.Row
    verdict: str
    score: float | None
    generation: int
    lowered: bool
    raised: bool


def catch_up(archive: Archive, at_most: int | None = None, say: Callable[[int], None] = lambda left: None) -> int:
    """Take over what has ended since the last time.

    Args:
        archive: open for writing.
        at_most: events to look at, if not all: who has no time leaves the rest to the next one.
        say: told after each transaction how many events are left.

    Returns:
        Events looked at.

    Raises:
        ArchiveError: if it cannot be written.
    """
    looked = 0
    while (left := _behind(archive)) and (at_most is None or looked < at_most):
        with archive.write() as connection:
            looked += _take(connection, BATCH)
        say(max(0, left - BATCH))
    return looked


def _behind(archive: Archive) -> int:
    row = archive.row("SELECT coalesce((SELECT max(id) FROM events), 0) - event FROM catalog_progress")
    return 0 if row is None else int(row[0])


def _take(connection: sqlite3.Connection, limit: int) -> int:
    (since,) = connection.execute("SELECT event FROM catalog_progress").fetchone()
    rows = connection.execute(_ENDED, (since, limit)).fetchall()
    if not rows:
        return 0
    ended = list(_ended(connection, [row for row in rows if row["proposal_id"] is not None]))
    connection.executemany(_PUT, map(_entry, ended))
    connection.executemany("INSERT INTO catalog_text (rowid, source, remark) VALUES (?,?,?)", map(_text, ended))
    connection.executemany(_TALLY, _tallies(ended))
    connection.executemany(_ARM, _arms(ended))
    connection.execute("UPDATE catalog_progress SET event = ?", (rows[-1]["number"],))
    return len(rows)


def _entry(one: _Ended) -> tuple[Any, ...]:
    row = one.row
    return (
        row["number"], row["proposal_id"], row["campaign_id"], row["problem"], row["entry_point"], row["proposer"],
        row["operator"], row["model"], one.verdict, one.generation, one.score, row["cpu_seconds"],
        row["cost_nusd"] or 0, row["ended_at"],
    )  # fmt: skip


def _text(one: _Ended) -> tuple[int, str, str]:
    files = json.loads(one.row["files"]) if one.row["files"] else {}
    return one.row["number"], "\n".join(files.values()), one.row["remark"]


def _ended(connection: sqlite3.Connection, rows: Sequence[sqlite3.Row]) -> Iterator[_Ended]:
    parents: dict[str, list[str]] = {}
    for proposal, candidate in connection.execute(_PARENTS, (json.dumps([row["proposal_id"] for row in rows]),)):
        parents.setdefault(proposal, []).append(candidate)
    born: dict[tuple[str, str], tuple[float, int]] = {}
    for campaign in dict.fromkeys(row["campaign_id"] for row in rows):
        some = {one for row in rows if row["campaign_id"] == campaign for one in parents.get(row["proposal_id"], ())}
        for candidate, score, generation in connection.execute(_BORN, (json.dumps(sorted(some)), campaign)):
            born[campaign, candidate] = score, generation
    for row in rows:
        campaign = row["campaign_id"]
        bred = [born[campaign, one] for one in parents.get(row["proposal_id"], ()) if (campaign, one) in born]
        score = row["score"] if row["complete"] else None
        one = _Ended(
            row=row,
            verdict=row["kind"] if row["kind"] in WITHOUT_VERDICT or not row["verdict"] else row["verdict"],
            score=score,
            generation=1 + max(generation for _, generation in bred) if bred else 0,
            lowered=score is not None and bool(bred) and score < bred[0][0],
            raised=score is not None and bool(bred) and score > bred[0][0],
        )
        if row["score"] is not None and row["candidate_id"] is not None:
            born.setdefault((campaign, row["candidate_id"]), (row["score"], one.generation))
        yield one


def _tallies(ended: Iterable[_Ended]) -> Iterator[tuple[Any, ...]]:
    """A row for each block and verdict of a batch: a statement for each proposal and width would cost more."""
    found: dict[tuple[str, int, int, str], list[Any]] = {}
    for one in ended:
        row = one.row
        for width in WIDTHS:
            # Those it started from have numbers below 1.
            key = row["campaign_id"], width, max(0, row["ordinal"] - 1) // width, one.verdict
            sums = found.setdefault(key, [0, 0, 0.0, 0, None, None, 0.0])
            sums[0] += 1
            sums[1] += row["evaluations"] or 0
            sums[2] += row["cpu_seconds"] or 0.0
            sums[3] += row["cost_nusd"] or 0
            if one.score is not None:
                sums[4] = one.score if sums[4] is None else min(sums[4], one.score)
                sums[5] = one.score if sums[5] is None else max(sums[5], one.score)
            sums[6] = max(sums[6], row["ended_at"])
    return ((*key, *sums) for key, sums in found.items())


def _arms(ended: Iterable[_Ended]) -> Iterator[tuple[Any, ...]]:
    found: dict[tuple[str, int, str, str], list[Any]] = {}
    for one in ended:
        row = one.row
        key = row["campaign_id"], row["island"] or 0, row["operator"] or "", row["model"] or ""
        sums = found.setdefault(key, [0, 0, 0, 0, 0, 0.0, 0])
        sums[0] += 1
        sums[1] += row["verdict"] == "ok" and row["kind"] == "evaluated"
        sums[2] += row["admitted"] or 0
        sums[3] += one.lowered
        sums[4] += one.raised
        sums[5] += row["cpu_seconds"] or 0.0
        sums[6] += row["cost_nusd"] or 0
    return ((*key, *sums) for key, sums in found.items())
