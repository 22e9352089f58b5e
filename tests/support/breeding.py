"""What the tests of breeding breed: a small problem, trees, programs and members that need no files."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from evaluators.declaration import EntryPoint, Objective, ProblemSpec, Requires
from evaluators.problem import Problem
from evolve.proposers.base import Member
from evolve.proposers.genetic.trees import Grammar, Tree
from evolve.proposers.genetic.variation import crossover, mutate

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


def small_problem() -> Problem:
    """It has both entry points."""
    spec = ProblemSpec(
        "small/problem", "Small", "python", False, "exact", (PRIORITY, SEQUENCE), (Objective("gap", "%", "min"),),
        Requires(), {}, ("train",), (), {}, (), {}, 20_000, Path(), "", "v",
    )  # fmt: skip
    return SmallProblem(spec)


def member(name: str, source: str, genome: str | None = None, score: float = 1.0) -> Member:
    """A member with nothing but what the genetic proposer reads."""
    return Member(name, source, score, np.array([score]), genome)


def bred(grammar: Grammar, seed: int) -> Tree:
    """A tree some variations away from random ones."""
    rng = Random(seed)
    tree = grammar.draw_tree(rng)
    for _ in range(rng.randrange(8)):
        if rng.random() < 0.5:
            tree = crossover(grammar, tree, grammar.draw_tree(rng), rng)
        else:
            tree = mutate(grammar, tree, rng)[0]
    return tree


IMPROVED = '''import numpy as np


def tardiness(order, p, d):
    return np.maximum(np.cumsum(p[order]) - d[order], 0).sum()


def sequence(p, d):
    """Modified due dates, then a job moved to the end where that helps."""
    left, order, t = list(range(len(p))), [], 0.0
    while left:
        best = min(left, key=lambda j: (max(t + p[j], d[j]), p[j]))
        left.remove(best)
        order.append(best)
        t += p[best]
        base = tardiness(np.array(order), p, d)
        for i in range(len(order) - 1):
            trial = order[:i] + order[i + 1 :] + [order[i]]
            if tardiness(np.array(trial), p, d) < base:
                order = trial
                break
    return order
'''
SORTED = """import numpy as np


def sequence(p, d):
    keys = p + 0.1 * d
    order = np.argsort(keys, kind="stable")
    for k in range(len(order) - 1):
        a, b = order[k], order[k + 1]
        if d[b] < d[a] and p[a] > p[b] * 1.5:
            order[k], order[k + 1] = b, a
    return order.tolist()
"""
