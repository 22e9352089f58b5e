"""What the page of a comparison shows, in two parts: numbers that change often, and pictures that do not."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from markupsafe import Markup

from evolve.archive import queries
from evolve.archive.database import Archive
from evolve.archive.sums import champions, evaluations_until
from evolve.charts.curve import Line, Point
from evolve.compare.report import document_of
from evolve.compare.store import find_plan
from evolve.report import ablation
from evolve.web.campaign_state import with_states
from evolve.web.compared import campaigns

KEPT = 16


class Documents:
    """What can be said of comparisons by now.

    Of one that is not done it takes a resampling for each point of each curve: it is kept until a campaign ends.
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._made = lru_cache(maxsize=KEPT)(self._make)

    def of(self, comparison: str) -> dict[str, Any]:
        """The document of :func:`evolve.compare.report.make_document`, which is not to be changed.

        Args:
            comparison: its whole id.
        """
        row = self._archive.row(
            "SELECT state || stop_reason || (SELECT coalesce(group_concat(k.campaign_id || c.state), '') "
            "FROM comparison_campaigns k JOIN campaigns c ON c.id = k.campaign_id WHERE k.comparison_id = ?1) AS stand "
            "FROM comparisons WHERE id = ?1",
            (comparison,),
        )
        assert row is not None
        return self._made(comparison, row["stand"])

    def _make(self, comparison: str, stand: str) -> dict[str, Any]:
        return document_of(self._archive, comparison)


def now(archive: Archive, document: dict[str, Any]) -> dict[str, Any]:
    """How far a comparison is, and each of its campaigns.

    Args:
        archive: that has it.
        document: of it.
    """
    comparison = document["comparison"]
    (one,) = with_states(archive, [queries.comparison(archive, comparison)], "comparison")
    rows = campaigns(archive, document)
    states = with_states(archive, [{"campaign": row.campaign, "state": row.state} for row in rows])
    return {
        "one": one,
        "document": document,
        "usd_bound": find_plan(archive, comparison).config.bounds.usd if "llm" in one["proposers"] else None,
        "rows": [(row, state["state"]) for row, state in zip(rows, states, strict=True)],
        "evaluations": sum(row.evaluations for row in rows),
        "seconds": sum(row.seconds for row in rows),
        "usd": sum(row.usd for row in rows),
        "tested": any(row.test is not None for row in rows),
    }


def pictures(archive: Archive, document: dict[str, Any]) -> dict[str, Any]:
    """What came of a comparison until now.

    Args:
        archive: that has it.
        document: of it.
    """
    lines = _under_way(archive, document)
    curves = ablation.curves(document, lines) if document["results"] or lines else Markup()
    return {"document": document, "curves": curves, "under_way": [line.name for line in lines]}


def _under_way(archive: Archive, document: dict[str, Any]) -> list[Line]:
    """Best so far of campaigns that have begun and are not among those the document tells of."""
    lines = []
    for row in queries.compared(archive, document["comparison"]):
        if row["state"] in ("not begun", "done"):
            continue
        found = champions(archive, row["campaign"], document["direction"])
        places = evaluations_until(archive, row["campaign"], [champion.ordinal for champion in found])
        points = [Point(place, champion.score) for place, champion in zip(places, found, strict=True)]
        lines.append(Line(f"{row['proposer']}, seed {row['seed']}", points, row["evaluations"]))
    return lines
