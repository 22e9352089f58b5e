"""A comparison as plain values, for its page and as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from evolve.archive import queries
from evolve.archive.database import Archive
from evolve.archive.sums import champions


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Median over campaigns of the best so far after some evaluations, with its 95 % interval."""

    evaluations: int
    median: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class ComparedProposer:
    """What a proposer brought: over its campaigns that are done, the median of winners' scores and their quartiles.

    Attributes:
        proposer: whose.
        campaigns: of it that are done.
        median, quartiles: on ``validation``; null where it cannot be told.
        without_winner: campaigns without one, which count as the worst.
        test: part of ``test`` -> median; empty if nothing was judged there.
        evaluations, seconds, usd: medians of campaigns.
        curve: best so far on ``validation``.
    """

    proposer: str
    campaigns: int
    median: float | None
    quartiles: list[float | None]
    without_winner: int
    test: dict[str, float | None]
    evaluations: float
    seconds: float
    usd: float
    curve: list[CurvePoint]


@dataclass(frozen=True, slots=True)
class ComparedPair:
    """Two proposers: difference of medians with its 95 % interval, and the rank test.

    Attributes:
        first, second: which.
        difference, confidence: of the first less the second, in the unit of the score.
        u, p, p_holm: of Mann and Whitney's test, and adjusted for all pairs.
        a12, cliffs_delta: how probably a campaign of the first does better than one of the second, and 2 a12 - 1.
        magnitude: of the effect in a word.
        comparison: ``better``, ``worse`` or ``indistinguishable``: what the first is.
    """

    first: str
    second: str
    difference: float | None
    confidence: list[float | None]
    u: float
    p: float
    p_holm: float
    a12: float
    cliffs_delta: float
    magnitude: str
    comparison: str


@dataclass(frozen=True, slots=True)
class ComparedCampaign:
    """A campaign of a comparison.

    Attributes:
        campaign: its id, which it has before it begins.
        proposer, repeat, seed: its place in the comparison; repeats count from 0.
        state: ``not begun``, or that of the campaign.
        stop_reason: why it ended.
        evaluations, seconds, usd: until now.
        winner: id of the candidate; None without one, or while the campaign is under way.
        validation: score of the winner, or of the best so far.
        test: score of the winner on all of ``test``; None if it was not judged there.
    """

    campaign: str
    proposer: str
    repeat: int
    seed: int
    state: str
    stop_reason: str
    evaluations: int
    seconds: float
    usd: float
    winner: str | None
    validation: float | None
    test: float | None


def proposers(document: dict[str, Any]) -> list[ComparedProposer]:
    """Those of which a campaign is done.

    Args:
        document: of :func:`evolve.compare.report.make_document`.
    """
    grid, curves = document["curves"]["evaluations"], document["curves"]["proposers"]
    kept = ("proposer", "campaigns", "median", "quartiles", "without_winner", "evaluations", "seconds", "usd")
    return [
        ComparedProposer(
            **{key: result[key] for key in kept},
            test={part: spread["median"] for part, spread in (result["test"] or {}).items()},
            curve=[CurvePoint(*at) for at in zip(grid, line["median"], line["low"], line["high"], strict=True)],
        )
        for result in document["results"]
        for line in (curves[result["proposer"]],)
    ]


def campaigns(archive: Archive, document: dict[str, Any]) -> list[ComparedCampaign]:
    """The campaigns of a comparison as they are now.

    Args:
        archive: that has it.
        document: of the comparison.
    """
    ended = {one["campaign"]: one for one in document["campaigns"] if "validation" in one}
    found = []
    for row in queries.compared(archive, document["comparison"]):
        told = ended.get(row["campaign"])
        if told is not None:
            score, test = told["validation"], told["test"].get("all")
        else:
            best = champions(archive, row["campaign"], document["direction"])
            score, test = best[-1].score if best else None, None
        found.append(ComparedCampaign(**row, validation=score, test=test))
    return found
