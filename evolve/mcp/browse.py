"""The archive as an agent may see it: train and validation, never ``test``."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from evaluators.verdicts import Verdict
from evolve.archive import queries
from evolve.archive.records import find_candidate
from evolve.inbox import InboxError
from evolve.inbox.desk import Desk

SPLITS = ("train", "validation")


def latest(desk: Desk, verdict: str | None, limit: int) -> list[dict[str, Any]]:
    """The latest programs of the campaign as judged on ``train``, newest first.

    Raises:
        InboxError: if there is no campaign, or no such verdict.
    """
    _check("verdict", verdict, [None, *(one.value for one in Verdict)])
    return queries.candidates(desk.archive, campaign=desk.the_campaign().id, verdict=verdict, limit=_positive(limit))


def best(desk: Desk, split: str, limit: int) -> list[dict[str, Any]]:
    """The best programs for the campaign's problem on a split.

    Raises:
        InboxError: if there is no campaign, or the split is not one that may be looked at.
    """
    _check("split", split, SPLITS)
    spec = desk.the_campaign().spec()
    return queries.best(
        desk.archive, spec.objective.direction, spec.name, split=split, limit=_positive(limit), trust=spec.trust
    )


def show(desk: Desk, reference: str) -> dict[str, Any]:
    """A program: source, provenance, and what it did on train and validation.

    Raises:
        InboxError: if there is none, or several.
    """
    document = queries.show(desk.archive, _found(desk, reference))
    document["evaluations"] = [one for one in document["evaluations"] if one["split"] in SPLITS]
    return document


def lineage(desk: Desk, reference: str, depth: int) -> list[dict[str, Any]]:
    """Ancestors of a program, breadth first, with their scores on ``train``.

    Raises:
        InboxError: if there is none, or several.
    """
    return queries.lineage(desk.archive, _found(desk, reference), depth=_positive(depth, "depth"))


def _found(desk: Desk, reference: str) -> str:
    try:
        return find_candidate(desk.archive, reference).id
    except KeyError as error:
        raise InboxError(str(error.args[0])) from None


def _check(name: str, value: str | None, allowed: Collection[str | None]) -> None:
    if value not in allowed:
        raise InboxError(f"{name} is {value!r}; allowed: {', '.join(one for one in allowed if one)}")


def _positive(number: int, name: str = "limit") -> int:
    if number < 1:
        raise InboxError(f"{name} must be at least 1, not {number}")
    return number
