"""What a campaign writes down, step by step. The archive is its only durable state.

A proposal's column ``node`` names the step of its life to be done next; the result of a step and the name of the next
are committed together, so a step either happened or did not.
"""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evaluators.candidate import Candidate
from evaluators.declaration import ProblemSpec
from evaluators.evaluation import Evaluation, StageResult
from evaluators.problem import Instance
from evolve.archive.catalog import catch_up
from evolve.archive.database import Archive
from evolve.archive.records import (
    instance_set_id,
    put_candidate,
    put_environment,
    put_evaluation,
    put_instance_set,
)
from evolve.campaign.config import CampaignConfig
from evolve.campaign.history import CampaignHistory, Draft
from evolve.campaign.machine import CampaignError
from evolve.proposers.base import Member
from evolve.selection.islands import Move
from evolve.selection.population import Admission, fitness_key

LISTED = 500
"""Events a campaign takes over into the catalogue at once: more than a second brings, so that it never stays behind."""


def process_mark(pid: int) -> str:
    """Pid and start time of a process: tells it from a later one with the same pid. Empty if there is none.

    One that has ended, but whose parent has not asked how, is none.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return ""
    state, *rest = stat.rpartition(")")[2].split()
    return "" if state in "ZX" else f"{pid}:{rest[18]}"


def is_driven(driver: str) -> bool:
    """Whether the process with this mark is alive; no mark is nobody's."""
    return bool(driver) and process_mark(int(driver.partition(":")[0])) == driver


def draw_campaign_id() -> str:
    """8 hex digits."""
    return secrets.token_hex(4)


def new_campaign(
    archive: Archive,
    config: CampaignConfig,
    spec: ProblemSpec,
    entry_point: str,
    environment: str,
    capabilities: Mapping[str, Any],
    seeds: Sequence[tuple[Candidate, str]],
    campaign_id: str | None = None,
) -> str:
    """Write down a new campaign and the sources it starts from; returns its id.

    Args:
        archive: where.
        config: what it is.
        spec: of its problem.
        entry_point: function to evolve.
        environment: id of the environment.
        capabilities: what the sandbox enforces.
        seeds: candidates with their dedupe keys; they become proposals 0, -1, …, which count against no bound.
        campaign_id: of :func:`draw_campaign_id`, if it was drawn before.
    """
    campaign_id = campaign_id or draw_campaign_id()
    with archive.write() as connection:
        connection.execute(
            "INSERT INTO campaigns (id, created_at, problem, problem_version, entry_point, proposer, config, seed, "
            "secret, environment, capabilities, state, stop_reason, active_seconds, driver, trust) "
            "VALUES (?,?,?,?,?,?,?,?,?,?,?,'running','',0,?,?)",
            (
                campaign_id, time.time(), spec.name, spec.version, entry_point, config.proposer,
                json.dumps(config.as_json()), config.seed, secrets.token_hex(16), environment,
                json.dumps(dict(capabilities)), process_mark(os.getpid()), spec.trust,
            ),
        )  # fmt: skip
        for k, (candidate, dedupe_key) in enumerate(seeds):
            put_candidate(connection, candidate, dedupe_key)
            connection.execute(
                "INSERT INTO proposals (id, campaign_id, ordinal, seed, island, node, turn, operator, context, "
                "candidate_id, failure, verdict, status, evaluations, admitted, created_at) "
                "VALUES (?,?,?,0,0,'screen',0,'seed',?,?,'','','',0,0,?)",
                (
                    f"{campaign_id}-seed{k}", campaign_id, -k, json.dumps({"parents": [], "pool": []}), candidate.id,
                    time.time(),
                ),
            )  # fmt: skip
    return campaign_id


