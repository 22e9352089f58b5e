"""The proposer that asks: for a rewrite, an edit, or the repair of what failed. A model answers, or an inbox.

The operators are those of AlphaEvolve (Novikov et al., arXiv:2506.13131, 2025): full rewrites and search/replace
edits. A question shows one parent, at most two other programs and the failure in question, and nothing else: prompt
length is money.
"""

from __future__ import annotations

import difflib
import random
from collections.abc import Sequence
from typing import Any, Protocol

from evaluators.candidate import Candidate
from evaluators.problem import EntryPoint
from evolve.llm.client import Answer, Call
from evolve.llm.errors import RefusedError, UnavailableError
from evolve.llm.settings import LLMSettings
from evolve.proposers.base import Ask, Member, Observation, Proposed
from evolve.proposers.llm.block import read_block_answer
from evolve.proposers.llm.cpp import read_cpp_answer
from evolve.proposers.llm.prompts import PromptLibrary
from evolve.proposers.llm.reading import read_answer
from evolve.proposers.llm.sections import Tally

READERS = {"python": read_answer, "cpp": read_cpp_answer}
"""Language -> what reads a program from an answer."""
_INSPIRATIONS = 2
_IDEA_CHARACTERS = 1_500
_FEEDBACK_CHARACTERS = 2_000
_ANSWER_CHARACTERS = 4_000
_BASELINES = 8


class Asked(Protocol):
    """Who is asked: a client of models, or of an inbox."""

    settings: LLMSettings

    def complete(self, call: Call) -> Answer:
        """The answer to a question, from the record if it is there; blocks."""
        ...

    def answered(self, proposal_id: str, turn: int) -> Answer | None:
        """The answer on record to a turn of a proposal, or None."""
        ...

    def stop(self) -> None:
        """End waiting calls with :class:`evolve.llm.StoppedError`."""
        ...


class LLMProposer:
    """Asks a model for each child.

    Args:
        client: shared by all threads of the campaign.
        prompts: the templates; those that come with the program by default.
        name: of the proposer, told by who answers.
    """

    repairs = True

    def __init__(self, client: Asked, prompts: PromptLibrary | None = None, name: str = "llm") -> None:
        self.client = client
        self.name = name
        self._prompts = prompts or PromptLibrary()
        self.tally = Tally()
        """Of the questions asked: what their length is spent on."""

    def founders(self) -> int:
        """None: with nothing to start from, it asks for a program from scratch."""
        return 0

    def propose(self, ask: Ask) -> Proposed:
        """One child, after one call (none if its answer is already on record).

        A refusal of this prompt or an endpoint that does not answer is a failed proposal.

        Raises:
            BudgetExhaustedError, FatalLLMError, StoppedError: the campaign must stop.
        """
        rng = random.Random(ask.seed)
        model = rng.choice(self.client.settings.models)
        operator = self._operator(ask, rng)
        base, context = self._context(ask, operator, rng)
        question = self._prompts.render(operator, context)
        self.tally.add(question.messages, context)
        turn = ask.repair.turn if ask.repair else 0
        parents = (ask.parents[0].candidate_id,) if ask.parents else ()
        try:
            answer = self.client.complete(
                Call(str(ask.proposal_id), turn, model, question.messages, question.name, question.digest)
            )
        except (RefusedError, UnavailableError) as error:
            return Proposed(None, operator, parents, failure=str(error))
        read = read_block_answer if ask.entry.template else READERS[ask.problem.spec.language]
        reading = read(answer.text, ask.entry, base, answer.finish_reason)
        operator = "repair" if operator == "repair" else reading.operator
        if reading.source is None:
            return Proposed(None, operator, parents, failure=reading.failure)
        spec = ask.problem.spec
        return Proposed(Candidate.of_text(reading.source, ask.entry.file, spec.language), operator, parents)

    def observe(self, observation: Observation) -> None:
        """Nothing is learnt between calls: what a model should know is in its prompt."""

    def _operator(self, ask: Ask, rng: random.Random) -> str:
        weights = self.client.settings.weights
        drawn = rng.choices(list(weights), list(weights.values()))[0]
        if ask.repair and (ask.repair.source or self._previous(ask)):
            return "repair"
        return drawn if ask.parents else "rewrite"

    def _previous(self, ask: Ask) -> str:
        """The answer of the turn before, from which no program could be read; empty if there was none."""
        if ask.repair is None or ask.repair.turn < 1:
            return ""
        answer = self.client.answered(str(ask.proposal_id), ask.repair.turn - 1)
        return answer.text if answer else ""

    def _context(self, ask: Ask, operator: str, rng: random.Random) -> tuple[str | None, dict[str, Any]]:
        """The program that edits apply to, and what the template is told. Nothing in it is of the test split."""
        spec = ask.problem.spec
        better_first = sorted(
            ask.baselines.items(), key=lambda item: item[1], reverse=spec.objective.direction == "max"
        )
        context: dict[str, Any] = {
            "title": spec.title,
            "language": spec.language,
            "statement": spec.statement.strip(),
            "signature": ask.entry.signature.strip(),
            "block": _block(ask.entry),
            "packages": (*spec.requires.packages, *spec.requires.shown),
            "unit": spec.objective.unit,
            "direction": spec.objective.direction,
            "baselines": [(name, _score(score)) for name, score in better_first[:_BASELINES]],
            "parent": None,
        }
        parent = ask.parents[0] if ask.parents else None
        if parent is not None:
            context["parent"] = {
                "source": parent.source.strip("\n"),
                "score": _score(parent.score),
                "feedback": _clipped(parent.feedback, _FEEDBACK_CHARACTERS),
            }
        base = parent.source if parent else None
        if operator != "repair":
            context["inspirations"] = _inspirations(ask, rng)
            return base, context
        assert ask.repair is not None
        context |= {
            "source": ask.repair.source.strip("\n"),
            "answer": _clipped(self._previous(ask), _ANSWER_CHARACTERS),
            "verdict": ask.repair.verdict,
            "stage": ask.repair.stage,
            "feedback": _clipped(ask.repair.feedback, _FEEDBACK_CHARACTERS),
        }
        return ask.repair.source or base, context


def _block(entry: EntryPoint) -> str:
    """What may be changed: ``marked`` blocks or the ``whole`` of a given program; empty if none is given."""
    if entry.template is None:
        return ""
    return "marked" if entry.template.parts.is_marked else "whole"


def _inspirations(ask: Ask, rng: random.Random) -> list[dict[str, str]]:
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
    """A program as its difference from the parent or its source, whichever is shorter; if both are long, its score."""
    diff = difflib.unified_diff(parent.source.splitlines(), member.source.splitlines(), lineterm="", n=1)
    texts: Sequence[tuple[str, str]] = (
        ("diff", "\n".join(list(diff)[2:])),
        ("source", member.source.strip("\n")),
    )
    kind, text = min(texts, key=lambda pair: len(pair[1]))
    if len(text) > _IDEA_CHARACTERS:
        kind, text = "score", ""
    return {"kind": kind, "text": text, "score": _score(member.score)}


def _score(score: float) -> str:
    return f"{score:.4g}"


def _clipped(text: str, limit: int) -> str:
    """The text, or its beginning and its end if it is longer."""
    text = text.strip()
    if len(text) <= limit:
        return text
    return f"{text[: limit * 2 // 3]}\n[…]\n{text[-limit // 3 :]}"
