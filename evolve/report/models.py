"""What a campaign's models cost as it went on, and what they said its proposals had taught."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evolve.archive import Archive
from evolve.archive.insights import insights_of
from evolve.charts.curve import Line, Point, curve, curve_table
from evolve.report.course import STRETCHES
from evolve.web.text import drawn

if TYPE_CHECKING:
    from markupsafe import Markup

LONGEST_LESSON = 4000
"""Characters."""

_SPENT = (
    "SELECT (p.ordinal - 1) / ?2 AS stretch, sum(l.cost_nusd) AS nusd FROM proposals p "
    "CROSS JOIN llm_calls l ON l.proposal_id = p.id WHERE p.campaign_id = ?1 AND p.ordinal > 0 GROUP BY 1"
)
_SUMMARIES = (
    "SELECT CAST(substr(proposal_id, -6) AS INTEGER) AS number, cost_nusd FROM llm_calls "
    "WHERE proposal_id >= ?1 || '-insights-' AND proposal_id < ?1 || '-insights.'"
)


@dataclass(frozen=True, slots=True)
class Learnt:
    """The summaries a model was asked for.

    Attributes:
        calls: made for them, ``usd`` what these cost.
        after: proposals before the latest one.
        lessons: of the latest one, a line each; none if none was answered.
    """

    calls: int
    usd: float
    after: int
    lessons: tuple[str, ...]


def learnt(archive: Archive, campaign_id: str, every: int) -> Learnt | None:
    """What proposals had taught in the end; None if nobody was asked.

    Args:
        archive: that has the campaign.
        campaign_id: of it.
        every: proposals between two summaries.
    """
    rows = archive.rows(_SUMMARIES, (campaign_id,))
    if not rows:
        return None
    latest = insights_of(archive, campaign=campaign_id, limit=1).rows
    return Learnt(
        calls=len(rows),
        usd=sum(row["cost_nusd"] or 0 for row in rows) / 1e9,
        after=latest[0].summary * every if latest else 0,
        lessons=tuple(latest[0].text[:LONGEST_LESSON].splitlines()) if latest else (),
    )


def spending(archive: Archive, campaign_id: str, every: int) -> Markup | None:
    """All that was spent up to a proposal, summaries included; None if nothing was.

    Args:
        archive: that has the campaign.
        campaign_id: of it.
        every: proposals between two summaries.
    """
    row = archive.row("SELECT max(ordinal) AS last FROM proposals WHERE campaign_id = ?", (campaign_id,))
    last = max(1, (row["last"] or 0) if row is not None else 0)
    width = math.ceil(last / STRETCHES)
    found = {one["stretch"]: one["nusd"] or 0 for one in archive.rows(_SPENT, (campaign_id, width))}
    for one in archive.rows(_SUMMARIES, (campaign_id,)):
        stretch = min(one["number"] * every, last - 1) // width  # the proposal after those it sums up asked for it
        found[stretch] = found.get(stretch, 0) + (one["cost_nusd"] or 0)
    if not any(found.values()):
        return None
    spent, points = 0, [Point(0, 0.0)]
    for stretch in range(-(-last // width)):
        spent += found.get(stretch, 0)
        points.append(Point(min((stretch + 1) * width, last), spent / 1e9))
    name = "Spent on models, USD"
    lines = [Line("spent", points)]
    svg = curve(lines, {}, name=name, x_name="proposals", y_name="USD")
    return drawn(svg, curve_table(lines, {}, "proposals"), name)
