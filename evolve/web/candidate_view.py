"""What the page of a candidate shows."""

from __future__ import annotations

import json
import math
import sqlite3
from functools import lru_cache
from typing import Any

import numpy as np
from markupsafe import Markup

from evaluators.statistics import mean_interval, paired
from evolve.archive import queries
from evolve.archive.database import Archive
from evolve.archive.records import read_array, read_environment
from evolve.charts.bars import Entry, bars, bars_table
from evolve.charts.distribution import distribution, distribution_table
from evolve.charts.speedup import speed_up, speed_up_table
from evolve.web.campaign_view import drawn
from evolve.web.problems import Problems
from evolve.web.text import code_lines

MOST_INSTANCES = 200
MOST_PROPOSALS = 10
LONGEST_TEXT = 20_000
"""Characters of a prompt or an answer in the page; the whole is one link away."""


def candidate_page(archive: Archive, problems: Problems, candidate: str) -> dict[str, Any]:
    """All there is about a candidate."""
    document = queries.show(archive, candidate)
    proposals = document["proposals"][:MOST_PROPOSALS]
    spans = {
        row["id"]: row
        for row in archive.rows(
            "SELECT p.id, p.remark, p.failure, p.verdict, p.admitted, p.created_at, p.done_at, c.problem FROM json_each(?) j "
            "CROSS JOIN proposals p ON p.id = j.value CROSS JOIN campaigns c ON c.id = p.campaign_id",
            (json.dumps([one["proposal"] for one in proposals]),),
        )
    }
    evaluations = [_evaluation(archive, problems, row) for row in _rows(archive, candidate)]
    best = next((one for one in reversed(evaluations) if one["row"]["score"] is not None), None)
    return {
        "one": document,
        "files": {path: code_lines(text, document["language"]) for path, text in document["files"].items()},
        "proposals": [proposal | {"more": spans.get(proposal["proposal"])} for proposal in proposals],
        "evaluations": evaluations,
        "problem": evaluations[0]["row"]["problem"] if evaluations else next((r["problem"] for r in spans.values()), ""),
        "headline": best,
        "exportable": any(one["row"]["verdict"] == "ok" for one in evaluations),
    }


def _rows(archive: Archive, candidate: str) -> list[sqlite3.Row]:
    return archive.rows(
        "SELECT e.*, s.scores, s.objectives AS raw, i.names, i.parts FROM evaluations e "
        "LEFT JOIN instance_scores s ON s.evaluation_id = e.id LEFT JOIN instance_sets i ON i.id = e.instance_set "
        "WHERE e.candidate_id = ? ORDER BY e.rowid",
        (candidate,),
    )


def _evaluation(archive: Archive, problems: Problems, row: sqlite3.Row) -> dict[str, Any]:
    from evolve.archive.speedup import speedup

    stages = json.loads(row["stages"])
    objective = problems.objective(row["problem"])
    rivals = [one for one in problems.baselines(row, row["split"]) if one["candidate"] != row["candidate_id"]]
    values = json.loads(row["objectives"])
    found = speedup(stages, values)
    scores = None if row["scores"] is None else read_array(row["scores"])
    table = _Table(archive, row, scores, objective.direction, rivals)
    return {
        "row": row,
        "objective": objective,
        "values": {name: value for name, value in values.items() if name != objective.name},
        "stages": stages,
        "environment": read_environment(archive, row["environment"]) or {},
        "baselines": table.versus() if scores is not None else [],
        "bars": _bars(row, rivals, objective) if rivals and row["score"] is not None else None,
        "instances": table.instances() if scores is not None else [],
        "rival": rivals[0]["name"] if rivals else None,
        "left_out": 0 if scores is None else max(0, len(scores) - MOST_INSTANCES),
        "judged": 0 if scores is None else int(np.isfinite(scores).sum()),
        "total": 0 if scores is None else len(scores),
        "speeds": table.speeds() if scores is not None and objective.unit.startswith("%") else None,
        "speedup": None if found is None else _speed_up(found),
    }


def _bars(row: sqlite3.Row, rivals: list[dict[str, Any]], objective: Any) -> Markup:
    name = f"Score on {row['split']}"
    entries = [Entry("this candidate", row["score"], row["low"], row["high"], marked=True)]
    entries += [Entry(one["name"], one["score"], one["low"], one["high"]) for one in rivals[:12]]
    sign = 1 if objective.direction == "min" else -1
    entries.sort(key=lambda entry: sign * (entry.value or 0.0))
    unit = f"{objective.unit or objective.name}, {'less' if objective.direction == 'min' else 'more'} is better"
    return drawn(bars(entries, name=name, unit=unit), bars_table(entries, unit), name)


