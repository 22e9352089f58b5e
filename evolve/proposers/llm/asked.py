"""Who answers a proposer's questions."""

from __future__ import annotations

from typing import Protocol

from evolve.llm.client import Answer, Call
from evolve.llm.settings import LLMSettings


class Asked(Protocol):
    """Who is asked: a client of models, or of an inbox."""

    settings: LLMSettings

    def complete(self, call: Call) -> Answer:
        """The answer to a question, from the record if it is there; blocks."""
        ...

    def answered(self, proposal_id: str, turn: int) -> Answer | None:
        """The answer on record to a turn of a proposal, or None."""
        ...

    def charged(self, ordinal: int, nusd: int) -> int:
        """What the answers to a proposal, on record at ``nusd``, count as having cost, in nano-dollars."""
        ...

    def stop(self) -> None:
        """End waiting calls with :class:`evolve.llm.StoppedError`."""
        ...
