"""Insights: what raised or lowered the score so far, told in the prompts and bounded in tokens.

Free of charge are the remarks that came with the programs, each beside the change of the score it led to. For a call of
its own a model sums them up (``distill``), as reflections are summed up in ReEvo (Ye et al., NeurIPS 2024). Such a call
is on record like any other, under an id that follows from the campaign and the number of the summary: it is never
bought twice, and a resumed campaign reads it from there.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence

from evolve.llm.client import Answer, Call
from evolve.llm.errors import BudgetExhaustedError, RefusedError, UnavailableError
from evolve.proposers.llm import text as texts
from evolve.proposers.llm.asked import Asked
from evolve.proposers.llm.context import joined, shown
from evolve.proposers.llm.record import Outcome

CHARACTERS_PER_TOKEN = 3
"""Fewer than common tokenizers' on English (4), so that the bound holds."""
_NOTE_CHARACTERS = 200
_DISTILLED = 40
"""Remarks a model is given to sum up."""
_LEAST = 3
"""Remarks without which there is nothing to sum up."""
_BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)])?\s*")


def notes(outcomes: Sequence[Outcome], sign: float) -> list[str]:
    """Remarks with the change of the score they led to, in turns what raised it most and what lowered it most.

    Left out is what was made of the worse half of all parents: nearly anything changes a poor program much. Changes are
    relative, since early ones would outdo all later ones otherwise. Of equal remarks the first is told.
    """
    said: dict[str, Outcome] = {}
    parents = sorted(sign * outcome.parent_score for outcome in outcomes if outcome.parent_score is not None)
    for outcome in outcomes:
        if outcome.remark and outcome.gain(sign) and sign * (outcome.parent_score or 0.0) <= parents[len(parents) // 2]:
            said.setdefault(outcome.remark.casefold(), outcome)
    ranked = sorted(said.values(), key=lambda outcome: (-_relative(outcome), outcome.ordinal))
    better = [outcome for outcome in ranked if outcome.gain(sign) > 0]
    worse = [outcome for outcome in ranked if outcome.gain(sign) < 0]
    turns = [pair[k] for k in range(max(len(better), len(worse))) for pair in (better, worse) if k < len(pair)]
    return [_note(outcome, sign) for outcome in turns]


def _relative(outcome: Outcome) -> float:
    assert outcome.score is not None and outcome.parent_score is not None
    largest = max(abs(outcome.score), abs(outcome.parent_score))
    return abs(outcome.score - outcome.parent_score) / largest


def _note(outcome: Outcome, sign: float) -> str:
    assert outcome.score is not None and outcome.parent_score is not None
    how = "better" if outcome.gain(sign) > 0 else "worse"
    said = f"{how}, {shown(outcome.parent_score)} to {shown(outcome.score)}: {outcome.remark}"
    return said if len(said) <= _NOTE_CHARACTERS else f"{said[: _NOTE_CHARACTERS - 1].rstrip()}…"


class Summaries:
    """The summaries of a campaign: one after every so many proposals, each from the record or bought once.

    Args:
        client: whom to ask.
        every: proposals between two of them.
    """

    def __init__(self, client: Asked, every: int) -> None:
        self._client, self._every = client, every
        self._lock = threading.Lock()
        self._known: dict[int, str] = {}
        self._tried: set[int] = set()

    def text(self, campaign_id: str, ordinal: int, question: Callable[[str, str], Call | None]) -> str:
        """The summary a proposal is told, by its number in the campaign; empty while there is none.

        The first proposal after it is due buys it; who comes meanwhile is told the one before. If no answer is to be
        had the one before stays.

        Args:
            campaign_id: of the campaign.
            ordinal: of the proposal.
            question: makes the call from its id and the summary before; None if there is nothing to sum up.
        """
        due, since = divmod(ordinal - 1, self._every)
        before = self._latest(campaign_id, due)
        with self._lock:
            # One proposal of so many buys it: whether there was anything to sum up must not hang on a resume.
            if due == 0 or since or due in self._known or due in self._tried:
                return before
            self._tried.add(due)
        call = question(_id(campaign_id, due), before)
        if call is None:
            return before
        try:
            answer = self._client.complete(call)
        except (BudgetExhaustedError, RefusedError, UnavailableError):
            return before
        return self._keep(due, answer)

    def _latest(self, campaign_id: str, due: int) -> str:
        """The last one there is up to ``due``, from memory or the record."""
        for number in range(due, 0, -1):
            with self._lock:
                known, tried = self._known.get(number), number in self._tried
            if known is not None:
                return known
            answer = None if tried else self._client.answered(_id(campaign_id, number), 0)
            if answer is not None:
                return self._keep(number, answer)
        return ""

    def _keep(self, number: int, answer: Answer) -> str:
        with self._lock:
            return self._known.setdefault(number, read_summary(answer.text))


def _id(campaign_id: str, number: int) -> str:
    return f"{campaign_id}-insights-{number:06d}"


def summary_number(call_id: str) -> int:
    """Which summary of its campaign a call, by the id it has in place of a proposal's, was for."""
    return int(call_id.rpartition("-")[2])


def read_summary(answer: str) -> str:
    """The lessons in an answer, one a line, without code and bullets."""
    text = texts.without_thoughts(texts.normalised(answer))
    lines = (_BULLET.sub("", line).strip() for line in text.split("\n") if not line.lstrip().startswith(("```", "~~~")))
    return "\n".join("".join(c for c in line if c.isprintable()) for line in lines if line)


def within(lines: Sequence[str], tokens: int) -> str:
    """As many of the lines as fit into so many tokens."""
    return joined(lines, tokens * CHARACTERS_PER_TOKEN)


def to_distill(outcomes: Sequence[Outcome], sign: float) -> list[str]:
    """The remarks a summary is made of; empty if there are too few."""
    found = notes(outcomes, sign)[:_DISTILLED]
    return found if len(found) >= _LEAST else []
