"""What the page of a campaign shows, in two parts: numbers that are cheap to read, and pictures that are not."""

from __future__ import annotations

import json
from typing import Any

from markupsafe import Markup

from evolve.archive import queries
from evolve.archive.asking import insights
from evolve.archive.database import Archive
from evolve.archive.declared import spec_of
from evolve.archive.sums import Block, Course, champions, course
from evolve.charts.curve import Line, Point, curve, curve_table
from evolve.charts.verdicts import Stretch, verdicts, verdicts_table
from evolve.web.campaign_state import with_state
from evolve.web.text import drawn

INSIGHTS, LONGEST_INSIGHT = 3, 4000
COLUMNS = 64
"""Of a picture: blocks of a course are put together until there are no more."""
STRETCHES = 32
"""Of time, in which evaluations per second are counted."""


def meaning(unit: str, direction: str) -> str:
    """The name of an axis of scores."""
    return f"{unit or 'score'}; {'less' if direction == 'min' else 'more'} is better"


def now(archive: Archive, campaign: str) -> dict[str, Any]:
    """How far a campaign is, and what it has found."""
    one = with_state(archive, queries.summary(archive, campaign))
    row = archive.row("SELECT config FROM campaigns WHERE id = ?", (campaign,))
    assert row is not None
    spec = spec_of(archive, one["problem"])
    found = champions(archive, campaign, "min" if spec is None else spec.objective.direction)
    seconds = one["seconds"] or 0.0
    return {
        "one": one,
        "unit": "" if spec is None else spec.objective.unit,
        "bounds": json.loads(row["config"])["bounds"],
        "best": found[-1] if found else None,
        "improvements": sum(champion.ordinal > 0 for champion in found),
        "rate": one["evaluations"] / seconds if seconds else None,
    }


def pictures(archive: Archive, campaign: str) -> dict[str, Any]:
    """How a campaign went."""
    found = course(archive, campaign)
    sign = 1.0 if found.direction == "min" else -1.0
    rivals = sorted((one for one in found.baselines if one.split == "validation"), key=lambda one: sign * one.score)
    parts = _together(found.blocks)
    return {
        "course": found,
        "curve": _curve(found, {one.name: one.score for one in rivals}),
        "verdicts": _verdicts(parts),
        "rates": _rates(parts),
        "spending": _spending(parts),
        "champions": tuple(reversed(found.champions[-20:])),
        "rivals": rivals,
        "moves": _moves(archive, campaign),
        "asks": any(arm.model for arm in found.arms),
        "insights": [call.answer[:LONGEST_INSIGHT] for call in insights(archive, campaign, INSIGHTS) if call.answer],
    }


def _together(blocks: tuple[Block, ...]) -> list[tuple[Block, ...]]:
    """Runs of consecutive blocks, no more than there are columns."""
    size = -(-len(blocks) // COLUMNS) or 1
    return [blocks[k : k + size] for k in range(0, len(blocks), size)]


def _curve(found: Course, rivals: dict[str, float]) -> Markup:
    name, x_name = "Best so far", "proposals"
    lines = [
        Line(
            "validation",
            [Point(max(0, one.ordinal), one.score, *(one.confidence or (None, None))) for one in found.champions],
        ),
        Line("train", _falling(found.blocks)),
    ]
    unit = meaning(found.unit, found.direction)
    until = float(found.blocks[-1].last) if found.blocks else None
    svg = curve(lines, rivals, name=name, x_name=x_name, y_name=unit, direction=found.direction, until=until)
    return drawn(svg, curve_table(lines, rivals, x_name), name)


def _falling(blocks: tuple[Block, ...]) -> list[Point]:
    """Best on ``train`` wherever it is another than before."""
    points: list[Point] = []
    for block in blocks:
        if block.best is not None and (not points or points[-1].y != block.best):
            points.append(Point(block.last, block.best))
    return points


def _verdicts(parts: list[tuple[Block, ...]]) -> Markup:
    name = "What became of proposals"
    stretches = []
    for part in parts:
        counts: dict[str, int] = {}
        for block in part:
            for verdict, count in block.verdicts.items():
                counts[verdict] = counts.get(verdict, 0) + count
        stretches.append(Stretch(part[0].first, part[-1].last + 1, counts))
    return drawn(verdicts(stretches, name=name, x_name="proposals"), verdicts_table(stretches), name)


def _rates(parts: list[tuple[Block, ...]]) -> Markup | None:
    """Over stretches of about equal time, as proposals end in bursts; a pause of the campaign is in there, too."""
    if not parts:
        return None
    began, stretch = parts[0][-1].ended_at, (parts[-1][-1].ended_at - parts[0][-1].ended_at) / STRETCHES
    points, first, count = [], parts[0][-1].last, 0
    for part in parts[1:]:
        count += sum(block.evaluations for block in part)
        seconds = part[-1].ended_at - began
        if seconds > 0 and seconds >= stretch:
            points.append(Point(first, count / seconds))
            began, first, count = part[-1].ended_at, part[-1].last, 0
    if len(points) < 2:
        return None
    name = "Evaluations per second"
    lines = [Line("per second", points)]
    svg = curve(
        lines, {}, name=name, x_name="proposals", y_name=name.lower(), direction="max", until=float(parts[-1][-1].last)
    )
    return drawn(svg, curve_table(lines, {}, "proposals"), name)


def _spending(parts: list[tuple[Block, ...]]) -> Markup | None:
    """All that was spent up to the end of each column."""
    spent, points = 0.0, []
    for part in parts:
        spent += sum(block.usd for block in part)
        points.append(Point(part[-1].last, spent))
    if not spent:
        return None
    name = "Spent on models, USD"
    lines = [Line("spent", points)]
    svg = curve(lines, {}, name=name, x_name="proposals", y_name="USD")
    return drawn(svg, curve_table(lines, {}, "proposals"), name)


def _moves(archive: Archive, campaign: str) -> dict[str, int]:
    """How often members migrated, an island began anew, and all of the population did."""
    rows = archive.rows(
        "SELECT kind, count(*) AS n FROM events WHERE campaign_id = ? AND kind IN ('migrated', 'reset', 'restarted') "
        "GROUP BY kind",
        (campaign,),
    )
    return {row["kind"]: row["n"] for row in rows}
