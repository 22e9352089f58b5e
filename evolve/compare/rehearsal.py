"""A comparison rehearsed: how many campaigns and evaluations it is, and about how long it takes. Nothing is written."""

from __future__ import annotations

import statistics
import time
from typing import Any

from evaluators.baselines import baselines
from evaluators.cascade import Evaluator
from evolve.archive import Archive
from evolve.campaign.dry import Checked
from evolve.campaign.parlay import parlaylib_of
from evolve.compare.plan import Plan
from evolve.compare.store import ComparisonStore


def dry_run(plan: Plan, archive: Archive, found: Checked) -> dict[str, Any]:
    """What a comparison would do.

    Args:
        plan: of it.
        archive: which may hold some of its campaigns, and others that tell how long one takes.
        found: what checking its campaigns found.
    """
    store = ComparisonStore(archive, plan)
    done = [(cell.proposer, cell.repeat) for cell in store.cells() if cell.state == "done"]
    rates = {proposer: _seconds_an_evaluation(plan, proposer, archive) for proposer in plan.proposers}
    sources = {proposer: "earlier campaigns" for proposer, rate in rates.items() if rate is not None}
    if any(rate is None and proposer != "llm" for proposer, rate in rates.items()):
        timed = _timed(plan, found)
        for proposer in plan.proposers:
            if rates[proposer] is None and proposer != "llm" and timed is not None:
                rates[proposer], sources[proposer] = timed, "a baseline, timed just now"
    left = [proposer for proposer, repeat in plan.order() if (proposer, repeat) not in done]
    seconds = [rate * plan.evaluations for rate in (rates[proposer] for proposer in left) if rate is not None]
    return {
        "comparison": plan.id,
        "problem": plan.problem,
        "problem_version": plan.problem_version,
        "entry_point": plan.entry_point,
        "proposers": list(plan.proposers),
        "repeats": plan.repeats,
        "seed": plan.config.seed,
        "workers": plan.config.workers,
        "sandbox": found.pool.capabilities.backend,
        "campaigns": len(plan.proposers) * plan.repeats,
        "campaigns_done": len(done),
        "evaluations_each": plan.evaluations,
        "evaluations": len(plan.proposers) * plan.repeats * plan.evaluations,
        "usd_at_most": plan.config.bounds.usd * plan.repeats if plan.config.bounds.usd is not None else None,
        # Of the search alone, for what is left to do; null if it cannot be told of every proposer.
        "minutes": round(sum(seconds) / 60, 2) if len(seconds) == len(left) else None,
        "minutes_estimated_from": sources,
    }


def _seconds_an_evaluation(plan: Plan, proposer: str, archive: Archive) -> float | None:
    """Seconds of running time for each evaluation, median of the last campaigns of this kind; None without any."""
    rows = archive.rows(
        "SELECT c.active_seconds AS seconds, (SELECT sum(evaluations) FROM proposals p WHERE p.campaign_id = c.id) "
        "AS evaluations FROM campaigns c WHERE c.problem_version = ? AND c.entry_point = ? AND c.proposer = ? "
        "AND json_extract(c.config, '$.workers') = ? AND c.state = 'done' ORDER BY c.created_at DESC LIMIT 20",
        (plan.problem_version, plan.entry_point, proposer, plan.config.workers),
    )
    rates = [row["seconds"] / row["evaluations"] for row in rows if row["evaluations"]]
    return statistics.median(rates) if rates else None


def _timed(plan: Plan, found: Checked) -> float | None:
    """Seconds for each evaluation, told by judging one published heuristic on ``train``; None if there is none."""
    known = baselines(found.problem.spec, found.entry)
    if not known:
        return None
    evaluator = Evaluator(found.problem, found.pool, found.entry, parlaylib_of(plan.config))
    started = time.monotonic()
    evaluator.evaluate(next(iter(known.values())), "train")
    return (time.monotonic() - started) / plan.config.workers
