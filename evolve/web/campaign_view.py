"""What the page of a campaign shows, in two parts: numbers that are cheap to read, and pictures that are not."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from markupsafe import Markup

from evolve.archive import course, queries
from evolve.archive.arms import arms
from evolve.archive.database import Archive
from evolve.charts.curve import Line, Point, curve, curve_table
from evolve.charts.table import Table, figure
from evolve.charts.verdicts import Stretch, verdicts, verdicts_table
from evolve.web.campaign_state import with_states
from evolve.web.problems import Problems


def drawn(svg: str, table: Table, name: str) -> Markup:
    """A chart with its data below it."""
    return Markup(figure(svg, table, name))  # noqa: S704 - charts escape whatever they are given


def campaign_row(archive: Archive, campaign_id: str) -> sqlite3.Row | None:
    """All there is on record of a campaign itself."""
    return archive.row("SELECT * FROM campaigns WHERE id = ?", (campaign_id,))


def now(archive: Archive, problems: Problems, campaign_id: str) -> dict[str, Any]:
    """How far a campaign is, and what it has found."""
    (summary,) = with_states(archive, [queries.summary(archive, campaign_id)])
    row = campaign_row(archive, campaign_id)
    assert row is not None
    objective = problems.objective(summary["problem"])
    found = course.champions(archive, campaign_id, objective.direction)
    baselines = problems.baselines(row, "validation")
    seconds = summary["seconds"] or 0.0
    return {
        "one": summary,
        "objective": objective,
        "bounds": json.loads(row["config"])["bounds"],
        "best": found[-1] if found else None,
        "improvements": sum(one["ordinal"] > 0 for one in found),
        "baseline": baselines[0] if baselines else None,
        "rate": summary["evaluations"] / seconds if seconds else None,
        "seed": row["seed"],
    }


def pictures(archive: Archive, problems: Problems, campaign_id: str) -> dict[str, Any]:
    """How a campaign went."""
    row = campaign_row(archive, campaign_id)
    assert row is not None
    objective = problems.objective(row["problem"])
    found = course.champions(archive, campaign_id, objective.direction)
    parts = course.stretches(archive, campaign_id)
    last = parts[-1].last if parts else 0
    from evolve.proposers.registry import ASKING

    return {
        "curve": _curve(found, problems.baselines(row, "validation"), objective, last),
        "verdicts": _verdicts(parts),
        "sampled": any(one.share < 1 for one in parts[:-1]),
        "run": course.RUN,
        "rates": _rates(parts),
        "champions": list(reversed(found[-20:])),
        "improvements": len(found),
        "islands": course.islands(archive, campaign_id, objective.direction),
        "moves": course.moves(archive, campaign_id),
        "operators": course.operators(archive, campaign_id),
        "latest": course.LATEST,
        "arms": arms(archive, campaign_id, objective.direction) if row["proposer"] in ASKING else [],
        "calls": course.calls(archive, campaign_id),
    }


def _curve(found: list[dict[str, Any]], baselines: list[dict[str, Any]], objective: Any, last: int) -> Markup:
    name, x_name = "Best so far", "proposals"
    best = Line("best", [Point(one["ordinal"], one["score"], one["low"], one["high"]) for one in found])
    rivals = {one["name"]: one["score"] for one in baselines}
    unit = f"{objective.unit or objective.name}, {'less' if objective.direction == 'min' else 'more'} is better"
    svg = curve(
        [best], rivals, name=name, x_name=x_name, y_name=unit, direction=objective.direction, until=float(last)
    )  # fmt: skip
    return drawn(svg, curve_table([best], rivals, x_name), name)


def _verdicts(parts: list[course.Stretch]) -> Markup:
    name = "What became of proposals"
    shown = [
        # Of a stretch of which only some were looked at, as many as there would be if all are like these.
        Stretch(one.first, one.last + 1, {word: round(n / one.share) for word, n in one.outcomes.items()})
        for one in parts
        if one.seen
    ]
    return drawn(verdicts(shown, name=name, x_name="proposals"), verdicts_table(shown), name)


def _rates(parts: list[course.Stretch]) -> Markup | None:
    points = [Point(one.first, one.evaluations_per_second) for one in parts if one.evaluations_per_second is not None]
    if len(points) < 2:
        return None
    name = "Evaluations per second"
    line = Line("per second", points)
    svg = curve([line], {}, name=name, x_name="proposals", y_name="evaluations per second", until=float(parts[-1].last))
    return drawn(svg, curve_table([line], {}, "proposals"), name)
