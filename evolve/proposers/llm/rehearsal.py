"""The first question of a campaign, drawn up and not asked."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evaluators.candidate import Candidate
from evaluators.declaration import EntryPoint
from evaluators.problem import Problem
from evolve.llm.client import Answer, Call
from evolve.llm.errors import StoppedError
from evolve.llm.settings import LLMSettings
from evolve.proposers.base import Ask, Member
from evolve.proposers.llm.proposer import LLMProposer
from evolve.proposers.llm.sections import CHARACTERS_PER_TOKEN

_PROSE_TOKENS = 100
"""At most three sentences are asked for beside the program."""


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What a question is like.

    Attributes:
        sections: section of the prompt -> tokens, estimated.
        prompt_tokens: of the whole prompt.
        answer_tokens: of an answer that is as long as the program shown.
    """

    sections: dict[str, int]
    prompt_tokens: int
    answer_tokens: int


class _Nobody:
    """Is asked, and says nothing."""

    def __init__(self, settings: LLMSettings) -> None:
        self.settings = settings

    def complete(self, call: Call) -> Answer:
        """No answer."""
        raise StoppedError("nobody is asked in a rehearsal")

    def answered(self, proposal_id: str, turn: int) -> Answer | None:
        """Nothing is on record."""
        return None

    def charged(self, ordinal: int, nusd: int) -> int:
        """What is on record."""
        return nusd

    def stop(self) -> None:
        """Nothing waits."""


def rehearse(problem: Problem, entry: EntryPoint, sources: Sequence[Candidate], settings: LLMSettings) -> Rehearsed:
    """The first question, with a source the campaign starts from as the parent."""
    programs = [source.text(entry.file) for source in sources]
    members = tuple(Member(c.id, text, 0.0, np.zeros(1)) for c, text in zip(sources, programs, strict=True))
    proposer = LLMProposer(_Nobody(settings))
    ask = Ask(
        "", "", 1, 0, problem, entry, members[:1], members[1:], members[0] if members else None,
        dict.fromkeys(entry.baselines, 0.0),
    )  # fmt: skip
    with contextlib.suppress(StoppedError):
        proposer.propose(ask)
    found = proposer.tally.average_tokens()
    length = max((len(text) for text in programs), default=0)
    return Rehearsed(found, sum(found.values()), length // CHARACTERS_PER_TOKEN + _PROSE_TOKENS)
