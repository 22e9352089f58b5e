"""The small problem that is bred on, and questions about it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from evaluators.declaration import EntryPoint
from evaluators.problem import Problem
from evolve.proposers.base import Ask, Member
from tests.support.breeding import PRIORITY, SEQUENCE, small_problem


@pytest.fixture
def priority() -> EntryPoint:
    return PRIORITY


@pytest.fixture
def sequence() -> EntryPoint:
    return SEQUENCE


@pytest.fixture
def problem() -> Problem:
    return small_problem()


@pytest.fixture
def ask(problem: Problem) -> Callable[..., Ask]:
    def make(
        ordinal: int, entry: EntryPoint = PRIORITY, parents: tuple[Member, ...] = (), seed: int | None = None
    ) -> Ask:
        return Ask("c", f"c-{ordinal}", ordinal, 1000 + ordinal if seed is None else seed, problem, entry, parents, (),
                   None, {})  # fmt: skip

    return make
