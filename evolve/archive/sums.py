"""The course of one campaign: best so far, verdicts, spending and speed over time, and what each operator brought.

All of it is read from sums (:mod:`evolve.archive.catalog`), so that half a million proposals cost what some hundred do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from evaluators.baselines import baselines
from evaluators.declaration import Direction
from evolve.archive.catalog import WIDTHS
from evolve.archive.database import Archive
from evolve.archive.declared import spec_of

BLOCKS = 512
"""Of a course, at most; the width of its blocks follows from that."""


@dataclass(frozen=True, slots=True)
class Block:
    """Some proposals of a campaign, one after the other, and where it stood after them.

    Attributes:
        first, last: ordinals of proposals in it; what a campaign started from is in the first block.
        ended_at: Unix seconds of the latest end.
        verdicts: verdict, or what became of it without one -> proposals.
        proposals, evaluations, cpu_seconds, usd: of this block.
        best: the best score on all of ``train`` up to here, or None.
    """

    first: int
    last: int
    ended_at: float
    verdicts: dict[str, int]
    proposals: int
    evaluations: int
    cpu_seconds: float
    usd: float
    best: float | None


@dataclass(frozen=True, slots=True)
class Champion:
    """A candidate that passed the audit and was then the best on ``validation``."""

    candidate: str
    ordinal: int
    at: float
    score: float
    confidence: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Baseline:
    """A published heuristic, as judged on a split."""

    name: str
    candidate: str
    split: str
    score: float
    confidence: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Arm:
    """What an operator brought, asked of a model (empty: nobody was asked).

    Attributes:
        operator, model: which.
        proposals: that are over.
        ok: of them, judged without fault.
        admitted: that entered the population.
        improved: better on all of ``train`` than the parent they were made of.
        cpu_seconds: of their evaluations.
        usd: of the calls for them.
    """

    operator: str
    model: str
    proposals: int
    ok: int
    admitted: int
    improved: int
    cpu_seconds: float
    usd: float


@dataclass(frozen=True, slots=True)
class Island:
    """A part of the population that searched apart.

    Attributes:
        number: from 0.
        proposals, ok, admitted: of children it bred.
        members: born there who are in the population now.
        best: score on ``train`` of the best of them; None without any.
    """

    number: int
    proposals: int
    ok: int
    admitted: int
    members: int
    best: float | None


@dataclass(frozen=True, slots=True)
class Course:
    """One campaign over time.

    Attributes:
        campaign, problem, entry_point: which.
        direction: ``min`` or ``max``: which scores are better.
        unit: of the score.
        created_at: Unix seconds.
        width: proposals in a block.
        blocks: in their order; the last may be on its way.
        champions: each better than those before it.
        baselines: of the problem's version, where the problem can still be found.
        arms: the most used first.
        islands: by number.
    """

    campaign: str
    problem: str
    entry_point: str
    direction: Direction
    unit: str
    created_at: float
    width: int
    blocks: tuple[Block, ...]
    champions: tuple[Champion, ...]
    baselines: tuple[Baseline, ...]
    arms: tuple[Arm, ...]
    islands: tuple[Island, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def course(archive: Archive, campaign_id: str) -> Course:
    """The course of a campaign.

    Raises:
        KeyError: if there is no such campaign.
    """
    row = archive.row(
        "SELECT id, problem, problem_version, entry_point, environment, created_at FROM campaigns WHERE id = ?",
        (campaign_id,),
    )
    if row is None:
        raise KeyError(campaign_id)
    spec = spec_of(archive, row["problem"])
    direction: Direction = "min" if spec is None else spec.objective.direction
    width = _width(archive, campaign_id)
    return Course(
        campaign=row["id"],
        problem=row["problem"],
        entry_point=row["entry_point"],
        direction=direction,
        unit="" if spec is None else spec.objective.unit,
        created_at=row["created_at"],
        width=width,
        blocks=_blocks(archive, campaign_id, width, direction),
        champions=champions(archive, campaign_id, direction),
        baselines=baselines_of(archive, row["problem"], row["problem_version"], row["entry_point"], row["environment"]),
        arms=_arms(archive, campaign_id, direction),
        islands=_islands(archive, campaign_id, direction),
    )


def blocks(archive: Archive, campaign_id: str, direction: Direction) -> tuple[Block, ...]:
    """The blocks of a campaign's course alone."""
    return _blocks(archive, campaign_id, _width(archive, campaign_id), direction)


def _width(archive: Archive, campaign_id: str) -> int:
    row = archive.row(
        "SELECT block FROM catalog_tallies WHERE campaign_id = ? AND width = ? ORDER BY block DESC LIMIT 1",
        (campaign_id, WIDTHS[0]),
    )
    proposals = 0 if row is None else (row["block"] + 1) * WIDTHS[0]
    return next((width for width in WIDTHS if proposals <= width * BLOCKS), WIDTHS[-1])


def _blocks(archive: Archive, campaign_id: str, width: int, direction: Direction) -> tuple[Block, ...]:
    found: dict[int, list[Any]] = {}
    for row in archive.rows(
        "SELECT * FROM catalog_tallies WHERE campaign_id = ? AND width = ? ORDER BY block, verdict",
        (campaign_id, width),
    ):
        found.setdefault(row["block"], []).append(row)
    better, column = (min, "lowest") if direction == "min" else (max, "highest")
    made, best = [], None
    for block, rows in found.items():
        scores = [row[column] for row in rows if row[column] is not None]
        best = better([*scores, *([] if best is None else [best])], default=None)
        made.append(
            Block(
                first=block * width + 1,
                last=(block + 1) * width,
                ended_at=max(row["ended_at"] for row in rows),
                verdicts={row["verdict"]: row["proposals"] for row in rows},
                proposals=sum(row["proposals"] for row in rows),
                evaluations=sum(row["evaluations"] for row in rows),
                cpu_seconds=sum(row["cpu_seconds"] for row in rows),
                usd=sum(row["cost_nusd"] for row in rows) / 1e9,
                best=best,
            )
        )
    return tuple(made)


