"""The proposer that asks: for a new program by one of several operators, or for the repair of what failed.

A model answers, or an inbox. A question shows one parent, at most two other programs and the failure in question, and a
few insights: prompt length is money.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from typing import Any

from evaluators.candidate import Candidate
from evolve.llm.client import Answer, Call
from evolve.llm.errors import RefusedError, UnavailableError
from evolve.llm.temperature import Schedule
from evolve.proposers.base import Ask, Observation, Proposed
from evolve.proposers.llm import bandit, insights
from evolve.proposers.llm.asked import Asked
from evolve.proposers.llm.bandit import Arm
from evolve.proposers.llm.block import read_block_answer
from evolve.proposers.llm.context import ANSWER_CHARACTERS, FEEDBACK_CHARACTERS, about, clipped
from evolve.proposers.llm.cpp import read_cpp_answer
from evolve.proposers.llm.operators import OPERATORS, possible
from evolve.proposers.llm.prompts import PromptLibrary
from evolve.proposers.llm.reading import read_answer
from evolve.proposers.llm.record import Record
from evolve.proposers.llm.remark import read_remark
from evolve.proposers.llm.sections import Tally

READERS = {"python": read_answer, "cpp": read_cpp_answer}
"""Language -> what reads a program from an answer."""
_FORMS = ("rewrite", "diff")
"""Operators that are the form of their answer, so that the answer tells which of them it was."""
_SHOWN = 50
"""Proposals that people are told of at a time."""


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
        self._record = Record()
        self._summaries = insights.Summaries(client, client.settings.distill) if client.settings.distill else None

    def founders(self) -> int:
        """None: with nothing to start from, it asks for a program from scratch."""
        return 0

    def propose(self, ask: Ask) -> Proposed:
        """One child, after one call (none if its answer is already on record).

        A refusal of this prompt or an endpoint that does not answer is a failed proposal.

        Raises:
            BudgetExhaustedError, FatalLLMError, StoppedError: the campaign must stop.
        """
        turn = ask.repair.turn if ask.repair else 0
        before = self.client.answered(ask.proposal_id, turn - 1) if turn else None
        rng = random.Random(ask.seed)
        arm = self._arm(ask, rng)
        if before is not None:  # whoever wrote it mends it
            arm = Arm(before.model, arm.operator)
        mending = ask.repair is not None and bool(ask.repair.source or before)
        name = "repair" if mending else arm.operator
        try:
            answer = self.client.complete(self._call(ask, arm, name, before, rng))
        except (RefusedError, UnavailableError) as error:
            return Proposed(None, name, self._parents(ask, name), failure=str(error), asked=arm.operator)
        # The answer on record may be to an earlier question, which then is what was asked.
        asked = answer.prompt_name
        base = ask.parents[0].source if ask.parents else None
        if asked == "repair" and ask.repair is not None:
            base = ask.repair.source or base
        read = read_block_answer if ask.entry.template else READERS[ask.problem.spec.language]
        reading = read(answer.text, ask.entry, base, answer.finish_reason)
        candidate = None
        if reading.source is not None:
            candidate = Candidate.of_text(reading.source, ask.entry.file, ask.problem.spec.language)
        return Proposed(
            candidate,
            reading.operator if asked in _FORMS else asked,
            self._parents(ask, asked),
            failure=reading.failure,
            asked=arm.operator if asked == "repair" else asked,
            remark=read_remark(answer.text),
        )

    def observe(self, observation: Observation) -> None:
        """Keep what became of a proposal: for the bandit, and as insights."""
        cost = self.client.charged(observation.ordinal, observation.nusd)
        self._record.learn(replace(observation, nusd=cost))

    def asked_for(self) -> str:
        """For people: what was asked for most often among the last proposals, and of whom if there are several."""
        outcomes = self._record.recent(0)[-_SHOWN:]
        counts = Counter(Arm(outcome.model, outcome.operator) for outcome in outcomes)
        several = len(self.client.settings.models) > 1
        names = [f"{arm.model} {arm.operator}" if several else arm.operator for arm, _ in counts.most_common(3)]
        said = [f"{name} {count}" for name, (_, count) in zip(names, counts.most_common(3), strict=True)]
        return f"asked for {', '.join(said)} of the last {len(outcomes)}" if outcomes else ""

    def _arm(self, ask: Ask, rng: random.Random) -> Arm:
        """Who is asked and for what, a failed child left out of account."""
        settings = self.client.settings
        operators = possible(settings.weights, ask)
        weights = {
            Arm(model, operator): own * weight
            for model in settings.models
            if (own := settings.of(model).weight) > 0
            for operator, weight in operators.items()
        }
        if settings.bandit:
            return bandit.draw(weights, self._record.recent(ask.ordinal), ask.ordinal, _sign(ask), rng)
        return rng.choices(list(weights), list(weights.values()))[0]

    def _parents(self, ask: Ask, operator: str) -> tuple[str, ...]:
        """Ids of those whose child an answer is."""
        chosen = OPERATORS[operator].parents(ask) if operator in OPERATORS else ask.parents[:1]
        return tuple(member.candidate_id for member in chosen)

    def _call(self, ask: Ask, arm: Arm, name: str, before: Answer | None, rng: random.Random) -> Call:
        context = about(ask)
        if name == "repair":
            assert ask.repair is not None
            context |= {
                "source": ask.repair.source.strip("\n"),
                "answer": clipped(before.text if before else "", ANSWER_CHARACTERS),
                "verdict": ask.repair.verdict,
                "stage": ask.repair.stage,
                "feedback": clipped(ask.repair.feedback, FEEDBACK_CHARACTERS),
            }
        else:
            context |= {"insights": self._insights(ask), **OPERATORS[name].shows(ask, rng)}
        question = self._prompts.render(name, context)
        self.tally.add(question.messages, context)
        turn = ask.repair.turn if ask.repair else 0
        return Call(
            ask.proposal_id, turn, arm.model, question.messages, question.name, question.digest, self._params(ask, arm)
        )

    def _params(self, ask: Ask, arm: Arm) -> dict[str, Any]:
        """What else is sent: the temperature, where it changes."""
        temperature = self.client.settings.of(arm.model).temperature
        if not isinstance(temperature, Schedule):
            return {}
        since = ask.best.ordinal if ask.best is not None else 0
        return {"temperature": temperature.at(ask.ordinal - 1, ask.ordinal - 1 - max(since, 0))}

    def _insights(self, ask: Ask) -> str:
        """What the prompt tells of what raised and lowered scores; may take a call of its own."""
        settings = self.client.settings
        outcomes, sign = self._record.recent(ask.ordinal), _sign(ask)
        if self._summaries is not None:

            def question(proposal_id: str, before: str) -> Call | None:
                found = insights.to_distill(outcomes, sign)
                if not found:
                    return None
                context = {**about(ask), "notes": found, "before": before, "words": settings.insights // 2}
                asked = self._prompts.render("distill", context)
                model = settings.models[0]
                return Call(proposal_id, 0, model, asked.messages, asked.name, asked.digest)

            summary = self._summaries.text(ask.campaign_id, ask.ordinal, question)
            if summary:
                return insights.within(summary.split("\n"), settings.insights)
        return insights.within(insights.notes(outcomes, sign), settings.insights)


def _sign(ask: Ask) -> float:
    """+1 if smaller scores are better, else -1."""
    return 1.0 if ask.problem.spec.objective.direction == "min" else -1.0
