"""What can be wrong with a problem's evaluation or with the sandbox under it, and how to close it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Leak(StrEnum):
    """A way to a better score, or out of the sandbox, that is not a better program."""

    ANSWER_READABLE = "answer readable"
    FORGED_RESULT = "forged result accepted"
    REPORTED_OBJECTIVE = "candidate-reported objective believed"
    CLOCK_TRUSTED = "clock trusted"
    INPUT_MUTATION = "input mutation visible"
    LATE_WORK = "work after the timer"
    EXCEPTION_SCORED = "exception scored as success"
    WRONG_ACCEPTED = "wrong answer accepted"
    FUTURE_VISIBLE = "future visible"
    CHANCE_UNSEEN = "dependence on chance or order unseen"
    JUDGE_BROKEN = "hostile answer breaks the judge"
    FEEDBACK_FLOODED = "feedback flooded"
    STATE_KEPT = "state kept between jobs"
    HOST_READABLE = "host file readable"
    HOST_WRITABLE = "write outside the work directory"
    NETWORK = "network reachable"
    PROCESSES_REACHABLE = "other processes reachable"
    KERNEL_REACHABLE = "kernel interface reachable"
    LIMIT_NOT_HELD = "limit not held"
    LEFT_BEHIND = "something left behind"
    SANDBOX_DAMAGED = "sandbox damaged"
    HONEST_REFUSED = "honest program refused"


_SANDBOX = "run `evolve doctor`; this is a hole in the sandbox itself, so evolve nothing here until it is closed"

REMEDIES: Mapping[Leak, str] = {
    Leak.ANSWER_READABLE: "send the harness nothing but what the signature promises: best-known values, references and "
    "names stay in problem.py (Instance.reference), and requests() must not look at them",
    Leak.FORGED_RESULT: "take decisions only from the harness's response, never from a file, a descriptor or a flag, "
    "and have score() check every one of them against the instance",
    Leak.REPORTED_OBJECTIVE: "recompute the objective in score() from the instance and the decisions; ignore whatever "
    "number comes with them",
    Leak.CLOCK_TRUSTED: "never score a time measured in the candidate's process; use the supervisor's account of CPU "
    "and elapsed seconds",
    Leak.INPUT_MUTATION: "judge on the instance that score() is given, not on one that came back, and change nothing "
    "in it; hand the candidate copies or read-only arrays",
    Leak.LATE_WORK: "turn the answer into plain numbers before a timer is stopped, and accept nothing that is made "
    "after it",
    Leak.EXCEPTION_SCORED: "let exceptions of the candidate leave the harness: no `except` around its call, and no "
    "default answer in its place",
    Leak.WRONG_ACCEPTED: "have score() raise WrongAnswerError for whatever is not a feasible answer: the wrong length, "
    "NaN, numbers out of range, missing or repeated items",
    Leak.FUTURE_VISIBLE: "move what is not yet revealed into a simulator (entry_points.simulator), send only what has "
    "happened, and give anticipation_pairs() so that the audit of elites can tell",
    Leak.CHANCE_UNSEEN: "keep 'audit' among the stages and declare deterministic = \"exact\"; decisions must not "
    "depend on chance, on the clock, or on the order of instances",
    Leak.JUDGE_BROKEN: "have decode() and score() raise WrongAnswerError for every malformed response; any other "
    "exception is taken for a failure of ours, which a candidate is never blamed for",
    Leak.FEEDBACK_FLOODED: "shorten what WrongAnswerError quotes from an answer",
    Leak.STATE_KEPT: "one job must find nothing of another: " + _SANDBOX,
    Leak.HOST_READABLE: _SANDBOX,
    Leak.HOST_WRITABLE: _SANDBOX,
    Leak.NETWORK: _SANDBOX,
    Leak.PROCESSES_REACHABLE: _SANDBOX,
    Leak.KERNEL_REACHABLE: _SANDBOX,
    Leak.LIMIT_NOT_HELD: "check [limits] in problem.toml and the machine with `evolve doctor`: memory, processes and "
    "CPU are held for all processes of a job together only where cgroups can be written",
    Leak.LEFT_BEHIND: _SANDBOX,
    Leak.SANDBOX_DAMAGED: _SANDBOX,
    Leak.HONEST_REFUSED: "loosen the harness or [limits]: a correct program written in another style must pass too",
}
"""One sentence for each: how to close it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One leak, proven.

    Attributes:
        leak: which.
        attack: name of the attack that proved it, or of the inspection of the problem's trusted part.
        entry_point: against which.
        evidence: one sentence saying what was seen.
    """

    leak: Leak
    attack: str
    entry_point: str
    evidence: str

    @property
    def remedy(self) -> str:
        """One sentence saying how to close it."""
        return REMEDIES[self.leak]

    def as_json(self) -> dict[str, Any]:
        """Plain values for a JSON document."""
        return {
            "leak": self.leak.value, "attack": self.attack, "entry_point": self.entry_point,
            "evidence": self.evidence, "remedy": self.remedy,
        }  # fmt: skip
