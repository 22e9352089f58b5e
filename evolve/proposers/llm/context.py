"""What prompts are told: the problem, the parent, other programs, where each is the better one. Nothing of ``test``."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from random import Random
from typing import Any

import numpy as np

from evaluators.declaration import EntryPoint
from evolve.proposers.base import Ask, Member

FEEDBACK_CHARACTERS = 2_000
ANSWER_CHARACTERS = 4_000
_INSPIRATIONS = 2
_IDEA_CHARACTERS = 1_500
_BASELINES = 8
_PARTS = 8


def about(ask: Ask) -> dict[str, Any]:
    """What every template is told: the problem, and the parent if there is one."""
    spec = ask.problem.spec
    better_first = sorted(ask.baselines.items(), key=lambda item: item[1], reverse=spec.objective.direction == "max")
    return {
        "title": spec.title,
        "language": spec.language,
        "statement": spec.statement.strip(),
        "signature": ask.entry.signature.strip(),
        "block": _block(ask.entry),
        "packages": (*spec.requires.packages, *spec.requires.shown),
        "unit": spec.objective.unit,
        "direction": spec.objective.direction,
        "baselines": [(name, shown(score)) for name, score in better_first[:_BASELINES]],
        "parent": _program(ask.parents[0]) if ask.parents else None,
    }


def _program(member: Member) -> dict[str, str]:
    return {
        "source": member.source.strip("\n"),
        "score": shown(member.score),
        "feedback": clipped(member.feedback, FEEDBACK_CHARACTERS),
    }


def _block(entry: EntryPoint) -> str:
    """What may be changed: ``marked`` blocks or the ``whole`` of a given program; empty if none is given."""
    if entry.template is None:
        return ""
    return "marked" if entry.template.parts.is_marked else "whole"


def ideas(ask: Ask, rng: Random) -> list[dict[str, str]]:
    """The best program and one drawn from the pool, as far as they are other programs than the parent."""
    if not ask.parents:
        return []
    parent, *others = ask.parents
    pool = [*others, *ask.pool]
    rng.shuffle(pool)
    chosen: dict[str, Member] = {}
    for member in ([ask.best] if ask.best else []) + pool:
        if member.candidate_id != parent.candidate_id and len(chosen) < _INSPIRATIONS:
            chosen.setdefault(member.candidate_id, member)
    return [_idea(parent, member) for member in chosen.values()]


def _idea(parent: Member, member: Member) -> dict[str, str]:
    """A program in the shorter of its forms; if both are long, its score."""
    kind, text = _shorter(parent, member)
    if len(text) > _IDEA_CHARACTERS:
        kind, text = "score", ""
    return {"kind": kind, "text": text, "score": shown(member.score)}


def _shorter(parent: Member, member: Member) -> tuple[str, str]:
    """A program as its difference from the parent or whole, whichever is shorter."""
    diff = difflib.unified_diff(parent.source.splitlines(), member.source.splitlines(), lineterm="", n=1)
    texts = (("diff", "\n".join(list(diff)[2:])), ("source", member.source.strip("\n")))
    return min(texts, key=lambda pair: len(pair[1]))


def partner(ask: Ask) -> Member | None:
    """Of the other programs selection drew, the one that gains most on the first where it is better; None without any.

    Members drawn with the parents have precedence: each of them was the best on instances of its own.
    """
    if not ask.parents:
        return None
    first, *others = ask.parents
    for drawn in (others, ask.pool):
        unlike = {m.candidate_id: m for m in drawn if m.candidate_id != first.candidate_id}
        if unlike:
            return max(unlike.values(), key=lambda m: (np.maximum(_gains(ask, m), 0.0).sum(), m.candidate_id))
    return None


def _gains(ask: Ask, member: Member) -> np.ndarray:
    """By how much a member is better than the first parent on each instance."""
    sign = 1.0 if ask.problem.spec.objective.direction == "min" else -1.0
    gains: np.ndarray = sign * (ask.parents[0].instance_scores - member.instance_scores)
    return gains


def counterpart(ask: Ask, second: Member) -> dict[str, Any]:
    """The second parent of a crossover, and on which groups of instances each parent is the better one.

    ``wins`` has a row a group: its name, number of instances, mean score of the first and of the second parent, and on
    how many instances each is better. Of many groups those are told on which the parents differ most.
    """
    kind, text = _shorter(ask.parents[0], second)
    gains = _gains(ask, second)
    names = np.array(ask.parts if len(ask.parts) == len(gains) else [""] * len(gains))
    rows = []
    for name in dict.fromkeys(names.tolist()):
        here = names == name
        scores = (float(m.instance_scores[here].mean()) for m in (ask.parents[0], second))
        won = int((gains[here] < 0).sum()), int((gains[here] > 0).sum())
        rows.append((abs(float(gains[here].mean())), name, int(here.sum()), *map(shown, scores), *won))
    kept = sorted(sorted(range(len(rows)), key=lambda k: -rows[k][0])[:_PARTS])
    return {
        "kind": kind,
        "text": text,
        "score": shown(second.score),
        "wins": [rows[k][1:] for k in kept],
        "left_out": len(rows) - len(kept),
    }


def shown(score: float) -> str:
    """A score as prompts tell it."""
    return f"{score:.4g}"


def clipped(text: str, limit: int) -> str:
    """The text, or its beginning and its end if it is longer."""
    text = text.strip()
    if len(text) <= limit:
        return text
    return f"{text[: limit * 2 // 3]}\n[…]\n{text[-limit // 3 :]}"


def joined(lines: Sequence[str], limit: int) -> str:
    """As many of the lines as fit into so many characters."""
    kept: list[str] = []
    for line in lines:
        if sum(map(len, kept)) + len(kept) + len(line) > limit:
            break
        kept.append(line)
    return "\n".join(kept)