def champions(archive: Archive, campaign_id: str, direction: Direction) -> tuple[Champion, ...]:
    """Those that passed the audit, in the order of their proposals, each better on ``validation`` than all before."""
    sign = 1.0 if direction == "min" else -1.0
    best, found = None, []
    for row in archive.rows(
        "SELECT l.candidate_id, l.validation, l.low, l.high, l.admitted_at, p.ordinal FROM elites l "
        "CROSS JOIN proposals p ON p.id = l.proposal_id WHERE l.campaign_id = ? AND l.audit = 'ok' "
        "AND l.validation IS NOT NULL ORDER BY p.ordinal",
        (campaign_id,),
    ):
        if best is None or sign * row["validation"] < best:
            best = sign * row["validation"]
            found.append(
                Champion(row["candidate_id"], row["ordinal"], row["admitted_at"], row["validation"], _interval(row))
            )
    return tuple(found)


def evaluations_until(archive: Archive, campaign_id: str, ordinals: Sequence[int]) -> list[int]:
    """Evaluations of all proposals up to and with some, told by their ordinals; of what is in the catalogue by now.

    Each is the sum over some dozens of blocks, the largest first, and over the proposals after the last whole one.
    """
    found = []
    for ordinal in ordinals:
        after, total = 0, 0
        for width in reversed(WIDTHS):
            row = archive.row(
                "SELECT coalesce(sum(evaluations), 0) AS n FROM catalog_tallies WHERE campaign_id = ? AND width = ? "
                "AND block >= ? AND block < ?",
                (campaign_id, width, after // width, ordinal // width),
            )
            total += 0 if row is None else row["n"]
            after = max(after, ordinal // width * width)
        row = archive.row(
            # Those it started from have numbers below 1, and are in the first block.
            "SELECT coalesce(sum(evaluations), 0) AS n FROM proposals WHERE campaign_id = ? AND ordinal > ? "
            "AND ordinal <= ?",
            (campaign_id, after if after else -(1 << 62), ordinal),
        )
        found.append(total + (0 if row is None else row["n"]))
    return found


def _interval(row: Any) -> tuple[float, float] | None:
    return None if row["low"] is None else (row["low"], row["high"])


def baselines_of(
    archive: Archive, problem: str, version: str, entry_point: str, environment: str,
    splits: Sequence[str] = ("train", "validation"),
) -> tuple[Baseline, ...]:  # fmt: skip
    """Published heuristics of an entry point as judged, in the order declared; none if the problem cannot be found.

    Of evaluations in several environments the one in ``environment`` is told.
    """
    spec = spec_of(archive, problem)
    entries = [] if spec is None else [entry for entry in spec.entry_points if entry.name == entry_point]
    if spec is None or not entries:
        return ()
    found = []
    for name, candidate in baselines(spec, entries[0]).items():
        for split in splits:
            row = archive.row(
                "SELECT score, low, high FROM evaluations WHERE candidate_id = ? AND problem_version = ? "
                "AND entry_point = ? AND split = ? AND complete = 1 AND score IS NOT NULL "
                "ORDER BY environment IS NOT ?, proposal_id IS NOT NULL, created_at LIMIT 1",
                (candidate.id, version, entry_point, split, environment),
            )
            if row is not None:
                found.append(Baseline(name, candidate.id, split, row["score"], _interval(row)))
    return tuple(found)


def _arms(archive: Archive, campaign_id: str, direction: Direction) -> tuple[Arm, ...]:
    rows = archive.rows(
        "SELECT operator, model, sum(proposals) AS proposals, sum(ok) AS ok, sum(admitted) AS admitted, "
        "sum(CASE ?2 WHEN 'min' THEN lowered ELSE raised END) AS improved, sum(cpu_seconds) AS cpu_seconds, "
        "sum(cost_nusd) AS cost_nusd FROM catalog_arms WHERE campaign_id = ?1 GROUP BY operator, model "
        "ORDER BY proposals DESC, operator, model",
        (campaign_id, direction),
    )
    return tuple(
        Arm(
            row["operator"], row["model"], row["proposals"], row["ok"], row["admitted"], row["improved"],
            row["cpu_seconds"], row["cost_nusd"] / 1e9,
        )
        for row in rows
    )  # fmt: skip


def _islands(archive: Archive, campaign_id: str, direction: Direction) -> tuple[Island, ...]:
    alive = {
        row["island"]: row
        for row in archive.rows(
            "SELECT island, count(*) AS members, min(score) AS lowest, max(score) AS highest FROM members "
            "WHERE campaign_id = ? AND alive = 1 GROUP BY island",
            (campaign_id,),
        )
    }
    made = []
    for row in archive.rows(
        "SELECT island, sum(proposals) AS proposals, sum(ok) AS ok, sum(admitted) AS admitted FROM catalog_arms "
        "WHERE campaign_id = ? GROUP BY island ORDER BY island",
        (campaign_id,),
    ):
        living = alive.get(row["island"])
        best = None if living is None else living["lowest" if direction == "min" else "highest"]
        made.append(
            Island(
                row["island"], row["proposals"], row["ok"], row["admitted"], 0 if living is None else living["members"],
                best,
            )
        )  # fmt: skip
    return tuple(made)
