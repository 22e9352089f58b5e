"""The rows of a comparison. What became of its campaigns is in the campaigns' own rows, and nowhere twice."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluators.toolchains import toolchain
from evolve.archive import Archive
from evolve.archive.records import put_candidate
from evolve.campaign.dry import Checked
from evolve.campaign.store import draw_campaign_id, process_mark
from evolve.compare.plan import ComparisonError, Plan


@dataclass(frozen=True, slots=True)
class Cell:
    """One campaign of a comparison.

    Attributes:
        campaign_id: it has, or will have.
        proposer: who writes the children.
        repeat: from 0.
        seed: of everything drawn at random.
        state: of the campaign; empty if it was not begun.
        report: its final document, once it is done.
    """

    campaign_id: str
    proposer: str
    repeat: int
    seed: int
    state: str
    report: Mapping[str, Any] | None


class ComparisonStore:
    """One comparison on record."""

    def __init__(self, archive: Archive, plan: Plan) -> None:
        self.archive, self.plan, self.id = archive, plan, plan.id

    def create(self, found: Checked) -> None:
        """Write the comparison down with all its campaigns to be, and the sources they start from, unless it is there.

        Args:
            found: what checking its campaigns found.
        """
        plan, spec = self.plan, found.problem.spec
        with self.archive.write() as connection:
            fresh = connection.execute(
                "INSERT OR IGNORE INTO comparisons (id, created_at, problem, problem_version, plan, state, "
                "stop_reason, driver) VALUES (?,?,?,?,?,'running','','')",
                (self.id, time.time(), plan.problem, plan.problem_version, json.dumps(plan.as_json(), sort_keys=True)),
            ).rowcount
            if not fresh:
                return
            for source in found.sources if plan.config.seed_from else ():
                screened = toolchain(spec.language).screen(source, found.entry, spec.source_limit)
                put_candidate(connection, source, screened.dedupe_key)
            connection.executemany(
                "INSERT INTO comparison_campaigns (comparison_id, position, proposer, repeat, seed, campaign_id) "
                "VALUES (?,?,?,?,?,?)",
                [
                    (self.id, k, proposer, repeat, plan.campaign(proposer, repeat).seed, draw_campaign_id())
                    for k, (proposer, repeat) in enumerate(plan.order())
                ],
            )

    def claim(self) -> None:
        """This process runs the comparison from now on.

        Raises:
            ComparisonError: if another one does.
        """
        mark = process_mark(os.getpid())
        with self.archive.write() as connection:
            (driver,) = connection.execute("SELECT driver FROM comparisons WHERE id = ?", (self.id,)).fetchone()
            pid = driver.partition(":")[0]
            if pid and process_mark(int(pid)) == driver:
                raise ComparisonError(f"{self.archive.path}: comparison {self.id} is being run by process {pid}")
            connection.execute(
                "UPDATE comparisons SET driver = ?, state = 'running', stop_reason = '' WHERE id = ?", (mark, self.id)
            )

    def release(self) -> None:
        """Nobody runs it any more."""
        with self.archive.write() as connection:
            connection.execute("UPDATE comparisons SET driver = '' WHERE id = ?", (self.id,))

    def cells(self) -> list[Cell]:
        """All campaigns in the order they are run; empty if the comparison is not on record."""
        rows = self.archive.rows(
            "SELECT k.*, c.state, c.report FROM comparison_campaigns k LEFT JOIN campaigns c ON c.id = k.campaign_id "
            "WHERE k.comparison_id = ? ORDER BY k.position",
            (self.id,),
        )
        return [
            Cell(
                row["campaign_id"], row["proposer"], row["repeat"], row["seed"], row["state"] or "",
                json.loads(row["report"]) if row["state"] == "done" else None,
            )
            for row in rows
        ]  # fmt: skip

    def reported(self, state: str, reason: str, report: Mapping[str, Any]) -> None:
        """The comparison is ``done``, or ``stopped`` for a reason, with what can be said by now."""
        with self.archive.write(durable=True) as connection:
            connection.execute(
                "UPDATE comparisons SET state = ?, stop_reason = ?, report = ? WHERE id = ?",
                (state, reason, json.dumps(report), self.id),
            )


def find_plan(archive: Archive, prefix: str) -> Plan:
    """The plan of the comparison whose id starts with ``prefix``.

    Raises:
        ComparisonError: if there is none or more than one.
    """
    rows: Sequence[sqlite3.Row] = archive.rows(
        "SELECT plan FROM comparisons WHERE substr(id, 1, ?) = ?", (len(prefix), prefix)
    )
    if len(rows) != 1 or not prefix:
        latest = archive.rows("SELECT id FROM comparisons ORDER BY created_at DESC LIMIT 5")
        known = ", ".join(row["id"] for row in latest)
        what = "several comparisons' ids start" if rows else "no comparison's id starts"
        raise ComparisonError(f"{archive.path}: {what} with {prefix!r}; the latest: {known or 'none'}")
    return Plan.from_json(json.loads(rows[0]["plan"]))
