"""Insights of all campaigns: what models answered who were asked what a campaign's proposals had taught.

Their full text is filled by triggers as answers arrive (``m010_insights``), so that it is never behind.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from evolve.archive.browse import BrowseError, Wanted, excerpt, match_of, words_of
from evolve.archive.database import Archive
from evolve.proposers.llm.insights import read_summary, summary_number

LARGEST_PAGE = 100
_NEWEST = 1 << 62


@dataclass(frozen=True, slots=True)
class Insight:
    """What a model answered.

    Attributes:
        number: later ones are greater.
        campaign, problem: where it was learnt.
        summary: which of its campaign, from 1.
        model: that said it.
        answered_at: Unix seconds.
        text: the lessons, one a line.
        excerpt: the line that a search found; empty without one.
    """

    number: int
    campaign: str
    problem: str
    summary: int
    model: str
    answered_at: float | None
    text: str
    excerpt: str

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Insights:
    """Some of those that are wanted.

    Attributes:
        rows: the latest first.
        before: ``number`` below which there are more; None if these are the last ones.
    """

    rows: tuple[Insight, ...]
    before: int | None

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"rows": [row.as_json() for row in self.rows], "before": self.before}


def insights_of(
    archive: Archive, search: str | None = None, problem: str | None = None, campaign: str | None = None,
    before: int | None = None, limit: int = 20,
) -> Insights:  # fmt: skip
    """Insights that say so, the latest first.

    Args:
        archive: where.
        search: words, as in :class:`~evolve.archive.browse.Wanted`; None: whatever they say.
        problem: by whole name.
        campaign: by whole id.
        before: as the page before says.
        limit: at most so many, ``LARGEST_PAGE`` at most.

    Raises:
        BrowseError: one sentence.
    """
    if not 1 <= limit <= LARGEST_PAGE:
        raise BrowseError(f"limit is {limit}; allowed: 1 to {LARGEST_PAGE}")
    named = {"problem": problem, "campaign_id": campaign}
    asked = [f"{{{column}}} : {_phrase(value)}" for column, value in named.items() if value]
    asked += [f"{{answer}} : ({match_of(search)})"] if search else []
    rows = archive.rows(
        "SELECT insights.rowid AS number, insights.answer, insights.call_id, c.id, c.problem, l.model, l.settled_at "  # noqa: S608
        "FROM insights CROSS JOIN campaigns c ON c.id = insights.campaign_id LEFT JOIN llm_calls l "
        "ON l.proposal_id = insights.call_id AND l.state = 'answered' "
        f"WHERE {'insights MATCH :asked AND ' if asked else ''}insights.rowid < :before "
        "AND (:problem IS NULL OR c.problem = :problem) AND (:campaign IS NULL OR c.id = :campaign) "
        "ORDER BY insights.rowid DESC LIMIT :limit",
        {
            "asked": " AND ".join(asked), "before": _NEWEST if before is None else min(before, _NEWEST),
            "problem": problem, "campaign": campaign, "limit": limit + 1,
        },
    )  # fmt: skip
    words = words_of(search) if search else []
    found = tuple(
        Insight(
            number=row["number"],
            campaign=row["id"],
            problem=row["problem"],
            summary=summary_number(row["call_id"]),
            model=row["model"] or "",
            answered_at=row["settled_at"],
            text=text,
            # What a model thought before it answered is found as well.
            excerpt=excerpt(text, words) or excerpt(row["answer"] or "", words),
        )
        for row in rows[:limit]
        for text in [read_summary(row["answer"] or "")]
    )
    return Insights(found, found[-1].number if len(rows) > limit else None)


def beside(archive: Archive, wanted: Wanted, limit: int) -> Insights:
    """Those that answer a search among proposals as well; none where it asks for what only a proposal has."""
    if not wanted.search or wanted != Wanted(wanted.problem, wanted.campaign, search=wanted.search, sort=wanted.sort):
        return Insights((), None)
    return insights_of(archive, wanted.search, wanted.problem, wanted.campaign, limit=limit)


def _phrase(text: str) -> str:
    """Words in this order, for SQLite's full-text search."""
    return '"{}"'.format(text.replace('"', " ").replace("\0", " "))
