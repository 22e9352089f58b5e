"""Fine-tuning data from an archive: pairs of a worse and a better program, and programs mended from feedback.

Such pairs are what ParEVO's models are fine-tuned on: slow programs beside fast ones that were verified, and programs
refined after a critic's complaint. Here the critic is the verdict. Nothing of ``test`` enters: what was judged there is
left out whole, texts that name one of its instances are dropped, and only ``train`` orders a pair (``validation`` may
object). Scores told by an evaluator beside the candidate order nothing.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from evaluators.declaration import EntryPoint
from evaluators.problem import Problem
from evaluators.registry import load_problem
from evaluators.statistics import measured, paired
from evaluators.verdicts import Comparison
from evolve.archive.database import Archive
from evolve.archive.queries import problem_place
from evolve.archive.records import read_array, read_candidate
from evolve.archive.shingles import NearDuplicates
from evolve.proposers.llm.prompts import PromptLibrary

Kind = Literal["sft", "dpo"]
NEAR = 0.8
"""Similarity of two better programs from which only the first is kept."""
VALIDATION_SHARE = 0.1
_SHORTEST_NAME = 5
"""Characters of an instance's name that can be told from any other word."""

_JUDGED = (
    "SELECT e.candidate_id, e.campaign_id, e.proposal_id, e.problem, e.problem_version, e.entry_point, e.instance_set, "
    "e.environment, e.verdict, e.stage, e.score, e.low, e.high, e.feedback, e.repeat, s.scores "
    "FROM evaluations e LEFT JOIN instance_scores s ON s.evaluation_id = e.id "
)


@dataclass(frozen=True, slots=True)
class Lesson:
    """A better program and a worse one, or one that failed.

    Attributes:
        kind: ``faster`` or ``mended``.
        problem: name of the problem.
        better: id of the better program.
        worse: id of the other one.
        gain: by which the score is better, in the problem's unit; None if the other one failed.
        messages: the question, system message first.
        answer: what was to be answered: the better program.
        rejected: the other one, as an answer.
        provenance: campaign, proposal, operator.
    """

    kind: Literal["faster", "mended"]
    problem: str
    better: str
    worse: str
    gain: float | None
    messages: tuple[Mapping[str, str], ...]
    answer: str
    rejected: str
    provenance: Mapping[str, Any]

    def record(self, format: Kind) -> dict[str, Any]:
        """A line of the file, in the chat format."""
        chosen = {"role": "assistant", "content": self.answer}
        meta: dict[str, Any] = {"kind": self.kind, "problem": self.problem, "better": self.better, "worse": self.worse}
        meta |= {"gain": self.gain, **self.provenance}
        if format == "sft":
            return {"messages": [*self.messages, chosen], "meta": meta}
        rejected = {"role": "assistant", "content": self.rejected}
        return {"prompt": list(self.messages), "chosen": [chosen], "rejected": [rejected], "meta": meta}


@dataclass(slots=True)
class Lessons:
    """What was found, and what was left out for which reason."""

    train: list[Lesson] = field(default_factory=list)
    val: list[Lesson] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)

    def manifest(self, format: Kind) -> dict[str, Any]:
        """Counts, and which families of problems are on which side."""
        return {
            "format": format,
            "records": {name: len(lessons) for name, lessons in self._sides()},
            "kinds": {name: dict(Counter(lesson.kind for lesson in lessons)) for name, lessons in self._sides()},
            "families": {name: sorted({_family(lesson) for lesson in lessons}) for name, lessons in self._sides()},
            "left_out": dict(sorted(self.left_out.items())),
            "near_duplicates_from": NEAR,
        }

    def _sides(self) -> tuple[tuple[str, list[Lesson]], ...]:
        return ("train", self.train), ("val", self.val)


def lessons(archive: Archive, format: Kind, campaign: str | None = None) -> Lessons:
    """All that can be learnt from an archive, or from one of its campaigns.

    Args:
        archive: to learn from.
        format: the question of ``sft`` shows the worse program, that of ``dpo`` does not, since it is an answer there.
        campaign: id of a campaign, or None for all.

    Raises:
        UnknownProblemError, TableError: if a problem is no longer where it was.
    """
    found = Lessons()
    kept: list[Lesson] = []
    names = archive.rows(
        "SELECT DISTINCT problem, problem_version, trust FROM campaigns WHERE ?1 IS NULL OR id = ?1 ORDER BY problem",
        (campaign,),
    )
    for row in names:
        if row["trust"] != "trusted":
            found.left_out["scores are not trusted"] += 1
            continue
        problem = load_problem(problem_place(archive, row["problem"]))
        if problem.spec.version != row["problem_version"]:
            found.left_out["the problem has changed since"] += 1
            continue
        source = _Source(archive, problem, campaign, format, found.left_out)
        kept += [*source.faster(), *source.mended()]
    # The largest gain first, so that it is the one kept of several that are nearly the same.
    kept.sort(key=lambda lesson: (lesson.problem, lesson.kind, -(lesson.gain or 0.0), lesson.better, lesson.worse))
    near = {kind: NearDuplicates(NEAR) for kind in ("faster", "mended")}
    new = [lesson for lesson in kept if near[lesson.kind].take(lesson.answer)]
    if len(new) < len(kept):
        found.left_out["near duplicate"] = len(kept) - len(new)
    found.train, found.val = _sides(new)
    return found


