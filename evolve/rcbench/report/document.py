"""The report as one JSON document, from which terminal, page, tables and figures are made."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from evaluators.rconstraintbench import TITLE
from evaluators.rconstraintbench.model import ABLATIONS, PHASES
from evolve.rcbench.report import curves
from evolve.rcbench.report.errors import errors
from evolve.rcbench.report.interaction import NEEDED, interaction
from evolve.rcbench.report.intervals import Estimate, Outcomes, wilson
from evolve.rcbench.report.paired import compare, holm
from evolve.rcbench.results import VERDICTS, Answer, RunResults

FORMAT = "evolve-rcbench-report/1"
SIGNIFICANT = 0.05
ALL_PHASES = "every phase"


def named(runs: Sequence[RunResults]) -> dict[str, RunResults]:
    """The runs that have answers, each under a name of its own: the contestant's, and what tells it from its others."""
    answered = [run for run in runs if _judged(run)]
    return dict(zip(_names(answered), answered, strict=True))


def report(runs: Mapping[str, RunResults]) -> dict[str, Any]:
    """The report on some runs.

    A call that never brought an answer (``failed``) is counted apart and is no part of any share.

    Args:
        runs: of :func:`named`.

    Returns:
        ``contestants`` (each with ``feasible_rate``, ``phases``, ``errors``, ``interaction``, ``cost``) and ``pairs``.
    """
    return {
        "format": FORMAT,
        "benchmark": TITLE,
        "sets": sorted({run.set_id for run in runs.values()}),
        "contestants": [_contestant(name, run) for name, run in runs.items()],
        "pairs": _pairs(runs),
    }


def _names(runs: Sequence[RunResults]) -> list[str]:
    found = []
    for run in runs:
        others = [other for other in runs if other.contestant == run.contestant and other is not run]
        said = [
            f"{key.replace('_', ' ')} {value}"
            for key, value in run.settings.items()
            if not key.endswith("hash") and any(other.settings.get(key) != value for other in others)
        ]
        if any(other.set_id != run.set_id for other in others):
            said.append(f"set {run.set_id[:6]}")
        found.append(f"{run.contestant} ({', '.join(said)})" if said else run.contestant)
    return [
        name if found.count(name) == 1 else f"{name} #{run.run_id[:6]}" for name, run in zip(found, runs, strict=True)
    ]


def in_order(phases: set[str]) -> list[str]:
    """Phases as the ramp adds them, single axes between precedence and the rest."""
    return [phase for phase in (PHASES[0], *ABLATIONS, *PHASES[1:]) if phase in phases]


def _judged(run: RunResults) -> list[Answer]:
    return [answer for answer in run.answers if answer.verdict != "failed"]


def _outcomes(answers: Sequence[Answer]) -> Outcomes:
    return Outcomes(
        np.array([answer.level for answer in answers], int),
        np.array([answer.index for answer in answers], int),
        np.array([answer.verdict == "feasible" for answer in answers], bool),
    )


def _estimate(estimate: Estimate) -> dict[str, Any]:
    return {"value": estimate.value, "confidence": list(estimate.confidence)}


def _contestant(name: str, run: RunResults) -> dict[str, Any]:
    answers = _judged(run)
    share = curves.overall(_outcomes(answers))
    phases = in_order({answer.phase for answer in answers})
    by_phase = {phase: [answer for answer in answers if answer.phase == phase] for phase in phases}
    return {
        "contestant": name,
        "run": run.run_id,
        "kind": run.kind,
        "model_versions": list(run.model_versions),
        "settings": dict(run.settings),
        "set": run.set_id,
        "instances": run.instances,
        "answered": len(answers),
        "feasible": sum(answer.verdict == "feasible" for answer in answers),
        "feasible_rate": share.value,
        "confidence": list(share.confidence),
        "verdicts": {verdict: sum(a.verdict == verdict for a in run.answers) for verdict in VERDICTS},
        "phases": [_phase(phase, found) for phase, found in by_phase.items()],
        "errors": asdict(errors(answers)),
        "interaction": _interaction({phase: _outcomes(found) for phase, found in by_phase.items()}),
        "cost": _cost(run.answers),
    }


