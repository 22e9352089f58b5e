"""The population of a campaign as a map: a cell for each kind of program, the best of its kind in it (MAP-Elites).

A campaign with a grid is shown on its own axes. Any other population can be laid out along the same traits, to see
which kinds of programs it found.
"""

from __future__ import annotations

import bisect
import json
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from evaluators.declaration import Direction
from evolve.archive.browse import BrowseError
from evolve.archive.database import Archive
from evolve.archive.declared import spec_of
from evolve.campaign.config import CampaignConfig
from evolve.campaign.history import CampaignHistory
from evolve.proposers.base import Member
from evolve.selection.traits import USUAL_EDGES, Traits

_USUAL = ("length", "branches")


@dataclass(frozen=True, slots=True)
class GridAxis:
    """A trait and the values that part its cells, one cell more than there are values."""

    trait: str
    edges: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Elite:
    """Who lives in a cell.

    Attributes:
        cell: on each axis the number of edges its trait is not below.
        candidate: id.
        ordinal: of its proposal.
        score: mean on ``train``.
        validation: score, or None.
        traits: its value on each axis.
    """

    cell: tuple[int, ...]
    candidate: str
    ordinal: int
    score: float
    validation: float | None
    traits: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Cells:
    """A population on a grid.

    Attributes:
        campaign: its id.
        direction, unit: of the score.
        grid: whether the campaign keeps this grid; else its population is merely laid out on it.
        axes: one or more.
        elites: one a cell that is taken, by cell.
        members: of the population.
    """

    campaign: str
    direction: Direction
    unit: str
    grid: bool
    axes: tuple[GridAxis, ...]
    elites: tuple[Elite, ...]
    members: int

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def cells(archive: Archive, campaign_id: str, traits: tuple[str, ...] = ()) -> Cells:
    """Where the members of a campaign's population are on a grid.

    Args:
        archive: where.
        campaign_id: whole id.
        traits: the axes; empty: the campaign's own, else those its problem names, else length and branches.

    Raises:
        KeyError: if there is no such campaign.
        BrowseError: if a trait is not one that has edges; one sentence.
    """
    row = archive.row("SELECT problem, config FROM campaigns WHERE id = ?", (campaign_id,))
    if row is None:
        raise KeyError(campaign_id)
    settings = CampaignConfig.from_json(json.loads(row["config"])).population
    spec = spec_of(archive, row["problem"])
    own = dict(settings.axes) or {
        name: USUAL_EDGES[name] for name in (spec.descriptors if spec else ()) or _USUAL if name in USUAL_EDGES
    }
    known = {**USUAL_EDGES, **own}
    unknown = [name for name in traits if name not in known]
    if unknown:
        raise BrowseError(f"axis is {unknown[0]!r}; allowed: {', '.join(known)}")
    axes = tuple(GridAxis(name, tuple(known[name])) for name in (traits or tuple(own)))
    reading = _traits(archive, campaign_id)
    readers = [(reading.reader(axis.trait), axis.edges) for axis in axes]
    members = CampaignHistory(archive, campaign_id).members()
    direction: Direction = "min" if spec is None else spec.objective.direction
    sign = 1.0 if direction == "min" else -1.0
    best: dict[tuple[int, ...], tuple[Member, tuple[float, ...]]] = {}
    for member in members:
        values = tuple(read(member) for read, _ in readers)
        cell = tuple(bisect.bisect_right(edges, value) for value, (_, edges) in zip(values, readers, strict=True))
        if cell not in best or sign * member.score < sign * best[cell][0].score:
            best[cell] = member, values
    return Cells(
        campaign=campaign_id,
        direction=direction,
        unit="" if spec is None else spec.objective.unit,
        grid=settings.kind == "grid" and tuple(axis.trait for axis in axes) == tuple(own),
        axes=axes,
        elites=tuple(
            Elite(cell, one.candidate_id, one.ordinal, one.score, one.validation, values)
            for cell, (one, values) in sorted(best.items())
        ),
        members=len(members),
    )


def _traits(archive: Archive, campaign_id: str) -> Traits:
    """What can be told of its members, from the archive alone."""
    row = archive.row(
        "SELECT e.objectives, s.parts FROM evaluations e LEFT JOIN instance_sets s ON s.id = e.instance_set "
        "WHERE e.campaign_id = ? AND e.split = 'train' AND e.verdict = 'ok' ORDER BY e.rowid LIMIT 1",
        (campaign_id,),
    )
    if row is None:
        return Traits((), {}, {})
    parts = np.array(json.loads(row["parts"] or "[]"))
    places = {str(part): np.flatnonzero(parts == part) for part in np.unique(parts)}
    return Traits(tuple(json.loads(row["objectives"])), places, {})