def _speed_up(found: dict[str, Any]) -> Markup:
    name = "Speed-up by cores, from work and span"
    return drawn(speed_up(found, name=name), speed_up_table(found), name)


class _Table:
    """Scores on each instance, beside those of baselines on the same ones."""

    def __init__(
        self, archive: Archive, row: sqlite3.Row, scores: np.ndarray | None, direction: str, rivals: list[dict[str, Any]]
    ) -> None:
        self.row, self.scores, self.direction = row, scores, direction
        ids = json.dumps([one["evaluation"] for one in rivals])
        sets = {
            found["id"]: read_array(found["scores"])
            for found in archive.rows(
                "SELECT e.id, s.scores FROM json_each(?) j CROSS JOIN evaluations e ON e.id = j.value "
                "CROSS JOIN instance_scores s ON s.evaluation_id = e.id WHERE e.instance_set = ?",
                (ids, row["instance_set"]),
            )
        }
        # On other instances than ours they are not compared.
        self.rivals = [(one, sets[one["evaluation"]]) for one in rivals if one["evaluation"] in sets]

    def versus(self) -> list[dict[str, Any]]:
        """Each baseline's score, and by how much ours differs on the instances both were judged on."""
        assert self.scores is not None
        return [
            one | {"versus": _paired(self.scores.tobytes(), theirs.tobytes(), self.direction)}
            for one, theirs in self.rivals
        ]

    def instances(self) -> list[dict[str, Any]]:
        """A row an instance, the first so many."""
        assert self.scores is not None
        names = json.loads(self.row["names"]) if self.row["names"] else []
        parts = json.loads(self.row["parts"]) if self.row["parts"] else []
        rival = self.rivals[0][1] if self.rivals else None
        sign = 1 if self.direction == "min" else -1
        rows = []
        for k, score in enumerate(self.scores[:MOST_INSTANCES]):
            theirs = None if rival is None or k >= len(rival) else float(rival[k])
            ours = None if math.isnan(score) else float(score)
            difference = None if ours is None or theirs is None or math.isnan(theirs) else ours - theirs
            rows.append(
                {
                    "name": names[k] if k < len(names) else str(k),
                    "part": parts[k] if k < len(parts) else "",
                    "score": ours,
                    "rival": theirs,
                    "difference": difference,
                    "comparison": "" if not difference else "better" if sign * difference < 0 else "worse",
                }
            )
        return rows

    def speeds(self) -> Markup | None:
        """Times as shares of the baseline's, instance by instance."""
        assert self.scores is not None
        groups = {"this candidate": self.scores} | {one["name"]: theirs for one, theirs in self.rivals[:5]}
        logs = {name: [math.log(v / 100) for v in values if v > 0] for name, values in groups.items()}
        if not any(logs.values()):
            return None
        name = "Time of each instance over the baseline's"
        return drawn(distribution(logs, name=name, x_name="times the baseline's time"), distribution_table(logs), name)


@lru_cache(maxsize=512)
def _paired(ours: bytes, theirs: bytes, direction: str) -> dict[str, Any] | None:
    """A paired comparison where both were judged; resampling is what takes time in a page, and it never changes."""
    one, other = np.frombuffer(ours), np.frombuffer(theirs)
    if one.shape != other.shape:
        return None
    both = np.isfinite(one) & np.isfinite(other)
    if not both.any():
        return None
    found = paired(one[both], other[both], "min" if direction == "min" else "max")
    return found.as_json() | {"n": int(both.sum()), "interval": mean_interval(one[both])}


def calls_of(archive: Archive, proposal: str) -> list[dict[str, Any]]:
    """What was asked for a proposal, and what was answered; long texts cut."""
    found = []
    for row in archive.rows("SELECT * FROM llm_calls WHERE proposal_id = ? ORDER BY turn, sent_at, attempt", (proposal,)):
        found.append(
            dict(row)
            | {
                "messages": [
                    {"role": one.get("role", ""), "text": _cut(_content(one))}
                    for one in json.loads(row["messages"] or "[]")
                ],
                "answer": _cut(row["answer"] or ""),
                "cut": max(len(row["answer"] or ""), len(row["messages"] or "")) > LONGEST_TEXT,
            }
        )
    return found


def whole_call(row: sqlite3.Row) -> str:
    """A question and its answer as plain text."""
    said = [f"[{one.get('role', '')}]\n{_content(one)}" for one in json.loads(row["messages"] or "[]")]
    return "\n\n".join([*said, f"[answer]\n{row['answer'] or ''}"]) + "\n"


def _content(message: dict[str, Any]) -> str:
    content = message.get("content") or ""
    return content if isinstance(content, str) else json.dumps(content, indent=1)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + " …"
