"""R-ConstraintBench: runs of contestants, how often they stay feasible, and their schedules."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from evolve.archive.database import Archive
from evolve.rcbench import results
from evolve.rcbench.report.gantt import Gantt
from evolve.rcbench.report.intervals import wilson
from evolve.rcbench.results import Answer, AnswerDetail, RunNotFoundError, RunResults
from evolve.web.formats import LONGEST_TEXT
from evolve.web.site import NotFoundError, OurArchive, OurSite

PER_PAGE = 100
Text = Annotated[str, Query(max_length=200)]
router = APIRouter(include_in_schema=False)


@router.get("/rcbench")
def runs(site: OurSite, archive: OurArchive) -> HTMLResponse:
    """All runs, the latest first."""
    rows = archive.rows(
        "SELECT r.*, (SELECT count(*) FROM rcbench_members m WHERE m.set_id = r.set_id) AS instances, "
        "count(DISTINCT a.instance_id) AS answered, count(DISTINCT CASE WHEN a.verdict = 'feasible' THEN a.instance_id "
        "END) AS feasible, coalesce(sum(a.cost_nusd), 0) / 1e9 AS usd, coalesce(sum(a.seconds), 0) AS seconds "
        "FROM rcbench_runs r LEFT JOIN rcbench_answers a ON a.run_id = r.id GROUP BY r.id ORDER BY r.created_at DESC"
    )
    return site.page("rcbench.html", {"runs": rows})


@router.get("/rcbench/{run}")
def run(
    site: OurSite, archive: OurArchive, run: str, phase: Text = "", level: Text = "", verdict: Text = "",
    violated: Text = "", page: Annotated[int, Query(ge=1, le=10**6)] = 1,
) -> HTMLResponse:  # fmt: skip
    """One run: shares by phase and number of constraints, and those of its answers that are asked for."""
    found = _run(archive, run)
    judged = [answer for answer in found.answers if answer.verdict != "failed"]
    asked = {"phase": phase, "level": level, "verdict": verdict, "violated": violated}
    kept = {name: value for name, value in asked.items() if value}
    shown = [answer for answer in found.answers if _fits(answer, kept)]
    kinds = Counter(kind for answer in judged for kind in answer.kinds)
    context = {
        "run": found,
        "by_level": _by_level(judged),
        "phases": _by_phase(judged),
        "kinds": kinds.most_common(),
        "choices": {
            "phase": list(dict.fromkeys(answer.phase for answer in found.answers)),
            "level": [str(level) for level in sorted({answer.level for answer in found.answers})],
            "verdict": sorted({answer.verdict for answer in found.answers}),
            "violated": sorted(kinds),
        },
        "asked": asked,
        "count": len(shown),
        "answers": shown[(page - 1) * PER_PAGE : page * PER_PAGE],
        "before": urlencode(kept | {"page": page - 1}) if page > 1 else "",
        "next": urlencode(kept | {"page": page + 1}) if len(shown) > page * PER_PAGE else "",
    }
    return site.page("rcbench_run.html", context)


def _fits(answer: Answer, kept: dict[str, str]) -> bool:
    """Whether an answer is one of those asked for."""
    has = {
        "phase": (answer.phase,),
        "level": (str(answer.level),),
        "verdict": (answer.verdict,),
        "violated": answer.kinds,
    }
    return all(value in has[name] for name, value in kept.items())


@router.get("/rcbench/{run}/{instance}")
def answer(site: OurSite, archive: OurArchive, run: str, instance: str) -> HTMLResponse:
    """One answer: its schedule, and what is wrong with it."""
    found = _run(archive, run)
    detail = results.answer_of(archive, found.run_id, instance)
    if detail is None:
        raise NotFoundError(f"Run {found.run_id[:12]} has no answer on instance {instance}.")
    context = {
        "run": found,
        "detail": detail,
        "instance": results.instance_of(archive, instance),
        "text": detail.text[:LONGEST_TEXT],
        **_schedules(archive, instance, detail),
    }
    return site.page("rcbench_answer.html", context)


def _run(archive: Archive, prefix: str) -> RunResults:
    try:
        (found,) = results.load(archive, [prefix])
    except RunNotFoundError as error:
        raise NotFoundError(str(error)) from None
    return found


def _by_phase(answers: list[Answer]) -> list[dict[str, Any]]:
    rows = []
    for phase in dict.fromkeys(answer.phase for answer in answers):
        here = [answer for answer in answers if answer.phase == phase]
        feasible = sum(answer.verdict == "feasible" for answer in here)
        share = wilson(feasible, len(here))
        rows.append({"phase": phase, "answered": len(here), "feasible": feasible, "share": share})
    return rows


def _by_level(answers: list[Answer]) -> dict[str, Any]:
    """Feasible schedules of those answered, by phase and number of precedences; and their share in tenths."""
    levels = sorted({answer.level for answer in answers})
    counts = Counter((answer.phase, answer.level) for answer in answers)
    feasible = Counter((answer.phase, answer.level) for answer in answers if answer.verdict == "feasible")
    rows = [
        {
            "phase": phase,
            "cells": [
                {
                    "level": level,
                    "feasible": feasible[phase, level],
                    "answered": n,
                    "share": 10 * feasible[phase, level] // n,
                }
                if (n := counts[phase, level])
                else None
                for level in levels
            ],
        }
        for phase in dict.fromkeys(answer.phase for answer in answers)
    ]
    return {"levels": levels, "rows": rows}


def _schedules(archive: Archive, instance_id: str, detail: AnswerDetail) -> dict[str, Any]:
    """Drawings of the answer and of the schedule that the instance was made by."""
    witness = results.witness_of(archive, instance_id)
    gantt = Gantt(results.instance_of(archive, instance_id), [witness, detail.schedule])

    def drawing(svg: str) -> Markup:
        return Markup(svg)  # noqa: S704 - what came from elsewhere has been escaped in it

    return {
        "shared": drawing(gantt.shared()),
        "drawing": drawing(gantt.draw(detail.schedule, detail.violations)) if detail.schedule else None,
        "witness": drawing(gantt.draw(witness, ())),
    }
