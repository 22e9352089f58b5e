"""The archive as JSON under ``/api``: what the pages show, for programs. ``/api/openapi.json`` describes it."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute

from evolve.archive import asking, browse, cells, family, queries, standing, sums
from evolve.archive.choices import Choices
from evolve.archive.choices import choices as what_there_is
from evolve.archive.database import Archive
from evolve.archive.declared import spec_of
from evolve.archive.differences import difference
from evolve.archive.insights import LARGEST_PAGE, Insights, insights_of
from evolve.archive.records import find_candidate, find_candidate_id
from evolve.documents import without_nan
from evolve.rcbench import results
from evolve.web import compared
from evolve.web.site import OurArchive, OurSite

Reading = Callable[[Request], Coroutine[Any, Any, Response]]


class _Plain(JSONResponse):
    """Numbers that JSON does not have become null."""

    def render(self, content: Any) -> bytes:
        return json.dumps(without_nan(content), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


class _Route(APIRoute):
    """Says in one sentence what cannot be had: 400 for what is not allowed, 404 for what is not there."""

    def get_route_handler(self) -> Reading:
        answer = super().get_route_handler()

        async def said(request: Request) -> Response:
            try:
                return await answer(request)
            except browse.BrowseError as error:
                return JSONResponse({"detail": str(error)}, 400)
            except (KeyError, results.RunNotFoundError) as error:
                return JSONResponse({"detail": str(error.args[0])}, 404)

        return said


@dataclass(frozen=True, slots=True)
class Said:
    """Why there is no answer, in one sentence."""

    detail: str


router = APIRouter(
    prefix="/api",
    route_class=_Route,
    default_response_class=_Plain,
    responses={400: {"model": Said, "description": "Not allowed"}, 404: {"model": Said, "description": "Not there"}},
)
Limit = Annotated[int, Query(ge=1, le=browse.LARGEST_PAGE, description="Rows at most.")]


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """A campaign and its totals; ``seconds`` of running time, ``created_at`` in Unix seconds."""

    campaign: str
    problem: str
    entry_point: str
    proposer: str
    seed: int
    state: str
    stop_reason: str
    proposals: int
    evaluations: int
    seconds: float
    usd: float
    winner: str | None
    trust: str
    comparison: str | None
    created_at: float


@dataclass(frozen=True, slots=True)
class CampaignDetail:
    """A campaign, what it was asked to do, and its final document once it is done."""

    summary: CampaignRow
    config: dict[str, Any]
    report: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """A comparison of proposers, and how many of its campaigns are done."""

    comparison: str
    problem: str
    entry_point: str
    proposers: list[str]
    repeats: int
    evaluations: int | None
    state: str
    stop_reason: str
    campaigns: int
    done: int
    created_at: float


@dataclass(frozen=True, slots=True)
class ComparisonDetail:
    """A comparison, each of its campaigns, and what can be said by now."""

    summary: ComparisonRow
    unit: str
    direction: str
    seed: int
    baselines: dict[str, float | None]
    proposers: list[compared.ComparedProposer]
    pairs: list[compared.ComparedPair]
    campaigns: list[compared.ComparedCampaign]


@dataclass(frozen=True, slots=True)
class Ranked:
    """An evaluation among the best of a problem."""

    candidate: str
    campaign: str | None
    problem: str
    entry_point: str
    split: str
    verdict: str
    stage: str
    score: float
    confidence: list[float] | None
    trust: str
    origin: str


@dataclass(frozen=True, slots=True)
class ProposalDetail:
    """A proposal that is over, and the calls to models that were made for it."""

    proposal: browse.Listed
    calls: tuple[asking.AskedCall, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """Lines of a unified diff between two candidates."""

    one: str
    other: str
    diff: list[str]


def campaign_called(archive: OurArchive, campaign: str) -> str:
    """The id of the campaign that begins so."""
    found = queries.starting_with(archive, "campaigns", campaign)
    if len(found) != 1:
        raise KeyError(f"{'several campaigns begin' if found else 'no campaign begins'} with {campaign!r}")
    return found[0]


def candidate_called(archive: OurArchive, candidate: str) -> str:
    """The id of the candidate that begins so."""
    return find_candidate_id(archive, candidate)


ACampaign = Annotated[str, Depends(campaign_called)]
ACandidate = Annotated[str, Depends(candidate_called)]


@router.get("/campaigns")
def campaigns(archive: OurArchive, before: float | None = None, limit: Limit = 50) -> list[CampaignRow]:
    """Campaigns, the latest first; ``before`` a moment in Unix seconds, for older ones."""
    return [CampaignRow(**row) for row in queries.campaigns(archive, limit, before)]


@router.get("/campaigns/{campaign}")
def campaign(archive: OurArchive, id: ACampaign) -> CampaignDetail:
    """A campaign by the beginning of its id."""
    row = archive.row("SELECT config, report FROM campaigns WHERE id = ?", (id,))
    assert row is not None
    return CampaignDetail(
        CampaignRow(**queries.summary(archive, id)),
        json.loads(row["config"]),
        json.loads(row["report"]) if row["report"] else None,
    )


@router.get("/campaigns/{campaign}/course")
def course(archive: OurArchive, id: ACampaign) -> sums.Course:
    """Best so far, verdicts and spending over its proposals; islands, operators and models; baselines."""
    return sums.course(archive, id)


@router.get("/campaigns/{campaign}/cells")
def map_cells(archive: OurArchive, id: ACampaign, axis: Annotated[list[str] | None, Query()] = None) -> cells.Cells:
    """Its population as a map of kinds of programs (MAP-Elites); ``axis`` once for each trait."""
    return cells.cells(archive, id, tuple(axis or ()))


@router.get("/campaigns/{campaign}/insights")
def insights(archive: OurArchive, id: ACampaign, containing: str = "", limit: Limit = 20) -> list[asking.AskedCall]:
    """Summaries of what its proposals had taught, the latest first; those with a text in them."""
    return list(asking.insights(archive, id, limit, containing))


@router.get("/insights")
def all_insights(
    archive: OurArchive,
    search: str | None = None,
    problem: str | None = None,
    campaign: str | None = None,
    before: Annotated[int | None, Query(description="`before` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="Rows at most.")] = 20,
) -> Insights:
    """What models summed up of all campaigns, the latest first; searched as candidates are."""
    return insights_of(archive, search, problem, campaign, before, limit)


@router.get("/candidates")
def candidates(
    archive: OurArchive,
    wanted: Annotated[browse.Wanted, Depends()],
    after: Annotated[str | None, Query(description="`after` of the page before.")] = None,
    limit: Limit = 50,
) -> browse.Page:
    """Proposals that are over, page by page: filtered, sorted, searched."""
    return browse.page(archive, wanted, after, limit)


@router.get("/candidates/{candidate}")
def candidate(archive: OurArchive, id: ACandidate) -> dict[str, Any]:
    """A candidate by the beginning of its id: files, evaluations with feedback and stages, provenance."""
    return queries.show(archive, id)


@router.get("/candidates/{candidate}/family")
def relatives(
    archive: OurArchive, id: ACandidate, campaign: str | None = None, limit: Limit = queries.NEAREST
) -> family.Family:
    """Its ancestors and children as a graph, within one campaign."""
    return family.family(archive, id, None if campaign is None else campaign_called(archive, campaign), limit)


@router.get("/candidates/{candidate}/standings")
def standings(archive: OurArchive, id: ACandidate) -> list[standing.Standing]:
    """Its scores on each instance beside those of the published heuristics."""
    return list(standing.standings(archive, id))


@router.get("/proposals/{proposal}")
def proposal(archive: OurArchive, proposal: str) -> ProposalDetail:
    """A proposal that is over, by its whole id, with prompts and answers."""
    found = browse.of_proposal(archive, proposal)
    if found is None:
        raise KeyError(f"there is no proposal {proposal!r} that is over")
    return ProposalDetail(found, asking.calls(archive, proposal))


@router.get("/diff")
def diff(archive: OurArchive, one: str, other: str) -> Difference:
    """What differs between two candidates, by the beginnings of their ids."""
    first, second = find_candidate(archive, one), find_candidate(archive, other)
    return Difference(first.id, second.id, difference(first, second))


@router.get("/best")
def best(
    archive: OurArchive, problem: str, split: str = "validation", campaign: str | None = None, limit: Limit = 10
) -> list[Ranked]:
    """The best candidates of a problem on ``train`` or ``validation``."""
    if split not in ("train", "validation"):
        raise browse.BrowseError(f"split is {split!r}; allowed: train, validation")
    direction, trust = _declared(archive, problem)
    within = None if campaign is None else campaign_called(archive, campaign)
    rows = queries.best(archive, direction, problem, campaign=within, split=split, limit=limit, trust=trust)
    return [Ranked(**row) for row in rows]


def _declared(archive: Archive, problem: str) -> tuple[str, str]:
    spec = spec_of(archive, problem)
    if spec is None:
        raise KeyError(f"the problem {problem!r} is not found on this machine, so that it is not known what is better")
    return spec.objective.direction, spec.trust


@router.get("/comparisons")
def comparisons(archive: OurArchive, limit: Limit = 50) -> list[ComparisonRow]:
    """Comparisons of proposers, the latest first."""
    return [ComparisonRow(**row) for row in queries.comparisons(archive, limit)]


@router.get("/comparisons/{comparison}")
def comparison(site: OurSite, archive: OurArchive, comparison: str) -> ComparisonDetail:
    """A comparison by the beginning of its id; of one that is not done, what its campaigns say so far."""
    found = queries.starting_with(archive, "comparisons", comparison)
    if len(found) != 1:
        raise KeyError(f"{'several comparisons begin' if found else 'no comparison begins'} with {comparison!r}")
    document = site.documents.of(found[0])
    return ComparisonDetail(
        summary=ComparisonRow(**queries.comparison(archive, found[0])),
        unit=document["unit"],
        direction=document["direction"],
        seed=document["seed"],
        baselines=document["baselines"],
        proposers=compared.proposers(document),
        pairs=[compared.ComparedPair(**pair) for pair in document["pairs"]],
        campaigns=compared.campaigns(archive, document),
    )


@router.get("/choices")
def choices(archive: OurArchive) -> Choices:
    """What `/api/candidates` can be asked for: problems, campaigns, operators, models, verdicts."""
    return what_there_is(archive)


@router.get("/rcbench")
def rcbench(archive: OurArchive) -> list[results.RunResults]:
    """Runs of R-ConstraintBench with their answers, the oldest first."""
    return results.load(archive)


@router.get("/rcbench/{run}")
def rcbench_run(archive: OurArchive, run: str) -> results.RunResults:
    """A run by the beginning of its id."""
    (found,) = results.load(archive, [run])
    return found
