"""Proposers compared at equal budget: what a comparison on record says, as charts and rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from evolve.archive import Archive
from evolve.charts.curve import Line, Point, curve, curve_table
from evolve.web.text import drawn

if TYPE_CHECKING:
    from markupsafe import Markup


def comparisons_like(archive: Archive, problem: str, version: str, entry_point: str) -> list[str]:
    """Ids of comparisons on a version of a problem and one of its entry points, oldest first."""
    rows = archive.rows(
        "SELECT id FROM comparisons WHERE problem = ? AND problem_version = ? "
        "AND json_extract(plan, '$.entry_point') = ? ORDER BY created_at, id",
        (problem, version, entry_point),
    )
    return [row["id"] for row in rows]


def curves(document: Mapping[str, Any], under_way: Sequence[Line] = ()) -> Markup:
    """Best so far on ``validation``: a line a proposer, the median of its campaigns within its interval.

    Args:
        document: of :func:`evolve.compare.report.make_document`.
        under_way: campaigns that have begun and are not done, a line each.
    """
    grid, unit, direction = document["curves"]["evaluations"], document["unit"], document["direction"]
    lines = [
        Line(proposer, [Point(*at) for at in zip(grid, found["median"], found["low"], found["high"], strict=True)])
        for proposer, found in document["curves"]["proposers"].items()
    ]
    lines += under_way
    better = "less" if direction == "min" else "more"
    name = f"Best so far on validation by proposer: medians, {unit}, {better} is better"
    svg = curve(
        lines, document["baselines"], name=name, x_name="evaluations", y_name=unit, direction=direction,
        until=document["evaluations"],
    )  # fmt: skip
    return drawn(svg, curve_table(lines, document["baselines"], "evaluations"), name)
