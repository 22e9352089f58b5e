"""A winner: its program, where it came from, and what speed-up to expect of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from evolve.archive import Archive, queries
from evolve.charts.lineage import Node, lineage, lineage_table
from evolve.charts.numbers import number
from evolve.charts.speedup import speed_up, speed_up_table
from evolve.web.text import drawn

if TYPE_CHECKING:
    from markupsafe import Markup

NEAREST = 60
"""Ancestors that are drawn."""
SHORT = 8
"""Digits of an id."""


def family_of(archive: Archive, winner: Mapping[str, Any], campaign_id: str) -> list[dict[str, Any]]:
    """The winner and its nearest ancestors."""
    return queries.lineage(archive, winner["candidate"], campaign_id, limit=NEAREST)


def family_tree(family: Sequence[Mapping[str, Any]]) -> Markup | None:
    """Who came from whom; None of a program that came from nobody."""
    if len(family) < 2:
        return None
    nodes = [
        Node(
            one["candidate"], one["parents"], one["candidate"][:SHORT], one["score"], one["operator"],
            marked=one["generation"] == 0,
        )
        for one in reversed(family)
    ]  # fmt: skip
    name = "Where the winner came from: ancestors and their scores on train"
    return drawn(lineage(nodes, name=name), lineage_table(nodes), name)


def speed_up_of(archive: Archive, winner: Mapping[str, Any], campaign_id: str) -> Markup | None:
    """What speed-up its work and span grant on how many cores; None of what is no parallel kernel."""
    found = [
        evaluation
        for evaluation in queries.show(archive, winner["candidate"])["evaluations"]
        if evaluation["speedup"] is not None and evaluation["campaign"] in (campaign_id, None)
    ]
    if not found:
        return None
    best = min(found, key=lambda evaluation: (evaluation["campaign"] is None, evaluation["split"] != "validation"))
    told = best["speedup"]
    name = f"Speed-up by cores, as judged on {best['split']} (parallelism {number(told['parallelism'])})"
    return drawn(speed_up(told, name=name), speed_up_table(told), name)
