"""The first look at a task whose evaluator runs beside the candidate: what it makes of failure, and of a forgery.

What a forgery achieves is no leak to be closed, as it would be in a problem of ours: it is measured so that people see
what a score of this task is worth.
"""

from __future__ import annotations

import textwrap
from typing import Any

from evaluators.candidate import Candidate
from evaluators.evaluation import Evaluation
from evaluators.judge import Judge

FORGED_SCORE = 1e9
_BROKEN = 'raise RuntimeError("broken on purpose")'
# Looks in all threads for the loop that hands over answers, and hands one over in the evaluator's place.
_FORGERY = f"""
def _forge():
    import json, os, struct, sys
    said = json.dumps({{"metrics": {{"combined_score": {FORGED_SCORE!r}}}, "artifacts": {{}}, "failed": None}}).encode()
    for frame in sys._current_frames().values():
        while frame is not None:
            if frame.f_code.co_name == "_answer":
                os.write(frame.f_locals["answers"], struct.pack("<I", len(said)) + said)
            frame = frame.f_back
_forge()
"""


def first_look(evaluator: Judge, given: Evaluation) -> dict[str, Any]:
    """Judge a broken and a forging variant of the task's program.

    Args:
        evaluator: of the task.
        given: the evaluation of the program as it was given; it must have a score.

    Returns:
        ``initial`` (its score), ``broken`` and ``forged`` (verdict and score each), and ``findings``: sentences.
    """
    broken = _variant(evaluator, _BROKEN)
    forged = _variant(evaluator, _FORGERY)
    findings = []
    if forged.score is not None and forged.score >= FORGED_SCORE:
        findings.append("a program that answers in the evaluator's place is believed: read a winner before you use it")
    if broken.score is not None and given.score is not None and broken.score >= given.score:
        findings.append(
            f"a program that raises when it is imported scores {broken.score:g}, no worse than the given one with "
            f"{given.score:g}"
        )
    return {
        "initial": given.score,
        "broken": {"verdict": broken.verdict.value, "score": broken.score},
        "forged": {"verdict": forged.verdict.value, "score": forged.score},
        "findings": findings,
    }


def _variant(evaluator: Judge, added: str) -> Evaluation:
    """The given program with some code at the end of its last block."""
    entry, spec = evaluator.entry, evaluator.problem.spec
    assert entry.template is not None
    *others, last = entry.template.parts.blocks
    lines = [line for line in last.splitlines() if line.strip()]
    indent = lines[0][: len(lines[0]) - len(lines[0].lstrip())] if lines else ""
    changed = last.rstrip("\n") + "\n" + textwrap.indent(added.strip("\n"), indent) + "\n"
    text = entry.template.parts.filled([*others, changed])
    return evaluator.evaluate(Candidate.of_text(text, entry.file, spec.language), "train")
