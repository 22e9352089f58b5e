"""The document of a comparison, made from what is on record of the campaigns that are done."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np

from evolve.archive import Archive
from evolve.campaign.history import CampaignHistory
from evolve.compare.plan import Plan
from evolve.compare.statistics import finite, median_difference, median_interval, quantile, rank_test, told_apart
from evolve.compare.store import Cell, ComparisonStore, find_plan
from evolve.rcbench.report.paired import holm

GRID = 40
"""Steps of evaluations in a curve."""


def make_document(store: ComparisonStore, state: str, reason: str) -> dict[str, Any]:
    """All that can be said by now.

    Args:
        store: of the comparison.
        state: ``done`` or ``stopped``.
        reason: why it was stopped.
    """
    plan, cells = store.plan, store.cells()
    finished = {p: [c for c in cells if c.proposer == p and c.report is not None] for p in plan.proposers}
    grid = np.unique(np.rint(np.linspace(0, plan.evaluations, GRID + 1)).astype(int))
    reports = [c.report for c in cells if c.report is not None]
    return {
        "comparison": store.id,
        "state": state,
        "stop_reason": reason,
        "archive": str(store.archive.path),
        "problem": plan.problem,
        "problem_version": plan.problem_version,
        "trust": reports[0].get("trust", "trusted") if reports else None,
        "entry_point": plan.entry_point,
        "unit": plan.unit,
        "direction": plan.direction,
        "proposers": list(plan.proposers),
        "repeats": plan.repeats,
        "evaluations": plan.evaluations,
        "seed": plan.config.seed,
        "test": plan.test,
        "environments": sorted({report["environment"] for report in reports}),
        "baselines": reports[0]["baselines"]["validation"] if reports else {},
        "results": [_result(plan, p, finished[p]) for p in plan.proposers if finished[p]],
        "curves": {
            "evaluations": grid.tolist(),
            "proposers": {p: _curve(store, finished[p], grid) for p in plan.proposers if finished[p]},
        },
        "pairs": _pairs(plan, {p: _costs(plan, done) for p, done in finished.items() if done}),
        "campaigns": [_campaign(cell) for cell in cells],
    }


def document_of(archive: Archive, comparison: str) -> dict[str, Any]:
    """The final document of a comparison; of one that is not done, what its campaigns say so far.

    Args:
        archive: that has it.
        comparison: its whole id.
    """
    row = archive.row("SELECT state, stop_reason, report FROM comparisons WHERE id = ?", (comparison,))
    assert row is not None
    if row["state"] == "done":
        document = dict(json.loads(row["report"]))
        for pair in document["pairs"]:  # earlier releases did not say it in words
            pair.setdefault("comparison", told_apart(pair["p_holm"], pair["a12"]).value)
        return document
    return make_document(ComparisonStore(archive, find_plan(archive, comparison)), row["state"], row["stop_reason"])


def _validation(cell: Cell) -> float | None:
    winner = cell.report["winner"] if cell.report is not None else None
    return None if winner is None else float(winner["validation"]["score"])


def _cost(plan: Plan, score: float | None) -> float:
    return np.inf if score is None else plan.sign * score


def _costs(plan: Plan, cells: Sequence[Cell]) -> np.ndarray:
    return np.array([_cost(plan, _validation(cell)) for cell in cells])


def _campaign(cell: Cell) -> dict[str, Any]:
    found: dict[str, Any] = {
        "campaign": cell.campaign_id,
        "proposer": cell.proposer,
        "repeat": cell.repeat,
        "seed": cell.seed,
        "state": cell.state or "not begun",
    }
    if cell.report is not None:
        winner = cell.report["winner"]
        found |= {
            "stop_reason": cell.report["stop_reason"],
            "evaluations": cell.report["counts"]["evaluations"],
            "seconds": cell.report["seconds"],
            "usd": cell.report["usd"],
            "winner": None if winner is None else winner["candidate"],
            "validation": _validation(cell),
            "test": _test_scores(cell),
        }
    return found


def _test_scores(cell: Cell) -> dict[str, float]:
    """Part of ``test`` (and ``all``) -> score; empty if the winner was not judged there or failed."""
    test = cell.report["test"] if cell.report is not None else None
    if not test or "parts" not in test:
        return {}
    return {"all": test["score"]} | {part: block["score"] for part, block in test["parts"].items()}


def _spread(plan: Plan, costs: np.ndarray) -> dict[str, Any]:
    quartiles = sorted(plan.sign * quantile(costs, share) for share in (0.25, 0.75))
    return {
        "median": finite(plan.sign * quantile(costs, 0.5)),
        "quartiles": [finite(value) for value in quartiles],
    }


def _result(plan: Plan, proposer: str, cells: Sequence[Cell]) -> dict[str, Any]:
    reports = [cell.report for cell in cells if cell.report is not None]
    tested = [_test_scores(cell) for cell in cells]
    parts = dict.fromkeys(part for scores in tested for part in scores)
    costs = _costs(plan, cells)
    return {
        "proposer": proposer,
        "campaigns": len(cells),
        # Without selection the winner is the best of that many programs that know nothing of one another.
        "best_of": plan.evaluations if proposer == "random" else None,
        **_spread(plan, costs),
        "without_winner": int(np.isinf(costs).sum()),
        "test": {part: _spread(plan, np.array([_cost(plan, scores.get(part)) for scores in tested])) for part in parts}
        or None,
        "stop_reasons": dict(Counter(report["stop_reason"] for report in reports)),
        "evaluations": float(np.median([report["counts"]["evaluations"] for report in reports])),
        "seconds": float(np.median([report["seconds"] for report in reports])),
        "usd": float(np.median([report["usd"] for report in reports])),
    }


def _curve(store: ComparisonStore, cells: Sequence[Cell], grid: np.ndarray) -> dict[str, Any]:
    """Best so far on validation at each number of evaluations in ``grid``: median over campaigns, and its interval.

    Score is null where half of the campaigns (or of too many resamples) have no champion yet.
    """
    sign = store.plan.sign
    costs = np.full((len(cells), len(grid)), np.inf)
    for row, cell in zip(costs, cells, strict=True):
        for champion in CampaignHistory(store.archive, cell.campaign_id).champions():
            np.minimum(row, sign * champion["validation"], out=row, where=grid >= champion["evaluations"])
    limits = np.sort(sign * np.array([median_interval(column) for column in costs.T]), axis=1)
    return {
        "median": [finite(sign * value) for value in np.median(costs, axis=0)],
        "low": [finite(value) for value in limits[:, 0]],
        "high": [finite(value) for value in limits[:, 1]],
    }


def _pairs(plan: Plan, costs: dict[str, np.ndarray]) -> list[dict[str, Any]]:
    pairs = list(combinations(costs, 2))
    tests = [rank_test(costs[one], costs[other]) for one, other in pairs]
    adjusted = holm([test.p for test in tests])
    found = []
    for (one, other), test, p in zip(pairs, tests, adjusted, strict=True):
        difference, limits = median_difference(costs[one], costs[other])
        scores = [None if value is None else plan.sign * value for value in (difference, *limits)]
        confidence = scores[1:] if plan.sign > 0 else scores[:0:-1]
        found.append(
            {
                "first": one,
                "second": other,
                "difference": scores[0],
                "confidence": confidence,
                "u": test.u,
                "p": test.p,
                "p_holm": p,
                "a12": test.a12,
                "cliffs_delta": test.cliffs_delta,
                "magnitude": test.magnitude,
                "comparison": told_apart(p, test.a12).value,
            }
        )
    return found