def _family(lesson: Lesson) -> str:
    return lesson.problem.partition("/")[0]


def _sides(kept: Sequence[Lesson]) -> tuple[list[Lesson], list[Lesson]]:
    """Training and validation: whole families, the smallest for validation until it has its share."""
    sizes = Counter(_family(lesson) for lesson in kept)
    held: set[str] = set()
    for family in sorted(sizes, key=lambda name: (sizes[name], name))[:-1]:
        if sum(sizes[name] for name in held) >= VALIDATION_SHARE * len(kept):
            break
        held.add(family)
    return [x for x in kept if _family(x) not in held], [x for x in kept if _family(x) in held]


class _Source:
    """One problem's part of an archive."""

    def __init__(
        self, archive: Archive, problem: Problem, campaign: str | None, format: Kind, left_out: Counter[str]
    ) -> None:
        self.archive, self.problem, self.spec = archive, problem, problem.spec
        self.campaign, self.format, self.left_out = campaign, format, left_out
        self.sign = 1.0 if self.spec.objective.direction == "min" else -1.0
        self.secret_names = {i.name for i in problem.instances("test") if len(i.name) >= _SHORTEST_NAME} - {
            i.name for split in ("train", "validation") for i in problem.instances(split)
        }
        self.prompts = PromptLibrary()
        self.tested = {
            row["candidate_id"]
            for row in archive.rows("SELECT DISTINCT candidate_id FROM evaluations WHERE split = 'test'")
        }

    def faster(self) -> Iterator[Lesson]:
        """Children that are better than a parent of theirs: so is the whole interval of the paired difference."""
        children = self._judged("AND e.verdict = 'ok' AND e.complete = 1 AND e.proposal_id IS NOT NULL")
        for child in children:
            parents = self.archive.rows(
                _JUDGED + "JOIN parents q ON q.candidate_id = e.candidate_id WHERE q.proposal_id = ? "
                "AND e.split = 'train' AND e.trust = 'trusted' AND e.verdict = 'ok' AND e.complete = 1 "
                "AND e.problem_version = ? AND e.entry_point = ? AND e.instance_set = ? AND e.environment = ? "
                "GROUP BY e.candidate_id ORDER BY e.candidate_id",
                (
                    child["proposal_id"], child["problem_version"], child["entry_point"], child["instance_set"],
                    child["environment"],
                ),
            )  # fmt: skip
            for parent in parents:
                lesson = self._pair(child, parent)
                if lesson is not None:
                    yield lesson

    def _pair(self, child: sqlite3.Row, parent: sqlite3.Row) -> Lesson | None:
        if parent["candidate_id"] == child["candidate_id"] or self._was_tested(child, parent):
            return None
        if not self._is_better(child, parent):
            self.left_out["not clearly better"] += 1
            return None
        gain = self.sign * (parent["score"] - child["score"])
        entry = self.spec.entry_point(child["entry_point"])
        worse = self._text(parent, entry)
        shown = None
        if self.format == "sft":
            shown = {"source": worse.strip("\n"), "score": f"{parent['score']:.4g}", "feedback": parent["feedback"]}
        question = self._question("rewrite", entry, {"parent": shown, "inspirations": []})
        return self._lesson("faster", child, parent, gain, question, worse, entry)

    def _is_better(self, child: sqlite3.Row, parent: sqlite3.Row) -> bool:
        """Clearly so on ``train``, and not worse on ``validation`` where both were judged there."""
        ours, theirs = read_array(child["scores"]), read_array(parent["scores"])
        direction = self.spec.objective.direction
        if self.spec.timing is not None:
            comparison = measured(
                ours, (child["low"], child["high"]), theirs, (parent["low"], parent["high"]), direction
            ).comparison
        else:
            comparison = paired(ours, theirs, direction).comparison
        if comparison is not Comparison.BETTER:
            return False
        validated = [self._validation(row) for row in (child, parent)]
        return None in validated or self.sign * (validated[0] or 0.0) <= self.sign * (validated[1] or 0.0)

    def _validation(self, row: sqlite3.Row) -> float | None:
        found = self.archive.row(
            "SELECT score FROM evaluations WHERE candidate_id = ? AND problem_version = ? AND entry_point = ? "
            "AND environment = ? AND split = 'validation' AND complete = 1 AND trust = 'trusted' LIMIT 1",
            (row["candidate_id"], row["problem_version"], row["entry_point"], row["environment"]),
        )
        return None if found is None else found["score"]

    def mended(self) -> Iterator[Lesson]:
        """Proposals whose program failed, and was right in a later turn."""
        for good in self._judged("AND e.verdict = 'ok' AND e.repeat > 0 AND e.proposal_id IS NOT NULL"):
            bad = self.archive.row(
                _JUDGED + "WHERE e.proposal_id = ? AND e.split = 'train' AND e.repeat < ? AND e.trust = 'trusted' "
                "AND e.verdict NOT IN ('ok', 'internal_error', 'tampering') ORDER BY e.repeat DESC LIMIT 1",
                (good["proposal_id"], good["repeat"]),
            )
            if bad is None or self._was_tested(good, bad):
                continue
            entry = self.spec.entry_point(good["entry_point"])
            failed = self._text(bad, entry)
            told = {"verdict": bad["verdict"], "stage": bad["stage"], "feedback": bad["feedback"]}
            context = {"parent": None, "source": failed.strip("\n"), "answer": "", **told}
            if self.format == "sft":
                question = self._question("repair", entry, context)
            else:
                question = self._question("rewrite", entry, {"parent": None, "inspirations": []})
            lesson = self._lesson("mended", good, bad, None, question, failed, entry)
            if lesson is not None:
                yield lesson

    def _judged(self, condition: str) -> list[sqlite3.Row]:
        return self.archive.rows(
            _JUDGED + "WHERE e.problem = ?1 AND e.problem_version = ?2 AND e.split = 'train' AND e.trust = 'trusted' "
            f"AND (?3 IS NULL OR e.campaign_id = ?3) {condition} ORDER BY e.campaign_id, e.proposal_id, e.repeat",
            (self.spec.name, self.spec.version, self.campaign),
        )

    def _was_tested(self, *rows: sqlite3.Row) -> bool:
        tested = any(row["candidate_id"] in self.tested for row in rows)
        if tested:
            self.left_out["judged on test"] += 1
        return tested

    def _lesson(
        self, kind: Literal["faster", "mended"], good: sqlite3.Row, bad: sqlite3.Row, gain: float | None,
        messages: tuple[Mapping[str, str], ...], worse: str, entry: EntryPoint,
    ) -> Lesson | None:  # fmt: skip
        better = self._text(good, entry)
        everything = "\n".join([*(message["content"] for message in messages), better, worse])
        if any(name in everything for name in self.secret_names):
            self.left_out["names an instance of test"] += 1
            return None
        proposal = self.archive.row("SELECT ordinal, operator FROM proposals WHERE id = ?", (good["proposal_id"],))
        assert proposal is not None
        provenance = {
            "campaign": good["campaign_id"],
            "proposal": proposal["ordinal"],
            "operator": proposal["operator"],
        }
        answer, rejected = (f"```{self.spec.language}\n{text.strip()}\n```" for text in (better, worse))
        return Lesson(
            kind,
            self.spec.name,
            good["candidate_id"],
            bad["candidate_id"],
            gain,
            messages,
            answer,
            rejected,
            provenance,
        )

    def _text(self, row: sqlite3.Row, entry: EntryPoint) -> str:
        candidate = self.archive.row("SELECT * FROM candidates WHERE id = ?", (row["candidate_id"],))
        assert candidate is not None
        return read_candidate(candidate).text(entry.file)

    def _question(self, name: str, entry: EntryPoint, more: Mapping[str, Any]) -> tuple[Mapping[str, str], ...]:
        """What a proposer would have been asked, without baselines and other programs."""
        context = {
            "title": self.spec.title,
            "language": self.spec.language,
            "statement": self.spec.statement.strip(),
            "signature": entry.signature.strip(),
            "block": "",
            "unit": self.spec.objective.unit,
            "direction": self.spec.objective.direction,
            "baselines": [],
            "insights": "",
            **more,
        }
        return self.prompts.render(name, context).messages


def as_lines(records: Sequence[Mapping[str, Any]]) -> str:
    """JSON Lines."""
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
