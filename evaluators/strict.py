"""Reading what came out of a sandbox: bounded, strict, never executed."""

from __future__ import annotations

import json
import math
from typing import Any

from evaluators.verdicts import Verdict


class WrongAnswerError(ValueError):
    """The candidate's decisions are infeasible or incorrect; the message is told to the proposer.

    Args:
        message: one sentence.
        verdict: another one than ``wrong_answer``, where a program beside the candidate tells how it failed.
    """

    def __init__(self, message: str, verdict: Verdict = Verdict.WRONG_ANSWER) -> None:
        super().__init__(message)
        self.verdict = verdict


def _refuse_constant(token: str) -> Any:
    raise WrongAnswerError(f"the answer holds {token}, which is not a number")


def _finite(token: str) -> float:
    value = float(token)
    if math.isinf(value):
        raise WrongAnswerError(f"the answer holds {token[:40]}, which is too large for a number")
    return value


def parse_json(data: bytes, limit: int = 4 << 20) -> Any:
    """Parse JSON from a sandbox: size-capped, no NaN or infinities, nesting bounded by the interpreter.

    Raises:
        WrongAnswerError: saying what is wrong with it.
    """
    if len(data) > limit:
        raise WrongAnswerError(f"the answer has {len(data)} bytes, more than {limit}")
    try:
        return json.loads(data.decode("utf-8"), parse_constant=_refuse_constant, parse_float=_finite)
    except WrongAnswerError:
        raise
    except ValueError as error:  # neither UTF-8 nor JSON, or a whole number of thousands of digits
        raise WrongAnswerError(f"the answer is not JSON: {error}") from None
    except RecursionError:
        raise WrongAnswerError("the answer is nested too deeply") from None
