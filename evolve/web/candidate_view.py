"""What the page of a candidate shows."""

from __future__ import annotations

import math
from typing import Any

from markupsafe import Markup

from evolve.archive import queries
from evolve.archive.asking import AskedCall, calls
from evolve.archive.database import Archive
from evolve.archive.declared import spec_of
from evolve.archive.records import read_environment
from evolve.archive.standing import Rival, Standing, standings
from evolve.charts.bars import Entry, bars, bars_table
from evolve.charts.distribution import distribution, distribution_table
from evolve.charts.speedup import speed_up, speed_up_table
from evolve.web.campaign_view import meaning
from evolve.web.formats import LONGEST_TEXT
from evolve.web.text import code_lines, drawn

MOST_INSTANCES = 200
MOST_EVALUATIONS = 20
MOST_PROPOSALS = 10
MOST_RIVALS = 12
PERCENT = 100.0
LONGEST_PROGRAM, MOST_LINES, FRAME = 60_000, 4000, 400
"""Characters and lines of all files together; what the frame around a file counts as."""


def candidate_page(archive: Archive, candidate: str) -> dict[str, Any]:
    """All there is about a candidate."""
    document = queries.show(archive, candidate)
    intervals = {one["evaluation"]: one["confidence"] for one in document["evaluations"]}
    stands = {
        one.evaluation: _standing(archive, one, intervals[one.evaluation]) for one in standings(archive, candidate)
    }
    proposals = [_proposal(archive, one) for one in document["proposals"][:MOST_PROPOSALS]]
    files = _beginning(document["files"])
    drawn_curves: list[Any] = []
    evaluations = [
        _evaluation(archive, one, drawn_curves) | {"standing": stands.get(one["evaluation"])}
        for one in document["evaluations"][:MOST_EVALUATIONS]
    ]
    return {
        "one": document,
        "files": {path: code_lines(text, document["language"]) for path, text in files.items()},
        "cut": files != document["files"],
        "problem": next((one["problem"] for one in [*evaluations, *proposals]), ""),
        "evaluations": evaluations,
        "more_evaluations": len(document["evaluations"]) - len(evaluations),
        "proposals": proposals,
        "more_proposals": document["proposed"] - len(proposals),
        "exportable": any(one["verdict"] == "ok" for one in evaluations),
    }


def _beginning(files: dict[str, str]) -> dict[str, str]:
    """As much of a program as a page has room for: a file of ten megabytes can be handed in, and judged."""
    found: dict[str, str] = {}
    room, lines = LONGEST_PROGRAM, MOST_LINES
    for path, text in files.items():
        if room <= 0 or lines <= 0:
            break
        found[path] = "\n".join(text[:room].split("\n")[:lines])
        room -= len(found[path]) + FRAME
        lines -= found[path].count("\n") + 1
    return found


def _evaluation(archive: Archive, one: dict[str, Any], drawn_curves: list[Any]) -> dict[str, Any]:
    """An evaluation with its picture of work and span, unless that is among those drawn already."""
    spec = spec_of(archive, one["problem"])
    found, picture = one["speedup"], None
    if found is not None and found["curve"] not in drawn_curves:
        drawn_curves.append(found["curve"])
        name = "Speed-up by cores, from work and span"
        picture = drawn(speed_up(found, name=name), speed_up_table(found), name)
    return one | {
        "unit": "" if spec is None else spec.objective.unit,
        "facts": read_environment(archive, one["environment"]) or {},
        "picture": picture,
    }


def _proposal(archive: Archive, one: dict[str, Any]) -> dict[str, Any]:
    row = archive.row(
        "SELECT p.remark, p.failure, p.verdict, p.admitted, p.created_at, p.island, c.problem FROM proposals p "
        "JOIN campaigns c ON c.id = p.campaign_id WHERE p.id = ?",
        (one["proposal"],),
    )
    assert row is not None
    return one | dict(row) | {"calls": [_call(call) for call in calls(archive, one["proposal"])]}


def _call(call: AskedCall) -> dict[str, Any]:
    parts = [{"role": message.role, "text": message.content[:LONGEST_TEXT]} for message in call.messages]
    whole = [*(message.content for message in call.messages), call.answer or ""]
    return {
        "call": call,
        "parts": parts,
        "answer": (call.answer or "")[:LONGEST_TEXT],
        "cut": any(len(text) > LONGEST_TEXT for text in whole),
    }


def whole_call(call: AskedCall) -> str:
    """A question and its answer as plain text."""
    said = [f"[{message.role}]\n{message.content}" for message in call.messages]
    return "\n\n".join([*said, f"[answer]\n{call.answer or ''}"]) + "\n"


def _standing(archive: Archive, found: Standing, interval: list[float] | None) -> dict[str, Any]:
    sign = 1.0 if found.direction == "min" else -1.0
    rivals = sorted(found.rivals, key=lambda rival: sign * rival.score)
    spec = spec_of(archive, found.problem)
    return {
        "one": found,
        "judged": sum(score is not None for score in found.scores),
        "rivals": rivals,
        "bars": _bars(found, interval, rivals, sign),
        "times": _times(found, rivals) if spec is not None and spec.timing is not None else None,
        "rows": _rows(found, rivals[0] if rivals else None, sign),
        "left_out": max(0, len(found.scores) - MOST_INSTANCES),
    }


def _bars(found: Standing, interval: list[float] | None, rivals: list[Rival], sign: float) -> Markup | None:
    scores = [score for score in found.scores if score is not None]
    if not rivals or len(scores) < len(found.scores):
        return None
    low, high = interval or (None, None)
    mine = Entry("this candidate", sum(scores) / len(scores), low, high, marked=True)
    entries = [mine, *(Entry(one.name, one.score, *one.confidence) for one in rivals[:MOST_RIVALS])]
    entries.sort(key=lambda entry: sign * (entry.value or 0.0))
    name = f"Beside baselines on {len(scores)} instances of {found.split}"
    unit = meaning(found.unit, found.direction)
    return drawn(bars(entries, name=name, unit=unit), bars_table(entries, unit), name)


def _times(found: Standing, rivals: list[Rival]) -> Markup | None:
    """Times as multiples of the baseline's, in which scores of running times are percentages."""
    groups = {"this candidate": found.scores} | {rival.name: rival.scores for rival in rivals[:5]}
    ratios = {
        name: [math.log(score / PERCENT) for score in scores if score is not None and score > 0]
        for name, scores in groups.items()
    }
    if not any(ratios.values()):
        return None
    name = f"Times on each instance of {found.split}"
    svg = distribution(ratios, name=name, x_name="times the sequential baseline's time")
    return drawn(svg, distribution_table(ratios), name)


def _rows(found: Standing, rival: Rival | None, sign: float) -> list[dict[str, Any]]:
    """A row an instance, beside the best baseline."""
    rows = []
    for k, score in enumerate(found.scores[:MOST_INSTANCES]):
        theirs = rival.scores[k] if rival is not None and k < len(rival.scores) else None
        difference = None if score is None or theirs is None else score - theirs
        rows.append(
            {
                "name": found.instances[k] if k < len(found.instances) else str(k + 1),
                "part": found.parts[k] if k < len(found.parts) else "",
                "score": score,
                "objective": found.objectives[k] if k < len(found.objectives) else None,
                "best_known": found.best_known[k] if k < len(found.best_known) else None,
                "rival": theirs,
                "difference": difference,
                "comparison": "" if not difference else "better" if sign * difference < 0 else "worse",
            }
        )
    return rows
