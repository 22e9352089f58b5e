"""The family of a candidate as a graph: its ancestors, and who is whose child."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from evolve.archive import queries
from evolve.archive.database import Archive

CHILDREN = 50
"""Of a candidate, that are told: the best parents have thousands."""


@dataclass(frozen=True, slots=True)
class Relative:
    """A candidate in a family.

    Attributes:
        candidate: its id.
        distance: generations between it and whose family it is; below 0 for its children.
        ordinal: of the proposal that first brought it.
        operator: that made it.
        verdict: of that proposal.
        score: on ``train``, or None.
        parents: ids, also of those that are not in the graph.
    """

    candidate: str
    distance: int
    ordinal: int
    operator: str
    verdict: str
    score: float | None
    parents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Family:
    """A graph of candidates.

    Attributes:
        candidate: whose family it is.
        campaign: in which they were bred; None if no campaign proposed it.
        relatives: itself first, then ancestors, nearest first, then children.
        edges: (parent, child), both among the relatives.
        whole: whether all ancestors are there.
    """

    candidate: str
    campaign: str | None
    relatives: tuple[Relative, ...]
    edges: tuple[tuple[str, str], ...]
    whole: bool

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def family(
    archive: Archive, candidate_id: str, campaign: str | None = None, limit: int = queries.NEAREST, depth: int = 20
) -> Family:
    """The family of a candidate within a campaign.

    Args:
        archive: where.
        candidate_id: whole id.
        campaign: id of it; None: the first that proposed the candidate.
        limit: ancestors, the nearest; itself included.
        depth: generations to go back.
    """
    row = archive.row(
        "SELECT campaign_id FROM proposals WHERE candidate_id = ?1 AND (?2 IS NULL OR +campaign_id = ?2) "
        "ORDER BY rowid LIMIT 1",
        (candidate_id, campaign),
    )
    if row is None:
        return Family(candidate_id, None, (), (), True)
    found = queries.lineage(archive, candidate_id, row["campaign_id"], depth, limit)
    verdicts = _verdicts(archive, row["campaign_id"], [one["ordinal"] for one in found])
    relatives = [
        Relative(
            one["candidate"], one["generation"], one["ordinal"], one["operator"], verdicts.get(one["ordinal"], ""),
            one["score"], tuple(one["parents"]),
        )
        for one in found
    ]  # fmt: skip
    known = {one.candidate for one in relatives}
    whole = all(parent in known for one in relatives for parent in one.parents)
    relatives += [one for one in _children(archive, candidate_id, row["campaign_id"]) if one.candidate not in known]
    known |= {one.candidate for one in relatives}
    edges = [(parent, one.candidate) for one in relatives for parent in one.parents if parent in known]
    return Family(candidate_id, row["campaign_id"], tuple(relatives), tuple(edges), whole)


def _verdicts(archive: Archive, campaign: str, ordinals: list[int]) -> dict[int, str]:
    rows = archive.rows(
        "SELECT p.ordinal, p.verdict FROM json_each(?1) j CROSS JOIN proposals p ON p.campaign_id = ?2 "
        "AND p.ordinal = j.value",
        (json.dumps(ordinals), campaign),
    )
    return {row["ordinal"]: row["verdict"] for row in rows}


def _children(archive: Archive, candidate_id: str, campaign: str) -> list[Relative]:
    """Of the first that were bred from it, those that brought a candidate, each once."""
    found: dict[str, Relative] = {}
    for row in archive.rows(
        "SELECT p.id, p.candidate_id, p.ordinal, p.operator, p.verdict, p.score FROM (SELECT proposal_id FROM parents "
        "WHERE candidate_id = ?1 ORDER BY rowid LIMIT ?3) f CROSS JOIN proposals p ON p.id = f.proposal_id "
        "WHERE p.campaign_id = ?2 AND p.candidate_id IS NOT NULL AND p.status != 'duplicate'",
        (candidate_id, campaign, CHILDREN),
    ):
        parents = tuple(queries.parents(archive, row["id"]))
        one = Relative(row["candidate_id"], -1, row["ordinal"], row["operator"], row["verdict"], row["score"], parents)
        found.setdefault(one.candidate, one)
    return list(found.values())