def _phase(phase: str, answers: Sequence[Answer]) -> dict[str, Any]:
    outcomes = _outcomes(answers)
    means = curves.smoothed(outcomes)
    share = curves.overall(outcomes)
    levels = []
    for level, mean in zip(outcomes.levels.tolist(), means, strict=True):
        feasible, n = outcomes.at(level)
        levels.append({
            "level": level, "n": n, "feasible": feasible, "share": feasible / n,
            "confidence": list(wilson(feasible, n)), "moving_mean": mean.value,
        })  # fmt: skip
    return {
        "phase": phase,
        "answered": len(answers),
        "feasible_rate": share.value,
        "confidence": list(share.confidence),
        "auc": _estimate(curves.area(outcomes)),
        "wauc": _estimate(curves.weighted_area(outcomes)),
        "thresholds": [asdict(threshold) for threshold in curves.thresholds(outcomes)],
        "levels": levels,
        "errors": asdict(errors(answers)),
    }


def _interaction(phases: Mapping[str, Outcomes]) -> dict[str, Any]:
    found = interaction(phases)
    if found is None:
        missing = [phase for phase in NEEDED if phase not in phases]
        return {"verdict": None, "missing_phases": missing}
    return asdict(found)


def _cost(answers: Sequence[Answer]) -> dict[str, Any]:
    """Of everything asked, calls without an answer included: they were paid for too."""
    feasible = sum(answer.verdict == "feasible" for answer in answers)
    usd, seconds = sum(answer.usd for answer in answers), np.array([answer.seconds for answer in answers])
    tokens = sum(answer.output_tokens for answer in answers)
    per = {
        "usd_per_feasible": usd,
        "seconds_per_feasible": float(seconds.sum()),
        "output_tokens_per_feasible": tokens,
    }
    return {
        "usd": usd,
        "seconds_median": float(np.median(seconds)),
        "seconds_p95": float(np.percentile(seconds, 95)),
        "input_tokens": sum(answer.input_tokens for answer in answers),
        "output_tokens": tokens,
        "turns": sum(answer.turns for answer in answers),
    } | {key: total / feasible if feasible else None for key, total in per.items()}


def _pairs(runs: Mapping[str, RunResults]) -> list[dict[str, Any]]:
    """Every two contestants on the instances both answered, over everything and by phase.

    P values are adjusted over all comparisons over everything, and again over all those by phase.
    """
    answers = {name: {answer.instance_id: answer for answer in _judged(run)} for name, run in runs.items()}
    whole: list[dict[str, Any]] = []
    parts: list[dict[str, Any]] = []
    for first, second in itertools.combinations(runs, 2):
        both = [answer for key, answer in answers[first].items() if key in answers[second]]
        if not both:
            continue
        whole.append(_pair(first, second, ALL_PHASES, both, answers[second]))
        for phase in in_order({answer.phase for answer in both}):
            chosen = [answer for answer in both if answer.phase == phase]
            parts.append(_pair(first, second, phase, chosen, answers[second]))
    for family in (whole, parts):
        for pair, p in zip(family, holm([pair["p"] for pair in family]), strict=True):
            pair["p_holm"] = p
            low, high = pair["confidence"]
            certain = p < SIGNIFICANT and not low <= 0 <= high
            pair["comparison"] = ("better" if low > 0 else "worse") if certain else "indistinguishable"
    return whole + parts


def _pair(
    first: str, second: str, phase: str, answers: Sequence[Answer], others: Mapping[str, Answer]
) -> dict[str, Any]:
    theirs = np.array([others[answer.instance_id].verdict == "feasible" for answer in answers], bool)
    outcomes = _outcomes(answers)
    pair = asdict(compare(outcomes.ok, theirs, outcomes.ramp))
    return {"first": first, "second": second, "phase": phase} | pair
