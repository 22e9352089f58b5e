"""What is wrong with the answers that are not feasible, and what goes wrong together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evaluators.rconstraintbench.verifier import KINDS
from evolve.rcbench.report.intervals import Interval, wilson
from evolve.rcbench.results import Answer

REFUSED = "REFUSED"
CLASSES = (*KINDS, REFUSED)
"""Classes of violation, and the answer that was refused."""


@dataclass(frozen=True, slots=True)
class ClassShare:
    """One class of error.

    Attributes:
        kind: one of :data:`CLASSES`.
        count: answers in which it occurs.
        share: of the answers that are not feasible; shares add up to more than one where classes occur together.
        confidence: Wilson's 95 % interval of ``share``.
        first: answers in which it is the violation that begins earliest.
    """

    kind: str
    count: int
    share: float
    confidence: Interval
    first: int


@dataclass(frozen=True, slots=True)
class Errors:
    """Errors of some answers.

    Attributes:
        n: answers that are not feasible.
        classes: those that occur, in the order of :data:`CLASSES`.
        together: in how many answers class i and class j both occur, by the order of ``classes``.
        lift: how many times as often as if they occurred independently among these answers; 1 on the diagonal.
    """

    n: int
    classes: tuple[ClassShare, ...]
    together: tuple[tuple[int, ...], ...]
    lift: tuple[tuple[float, ...], ...]


def errors(answers: Sequence[Answer]) -> Errors:
    """Classes among the answers that are not feasible; those not answered at all must have been left out."""
    wrong = [answer for answer in answers if answer.verdict != "feasible"]
    sets = [{REFUSED} if answer.verdict == "refused" else set(answer.kinds) for answer in wrong]
    firsts = [REFUSED if answer.verdict == "refused" else answer.first_kind for answer in wrong]
    n = len(wrong)
    found = [kind for kind in CLASSES if any(kind in kinds for kinds in sets)]
    together = tuple(tuple(sum(a in kinds and b in kinds for kinds in sets) for b in found) for a in found)
    classes = tuple(
        ClassShare(kind, together[k][k], together[k][k] / n, wilson(together[k][k], n), firsts.count(kind))
        for k, kind in enumerate(found)
    )
    lift = tuple(
        tuple(1.0 if i == j else together[i][j] * n / (a.count * b.count) for j, b in enumerate(classes))
        for i, a in enumerate(classes)
    )
    return Errors(n, classes, together, lift)
