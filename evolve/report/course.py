"""The course of a campaign: its best so far, what became of its proposals, and why those that failed did."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evolve.archive import Archive
from evolve.campaign.history import CampaignHistory
from evolve.charts.curve import Line, Point, curve, curve_table
from evolve.charts.verdicts import Stretch, verdicts, verdicts_table
from evolve.web.text import drawn

if TYPE_CHECKING:
    from markupsafe import Markup

STRETCHES = 40
LATEST = 2000
"""Failures that are read for their reasons."""
MOST_REASONS = 3
"""Told of a verdict, the most frequent."""
LONGEST_REASON = 240
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")

_STRETCHES = (
    "SELECT (ordinal - 1) / ?2 AS stretch, CASE WHEN status IN ('duplicate', 'failed', 'unpaid') THEN status "
    "ELSE verdict END AS verdict, count(*) AS n FROM proposals WHERE campaign_id = ?1 AND ordinal > 0 "
    "AND node = 'done' GROUP BY 1, 2 ORDER BY 1, 2"
)
_REASONS = (
    "SELECT CASE WHEN p.status = 'failed' THEN 'failed' ELSE p.verdict END AS verdict, "
    "coalesce(nullif(e.feedback, ''), p.failure, '') AS reason FROM proposals p LEFT JOIN evaluations e "
    "ON e.proposal_id = p.id AND +e.candidate_id = p.candidate_id AND e.split = 'train' WHERE p.campaign_id = ?1 "
    "AND p.ordinal > 0 AND p.node = 'done' AND (p.status = 'failed' OR p.status != 'duplicate' AND p.verdict != 'ok' "
    "AND p.verdict != '') ORDER BY p.ordinal DESC LIMIT ?2"
)


@dataclass(frozen=True, slots=True)
class Failures:
    """Why candidates failed with a verdict: reasons (numbers left out) and how often each was given."""

    verdict: str
    count: int
    reasons: tuple[tuple[str, int], ...]


def best_so_far(
    archive: Archive, campaign_id: str, baselines: Mapping[str, float | None], unit: str, direction: str,
    evaluations: int,
) -> Markup:  # fmt: skip
    """The curve on ``validation``, of candidates that passed the audit, with the intervals of their scores.

    Args:
        archive: that has the campaign.
        campaign_id: of it.
        baselines: their scores on ``validation``.
        unit: of scores.
        direction: ``min`` or ``max``.
        evaluations: of the campaign until now.
    """
    sign = 1 if direction == "min" else -1
    points: list[Point] = []
    for row in CampaignHistory(archive, campaign_id).champions():
        if not points or points[-1].y is None or sign * (row["validation"] - points[-1].y) < 0:
            points.append(Point(row["evaluations"], row["validation"], row["low"], row["high"]))
    name = f"Best so far on validation, {unit}, {'less' if direction == 'min' else 'more'} is better"
    lines = [Line("best so far", points)]
    svg = curve(lines, baselines, name=name, x_name="evaluations", y_name=unit, direction=direction, until=evaluations)
    return drawn(svg, curve_table(lines, baselines, "evaluations"), name)


def outcomes(archive: Archive, campaign_id: str) -> Markup:
    """What became of proposals, in the order in which they were asked for."""
    row = archive.row("SELECT max(ordinal) AS last FROM proposals WHERE campaign_id = ?", (campaign_id,))
    last = max(1, (row["last"] or 0) if row is not None else 0)
    width = math.ceil(last / STRETCHES)
    found: dict[int, Counter[str]] = {}
    for counted in archive.rows(_STRETCHES, (campaign_id, width)):
        found.setdefault(counted["stretch"], Counter())[counted["verdict"]] += counted["n"]
    stretches = [Stretch(k * width, (k + 1) * width, tally) for k, tally in sorted(found.items())]
    name = "What became of proposals"
    return drawn(verdicts(stretches, name=name, x_name="proposals"), verdicts_table(stretches), name)


def failures(archive: Archive, campaign_id: str) -> list[Failures]:
    """Why the latest candidates that failed did, most frequent verdicts first."""
    found: dict[str, Counter[str]] = {}
    for row in archive.rows(_REASONS, (campaign_id, LATEST)):
        found.setdefault(row["verdict"], Counter())[_reason(row["reason"])] += 1
    ordered = sorted(found.items(), key=lambda pair: (-pair[1].total(), pair[0]))
    return [
        Failures(verdict, reasons.total(), tuple(sorted(reasons.items(), key=_frequent)[:MOST_REASONS]))
        for verdict, reasons in ordered
    ]


def _frequent(pair: tuple[str, int]) -> tuple[int, str]:
    return -pair[1], pair[0]


def _reason(text: str) -> str:
    """The first line, numbers left out: reasons that differ in them alone are one."""
    first = next((line.strip() for line in text.splitlines() if line.strip()), "no reason was told")
    short = _NUMBER.sub("…", first)
    return short if len(short) <= LONGEST_REASON else short[: LONGEST_REASON - 1] + "…"


def counts_of(archive: Archive, campaign_id: str) -> dict[str, Any]:
    """Proposals by what became of them, and evaluations."""
    counts: dict[str, Any] = CampaignHistory(archive, campaign_id).counts()
    del counts["last"]
    return counts
