"""All check inputs of a candidate, wrong answers or not: how far a failed one has come, and the least input it fails.

A problem whose score is a running time checks answers on small inputs before any clock runs. Right or wrong is one bit;
which share of the inputs is answered rightly, and which kinds are not, is what a search or a model can climb by.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from evaluators.evaluation import Resources
from evaluators.judging import Explain, Frames, Runner, run_judged, verdict_of
from evaluators.problem import Problem
from evaluators.verdicts import Verdict
from sandboxes import Job, Reason

RESTARTS = 3
"""Fresh processes at most for the inputs behind one on which the program crashed."""
INPUTS, PASSED = "check_inputs", "check_inputs_passed"
"""Facts of the stage: check inputs in all, and those answered rightly."""
_TOLD = 8
"""Families named to a proposer."""
_CRASHES = frozenset({Reason.EXITED, Reason.SIGNALLED})


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of the check inputs.

    Attributes:
        verdict: of the first input that failed, which is the least; ``ok`` if none did.
        feedback: what went wrong there, then which families of inputs fail and from which input on.
        facts: check inputs in all and passed, families in all and wholly passed.
        seconds: that the answers took.
        resources: of all runs.
    """

    verdict: Verdict
    feedback: str
    facts: Mapping[str, float]
    seconds: float
    resources: Resources


def check_all(
    problem: Problem, pool: Runner, job: Callable[[tuple[bytes, ...]], Job], frames: Frames, explain: Explain
) -> Checked:
    """Ask for every check input and judge the answers.

    A wrong answer costs only itself. A crash costs the input it happens on: a fresh process goes on behind it, up to
    :data:`RESTARTS` times. What hits a limit ends the run, as the limits are of one run and are used up, and so does
    what is proof of cheating. Inputs that were not reached do not pass.

    Args:
        problem: judges.
        pool: runs.
        job: makes a job of payloads; each has the limits of one run.
        frames: requests for the check inputs, least first.
        explain: of the candidate's language.
    """
    failed: dict[int, tuple[Verdict, str]] = {}
    resources, seconds, first, reached = Resources(), 0.0, 0, 0
    count = len(frames.requests)
    for start in range(1 + RESTARTS):
        rest = replace(frames, requests=frames.requests[first:], smoke_requests=count - first)
        payloads = tuple(request.payload for request in rest.requests)
        judged = run_judged(problem, pool, job(payloads), rest, None, 1.0, explain, ask_all=True)
        outcome = judged.outcome
        resources, seconds = resources.plus(outcome), seconds + sum(outcome.response_seconds)
        if judged.verdict is Verdict.INTERNAL_ERROR:
            if start == 0:
                return Checked(judged.verdict, judged.feedback, {}, seconds, resources)
            break
        failed |= {first + k: said for k, said in judged.wrong.items()}
        reached = first + judged.answered
        verdict, said = verdict_of(outcome, explain)
        if verdict is not Verdict.OK:
            last = min(reached, count - 1)
            failed[last] = verdict, f"on {_name(frames, last)}: {said}"
        first = reached + 1
        if outcome.reason not in _CRASHES or first >= count:
            break
    if not failed:
        return Checked(Verdict.OK, "", _facts(frames, failed, count), seconds, resources)
    # Proof of cheating outweighs whatever else was wrong.
    cheating = [k for k, (verdict, _) in failed.items() if verdict is Verdict.TAMPERING]
    verdict, said = failed[min(cheating or failed)]
    told = f"{said}\n{_told(frames, failed, reached)}"
    return Checked(verdict, told, _facts(frames, failed, reached), seconds, resources)


def _name(frames: Frames, request: int) -> str:
    return frames.instances[frames.requests[request].indices[0]].name


def _families(frames: Frames) -> dict[str, list[int]]:
    """Family -> its requests, in the order in which they are made; a request is of the family of its first instance."""
    found: dict[str, list[int]] = {}
    for k, request in enumerate(frames.requests):
        found.setdefault(frames.instances[request.indices[0]].part, []).append(k)
    return found


def _passed(failed: Mapping[int, object], reached: int, requests: list[int]) -> int:
    return sum(k not in failed and k < reached for k in requests)


def _facts(frames: Frames, failed: Mapping[int, object], reached: int) -> dict[str, float]:
    families = _families(frames).values()
    passed = [_passed(failed, reached, requests) for requests in families]
    return {
        INPUTS: len(frames.requests),
        PASSED: sum(passed),
        "check_families": len(passed),
        "check_families_passed": sum(p == len(f) for p, f in zip(passed, families, strict=True)),
    }


def _told(frames: Frames, failed: Mapping[int, object], reached: int) -> str:
    """Shares, then the families that fail, that with the least failing input first."""
    facts = _facts(frames, failed, reached)
    wrong = {family: [k for k in requests if k in failed] for family, requests in _families(frames).items()}
    failing = sorted((min(ks), family, len(ks)) for family, ks in wrong.items() if ks)
    named = [f"{family} ({number} wrong, the least {_name(frames, k)})" for k, family, number in failing[:_TOLD]]
    if len(failing) > _TOLD:
        named.append(f"and {len(failing) - _TOLD} more")
    said = (
        f"{facts[PASSED]} of {facts[INPUTS]} check inputs are answered rightly, all of "
        f"{facts['check_families_passed']} of {facts['check_families']} families; wrong: {', '.join(named)}"
    )
    untried = len(frames.requests) - max(reached, max(failed) + 1)
    return f"{said}; not tried: {untried}" if untried > 0 else said