class CampaignStore(CampaignHistory):
    """The rows of one campaign, written and read."""

    def __init__(self, archive: Archive, campaign_id: str | None, spec: ProblemSpec, entry_point: str) -> None:
        super().__init__(archive, campaign_id)
        self.spec, self.entry_point = spec, entry_point
        self._sets: set[str] = set()

    def event(self, connection: sqlite3.Connection, kind: str, proposal_id: str | None = None, **data: Any) -> None:
        """Append an event inside a transaction."""
        connection.execute(
            "INSERT INTO events (campaign_id, proposal_id, at, kind, data) VALUES (?,?,?,?,?)",
            (self.campaign_id, proposal_id, time.time(), kind, json.dumps(data)),
        )

    def note(self, kind: str, **data: Any) -> None:
        """Append an event in a transaction of its own."""
        with self.archive.write() as connection:
            self.event(connection, kind, **data)

    def selected(self, draft: Draft, island: int) -> None:
        """A new proposal with the parents selection drew for it on its island; written along with what comes next.

        A call to a model is: before it is made it is written down, and with it whom it is made for.
        """
        row = (
            draft.id, self.campaign_id, draft.ordinal, draft.seed, island, draft.node,
            json.dumps({"parents": draft.parents, "pool": draft.pool}), time.time(),
        )  # fmt: skip
        self.archive.later(
            lambda connection: connection.execute(
                "INSERT INTO proposals (id, campaign_id, ordinal, seed, island, node, turn, operator, context, "
                "genome, failure, verdict, status, evaluations, admitted, created_at) "
                "VALUES (?,?,?,?,?,?,0,'',?,NULL,'','','',0,0,?)",
                row,
            )
        )

    def proposed(self, draft: Draft, dedupe_key: str, parents: Sequence[str]) -> None:
        """The child (or the failure to give one), and where its life goes on; written along with what comes next.

        It is lost with that at worst, and then made again: what was paid for, a model's answer, is on record before.
        """
        candidate = draft.candidate
        row = (
            draft.node, draft.turn, draft.operator, candidate.id if candidate else None, draft.genome, draft.failure,
            draft.asked, draft.remark, draft.id,
        )  # fmt: skip
        lineage = [(draft.id, parent, k) for k, parent in enumerate(parents)]

        def put(connection: sqlite3.Connection) -> None:
            if candidate is not None:
                put_candidate(connection, candidate, dedupe_key)
            connection.execute(
                "UPDATE proposals SET node = ?, turn = ?, operator = ?, candidate_id = ?, genome = ?, failure = ?, "
                "asked = ?, remark = ? WHERE id = ?",
                row,
            )
            connection.executemany(
                "INSERT OR IGNORE INTO parents (proposal_id, candidate_id, position) VALUES (?,?,?)", lineage
            )

        self.archive.later(put)

    def baseline(self, candidate: Candidate, dedupe_key: str) -> None:
        """A baseline's source."""
        with self.archive.write() as connection:
            put_candidate(connection, candidate, dedupe_key)

    def environment(self, environment: str, facts: Mapping[str, str]) -> None:
        """What the environment of the evaluations to come is."""
        with self.archive.write() as connection:
            put_environment(connection, environment, facts)

    def instance_set(self, split: str, instances: Sequence[Instance]) -> str:
        """Id of an instance set, stored once."""
        set_id = instance_set_id(instances)
        if set_id not in self._sets:
            with self.archive.write() as connection:
                put_instance_set(connection, self.spec.name, split, set_id, instances)
            self._sets.add(set_id)
        return set_id

    def evaluated(
        self,
        evaluation: Evaluation,
        instance_set: str,
        draft: Draft | None = None,
        entry_point: str | None = None,
    ) -> None:
        """An evaluation outside the life's main step: of a baseline, on ``validation``, on ``test``."""
        with self.archive.write() as connection:
            self._put(connection, evaluation, instance_set, draft, entry_point)

    def turned_away(self, draft: Draft) -> None:
        """The screen's verdict on a child that is to be mended."""
        with self.archive.write() as connection:
            connection.execute(
                "UPDATE proposals SET node = ?, verdict = ?, failure = ? WHERE id = ?",
                (draft.node, draft.verdict, draft.failure, draft.id),
            )

    def trained(self, evaluation: Evaluation, instance_set: str, draft: Draft) -> None:
        """The evaluation on ``train``, and where the proposal's life goes on."""
        with self.archive.write() as connection:
            self._put(connection, evaluation, instance_set, draft, None)
            connection.execute(
                "UPDATE proposals SET node = ?, verdict = ?, score = ?, evaluations = ?, failure = ? WHERE id = ?",
                (draft.node, draft.verdict, evaluation.score, draft.evaluations, draft.failure, draft.id),
            )

    def _put(
        self,
        connection: sqlite3.Connection,
        evaluation: Evaluation,
        instance_set: str,
        draft: Draft | None,
        entry_point: str | None,
    ) -> None:
        put_evaluation(
            connection,
            evaluation,
            self.spec,
            entry_point or self.entry_point,
            instance_set,
            self.campaign_id,
            draft.id if draft else None,
            draft.turn if draft else 0,
        )

    def audited(self, draft: Draft, member: Member, validation: Evaluation, audit: StageResult | None) -> None:
        """What validation (and, for a would-be elite, the audit) said."""
        low, high = validation.confidence or (None, None)
        with self.archive.write() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO elites (campaign_id, candidate_id, proposal_id, train, validation, low, high, "
                "audit, feedback, admitted_at) VALUES (?,?,?,?,?,?,?,?,?,?)",
                (
                    self.campaign_id, member.candidate_id, draft.id, member.score, validation.score, low, high,
                    audit.verdict.value if audit else "", audit.feedback if audit else "", time.time(),
                ),
            )  # fmt: skip
            if audit is not None:
                self.event(connection, "audited", draft.id, verdict=audit.verdict.value, feedback=audit.feedback)

    def finished(
        self, draft: Draft, status: str, member: Member | None, admission: Admission | None, homes: Mapping[str, int]
    ) -> None:
        """The end of a proposal's life, with its place in the population, and who lives on which islands since."""
        with self.archive.write() as connection:
            entered = admission is not None and admission.entered
            connection.execute(
                "UPDATE proposals SET node = 'done', status = ?, verdict = ?, failure = ?, admitted = ?, done_at = ? "
                "WHERE id = ?",
                (status, draft.verdict, draft.failure, int(entered), time.time(), draft.id),
            )
            if admission is not None and member is not None and entered:
                connection.execute(
                    "INSERT OR REPLACE INTO members (campaign_id, candidate_id, proposal_id, island, score, "
                    "fitness_key, alive) SELECT campaign_id, ?, id, island, ?, ?, 1 FROM proposals WHERE id = ?",
                    (
                        member.candidate_id, member.score, fitness_key(member.instance_scores), draft.id,
                    ),
                )  # fmt: skip
            self._settle(connection, homes)
            self.event(
                connection, status, draft.id, verdict=draft.verdict, rank=admission.rank if admission else 0,
                reason=admission.reason if admission else draft.failure[:300],
            )  # fmt: skip

    def _settle(self, connection: sqlite3.Connection, homes: Mapping[str, int]) -> None:
        connection.executemany(
            "UPDATE members SET homes = ?, alive = ? WHERE campaign_id = ? AND candidate_id = ?",
            [(bits, int(bits > 0), self.campaign_id, name) for name, bits in homes.items()],
        )

    def moved(self, move: Move) -> None:
        """Members went from island to island, or one of these began anew."""
        with self.archive.write() as connection:
            self._settle(connection, move.homes)
            self.event(connection, move.kind, ordinal=move.ordinal, island=move.island, members=len(move.homes))

    def restarted(self, ordinal: int) -> None:
        """The population was given up at ``ordinal``; proposals after it found a new one."""
        with self.archive.write() as connection:
            connection.execute("UPDATE members SET alive = 0, homes = 0 WHERE campaign_id = ?", (self.campaign_id,))
            self.event(connection, "restarted", ordinal=ordinal)

    def claim(self) -> None:
        """This process runs the campaign from now on. Of two that begin at once, one does.

        Raises:
            CampaignError: if another process runs it, or has just ended it.
        """
        with self.archive.write() as connection:
            query = "SELECT driver, state FROM campaigns WHERE id = ?"
            driver, state = connection.execute(query, (self.campaign_id,)).fetchone()
            if is_driven(driver):
                pid = driver.partition(":")[0]
                raise CampaignError(f"campaign {self.campaign_id} is being run by process {pid}")
            if state == "done":
                raise CampaignError(f"campaign {self.campaign_id} is done")
            connection.execute(
                "UPDATE campaigns SET driver = ?, state = 'running', stop_reason = '' WHERE id = ?",
                (process_mark(os.getpid()), self.campaign_id),
            )

    def heartbeat(self, active_seconds: float, state: str = "running", stop_reason: str = "") -> None:
        """Running time so far, who runs it, and its state; what has ended since the last time is put into lists."""
        with self.archive.write() as connection:
            connection.execute(
                "UPDATE campaigns SET active_seconds = ?, state = ?, stop_reason = ?, driver = ? WHERE id = ?",
                (active_seconds, state, stop_reason, process_mark(os.getpid()), self.campaign_id),
            )
        catch_up(self.archive, LISTED)

    def released(self) -> None:
        """Nobody runs the campaign any more: it may be resumed."""
        with self.archive.write() as connection:
            connection.execute("UPDATE campaigns SET driver = '' WHERE id = ?", (self.campaign_id,))

    def reported(self, report: Mapping[str, Any], winner: str | None, state: str, stop_reason: str) -> None:
        """The final document."""
        with self.archive.write() as connection:
            connection.execute(
                "UPDATE campaigns SET report = ?, winner = ?, state = ?, stop_reason = ? WHERE id = ?",
                (json.dumps(report), winner, state, stop_reason, self.campaign_id),
            )
            self.event(connection, state, winner=winner, reason=stop_reason)
        catch_up(self.archive, LISTED)
