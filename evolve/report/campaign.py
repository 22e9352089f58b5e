"""The report of a campaign."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from evaluators.declaration import EntryPoint
from evolve.archive import Archive, queries
from evolve.archive.arms import arms
from evolve.archive.declared import spec_of
from evolve.archive.sums import baselines_of
from evolve.campaign.config import CampaignConfig
from evolve.campaign.history import CampaignHistory, winner_document
from evolve.charts.numbers import interval, number
from evolve.compare.report import document_of
from evolve.report import ablation, course, models, reproduction, standing, winner
from evolve.report.explanation import explain
from evolve.report.pages import ReportError, page
from evolve.web.text import code_lines

TRUSTED = "trusted"


def campaign_report(archive: Archive, campaign_id: str, explanation: str | None = None) -> str:
    """The file.

    Args:
        archive: that has the campaign.
        campaign_id: its whole id.
        explanation: what is to be said of the winner in plain words, or None.

    Raises:
        ReportError: if nothing of it has been judged yet.
    """
    row = archive.row("SELECT * FROM campaigns WHERE id = ?", (campaign_id,))
    assert row is not None
    campaign = dict(row)
    summary = queries.summary(archive, campaign_id)
    document: Mapping[str, Any] = json.loads(campaign["report"]) if campaign["report"] else {}
    spec = spec_of(archive, campaign["problem"])
    test = document.get("test")
    unit, direction = _objective(campaign, spec, test)
    if not summary["evaluations"] and not document:
        raise ReportError(f"{archive.path}: campaign {campaign_id} has judged nothing yet: there is nothing to report")
    entry = next((e for e in spec.entry_points if e.name == campaign["entry_point"]), None) if spec else None
    history = CampaignHistory(archive, campaign_id)
    best = document["winner"] if document else _leader(history, entry, direction)
    family = winner.family_of(archive, best, campaign_id) if best else []
    passed = bool(test and test["verdict"] == "ok")
    config = CampaignConfig.from_json(json.loads(campaign["config"]))
    rows = standing.standings(test, spec) if test and passed else []
    every = int((config.llm or {}).get("distill", 0))
    return page(
        "campaign.html.j2",
        {
            "campaign": campaign,
            "summary": summary,
            "document": document,
            "spec": spec,
            "entry": entry,
            "unit": unit,
            "direction": direction,
            "trusted": campaign["trust"] in (TRUSTED, None),
            "config": config,
            "bounds": _spent(archive, campaign, config, summary),
            "arms": arms(archive, campaign_id, direction),
            "learnt": models.learnt(archive, campaign_id, every),
            "spending": models.spending(archive, campaign_id, every) if summary["usd"] else None,
            "curve": course.best_so_far(
                archive, campaign_id, _baselines(archive, campaign, document), unit, direction, summary["evaluations"],
            ),
            "counts": course.counts_of(archive, campaign_id),
            "outcomes": course.outcomes(archive, campaign_id),
            "failures": course.failures(archive, campaign_id),
            "latest": course.LATEST,
            "winner": best,
            "code": code_lines(best["source"], best.get("language", "python")) if best else (),
            "explanation": (
                explain(archive, campaign_id, best["proposal"], family, direction, explanation) if best else None
            ),
            "tree": winner.family_tree(family),
            "speed_up": winner.speed_up_of(archive, best, campaign_id) if best else None,
            "test": test,
            "standings": rows,
            "standings_chart": standing.standings_chart(rows, unit) if rows else None,
            "headline": _headline(rows, test, campaign["entry_point"]) if test and passed else "",
            "comparisons": [
                {"document": found, "curves": ablation.curves(found)}
                for found in _compared(archive, campaign)
            ],
            "facts": reproduction.facts(archive, campaign, best),
            "machine": reproduction.machine(archive, campaign),
            "steps": reproduction.steps(archive, campaign, best),
            "campaign_file": reproduction.campaign_file(config, [seed.id for seed in history.seeds()]),
            "campaign_file_name": reproduction.CAMPAIGN_FILE,
            "archive_name": archive.path.name,
        },
    )  # fmt: skip


def _leader(history: CampaignHistory, entry: EntryPoint | None, direction: str) -> dict[str, Any] | None:
    """Who would win if a campaign on its way were over now."""
    row = history.best_validated(direction, audited=True)
    return None if row is None or entry is None else winner_document(row, entry.name, entry.file)


def _baselines(
    archive: Archive, campaign: Mapping[str, Any], document: Mapping[str, Any]
) -> Mapping[str, float | None]:
    """Scores on ``validation``: those of its final document, or before there is one, as judged until now."""
    if document:
        told: Mapping[str, float | None] = document.get("baselines", {}).get("validation", {})
        return told
    judged = baselines_of(
        archive, campaign["problem"], campaign["problem_version"], campaign["entry_point"], campaign["environment"],
        ("validation",),
    )  # fmt: skip
    return {one.name: one.score for one in judged}


def _objective(campaign: Mapping[str, Any], spec: Any, test: Mapping[str, Any] | None) -> tuple[str, str]:
    """Unit and direction of scores, from whatever still knows them."""
    if test is not None:
        return test["unit"], test["direction"]
    if spec is not None:
        return spec.objective.unit, spec.objective.direction
    raise ReportError(
        f"campaign {campaign['id']} was not judged on test, and its problem {campaign['problem']} is not on this "
        "machine: which scores are better cannot be told"
    )


def _spent(
    archive: Archive, campaign: Mapping[str, Any], config: CampaignConfig, summary: Mapping[str, Any]
) -> list[tuple[str, float | None, float]]:
    """What was bounded, by how much, and what was used of it."""
    row = archive.row(
        # What was sent and never answered counts as what was set aside for it, as against the bound.
        "SELECT coalesce(sum(CASE state WHEN 'answered' THEN prompt_tokens + completion_tokens "
        "WHEN 'refused' THEN 0 ELSE reserved_tokens END), 0) AS tokens FROM llm_calls WHERE campaign_id = ?",
        (campaign["id"],),
    )
    tokens = row["tokens"] if row is not None else 0
    told: list[tuple[str, float | None, float]] = [
        ("evaluations", config.bounds.evaluations, summary["evaluations"]),
        ("proposals", config.bounds.proposals, summary["proposals"]),
        ("minutes", config.bounds.minutes, (summary["seconds"] or 0.0) / 60),
        ("USD", config.bounds.usd, summary["usd"]),
        ("tokens", config.bounds.tokens, tokens),
    ]
    return [one for one in told if one[1] is not None or one[2]]


def _headline(rows: list[standing.Standing], test: Mapping[str, Any], entry: str) -> str:
    """The result in a sentence or two."""
    mine = next(row for row in rows if row.versus is None)
    score = f"{number(mine.score)} {interval(*(mine.confidence or (None, None)))}".strip()
    better = "less" if test["direction"] == "min" else "more"
    said = f"On {test['n']} instances of test the winner has {score} ({test['unit']}, {better} is better)."
    told: set[str] = set()
    for key, what in (("paired_vs_best_baseline", f"of a {entry} function"), ("paired_vs_best_any", "of all")):
        versus = test.get(key)
        if versus is None or versus["baseline"] in told:
            continue
        told.add(versus["baseline"])
        said += (
            f" The best published heuristic {what}, {versus['baseline']}, has {number(versus['score'])}: paired by "
            f"instance the winner is {versus['comparison']}, by {number(versus['difference'])} "
            f"{interval(*versus['confidence'])}."
        )
    return said


def _compared(archive: Archive, campaign: Mapping[str, Any]) -> list[dict[str, Any]]:
    ids = ablation.comparisons_like(archive, campaign["problem"], campaign["problem_version"], campaign["entry_point"])
    return [found for found in (document_of(archive, one) for one in ids) if found["results"]]
