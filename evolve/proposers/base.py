"""What a proposer is asked and what it answers.

The campaign owns selection, durability and budgets; a proposer turns parents into one child. Everything it draws at
random comes from ``Ask.seed``, so that a resumed campaign asks the same question again and gets the same answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from evaluators.candidate import Candidate
from evaluators.declaration import EntryPoint
from evaluators.problem import Problem


@dataclass(frozen=True, slots=True)
class Member:
    """A candidate of the population, with what a proposer may know of it (never anything of ``test``).

    Attributes:
        candidate_id: its content identity.
        source: text of its file.
        score: on ``train``, in the unit and direction of the problem's first objective.
        instance_scores: per ``train`` instance, in the problem's order.
        genome: the proposer's own notation of it (a tree), or None if it is known by its source only.
        feedback: what the cascade said of it.
        validation: score on ``validation`` if it got there.
        ordinal: of the proposal that brought it.
        objectives: objective name -> mean on ``train``.
        cpu_seconds: of its evaluation on ``train``.
    """

    candidate_id: str
    source: str
    score: float
    instance_scores: np.ndarray
    genome: str | None = None
    feedback: str = ""
    validation: float | None = None
    ordinal: int = 0
    objectives: Mapping[str, float] = field(default_factory=dict)
    cpu_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Repair:
    """The child to mend: its source, and what went wrong with it."""

    source: str
    verdict: str
    stage: str
    feedback: str
    turn: int


@dataclass(frozen=True, slots=True)
class Ask:
    """One request for a child.

    Attributes:
        campaign_id: of the campaign.
        proposal_id: of the proposal this child is for.
        ordinal: 1, 2, 3, … within the campaign.
        seed: for everything drawn at random while answering.
        problem: its trusted part (``situations`` and the declaration are what a proposer may use).
        entry: entry point in use.
        parents: chosen by selection, best first; empty while the population is being founded.
        pool: further members drawn by selection, for proposers that try several matings.
        best: best member so far by ``train``, or None.
        baselines: baseline name -> score on ``train``.
        repair: set when the child of this proposal failed and is to be mended.
        parts: group of each ``train`` instance, in the order of a member's ``instance_scores``.
    """

    campaign_id: str
    proposal_id: str
    ordinal: int
    seed: int
    problem: Problem
    entry: EntryPoint
    parents: tuple[Member, ...]
    pool: tuple[Member, ...]
    best: Member | None
    baselines: Mapping[str, float]
    repair: Repair | None = None
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposed:
    """A proposer's answer.

    Attributes:
        candidate: the child, or None if no program could be read from the answer.
        operator: how it was made (``crossover``, ``mutation``, ``rewrite``, ``diff``, ``repair`` …).
        parents: candidate ids of the parents really used.
        genome: the proposer's own notation, if it has one.
        failure: why there is no candidate, told to the proposer in a repair turn.
        asked: the operator somebody was asked for, who may have answered with another; empty if nobody was asked.
        remark: what was said beside the program, in a sentence or a few.
    """

    candidate: Candidate | None
    operator: str
    parents: tuple[str, ...] = ()
    genome: str | None = None
    failure: str = ""
    asked: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Observation:
    """What became of a proposal; told to the proposer once it is in the archive, and again after a resume.

    A proposer that asks is told of rejected programs and of duplicates (verdict ``duplicate``) too: they were paid for.
    """

    ordinal: int
    source: str
    genome: str | None
    verdict: str
    score: float | None
    instance_scores: np.ndarray | None = None
    """Per ``train`` instance, NaN where racing stopped it; None if unknown."""
    asked: str = ""
    """The operator that was asked for first; empty if nobody was asked. What follows is of proposers that ask."""
    model: str = ""
    """Who answered."""
    remark: str = ""
    """What was said beside the program."""
    parent_score: float | None = None
    """Score on ``train`` of the first parent; None without one."""
    parent_source: str = ""
    """Its source."""
    calls: int = 0
    """Attempts to get an answer, repairs included."""
    nusd: int = 0
    """What they cost, in nano-dollars."""


class Proposer(Protocol):
    """Turns parents into children."""

    name: str
    repairs: bool
    """Whether it reads what it is told of its children: of one that failed, to mend it, and where a good one loses."""

    def founders(self) -> int:
        """How many first proposals need no parents (a founding population)."""
        ...

    def propose(self, ask: Ask) -> Proposed:
        """One child. May block (a model's answer); called from several threads at once."""
        ...

    def observe(self, observation: Observation) -> None:
        """Learn from a judged proposal; called from one thread at a time, in no particular order."""
        ...
