"""A small problem with trees, and one without, that need no files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evaluators.problem import EntryPoint, Objective, Problem, ProblemSpec, Requires
from evolve.proposers.base import Ask, Member

PRIORITY = EntryPoint(
    name="priority",
    signature="def priority(p, d, t):",
    arguments=("p", "d", "t"),
    file="candidate.py",
    harness="harness.py",
    elementwise=True,
    terminals={"p": "p", "d": "d", "t": "t", "slack": "d - t - p", "mdd": "np.maximum(d - t, p)"},
)
SEQUENCE = EntryPoint("sequence", "def sequence(p, d):", ("p", "d"), "candidate.py", "harness.py")


class SmallProblem(Problem):
    """Situations only; nothing is ever run."""

    def instances(self, split: Any, secret: str | None = None) -> list[Any]:
        return []

    def score(self, instance: Any, decisions: Any) -> Any:
        raise AssertionError("nothing is judged in these tests")

    def situations(self, entry: EntryPoint) -> dict[str, np.ndarray] | None:
        if not entry.elementwise:
            return None
        rng = np.random.default_rng(0)
        return {
            "p": rng.integers(1, 100, (40, 8)).astype(float),
            "d": rng.integers(-50, 900, (40, 8)).astype(float),
            "t": rng.integers(0, 500, (40, 1)).astype(float),
        }


@pytest.fixture
def priority() -> EntryPoint:
    return PRIORITY


@pytest.fixture
def sequence() -> EntryPoint:
    return SEQUENCE


@pytest.fixture
def problem() -> Problem:
    spec = ProblemSpec(
        "small/problem", "Small", "python", False, "exact", (PRIORITY, SEQUENCE), (Objective("gap", "%", "min"),),
        Requires(), {}, ("train",), (), {}, (), {}, 20_000, Path(), "", "v",
    )  # fmt: skip
    return SmallProblem(spec)


@pytest.fixture
def ask(problem: Problem) -> Callable[..., Ask]:
    def make(
        ordinal: int, entry: EntryPoint = PRIORITY, parents: tuple[Member, ...] = (), seed: int | None = None
    ) -> Ask:
        return Ask("c", f"c-{ordinal}", ordinal, 1000 + ordinal if seed is None else seed, problem, entry, parents, (),
                   None, {})  # fmt: skip

    return make


def member(name: str, source: str, genome: str | None = None, score: float = 1.0) -> Member:
    """A member with nothing but what the genetic proposer reads."""
    return Member(name, source, score, np.array([score]), genome)
