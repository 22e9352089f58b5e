"""Trying children before one of them is proposed, where the problem has a cheap trial run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import numpy as np

from evaluators.problem import EntryPoint, Problem
from evolve.fence import far_out
from evolve.proposers.genetic.source import to_source
from evolve.proposers.genetic.trees import Tree


def rehearsed(problem: Problem, entry: EntryPoint, trees: Sequence[Tree], rng: Random) -> list[int] | None:
    """Places of the trees from best to worst by their mean costs in a trial run; None if the problem has none.

    Args:
        problem: its trusted part.
        entry: elementwise entry point.
        trees: of this package's grammar, so that what runs in this process is arithmetic and nothing else.
        rng: draws the trial's instances.
    """
    costs = problem.rehearse(entry, [_function(tree, entry) for tree in trees], rng)
    if costs is None:
        return None
    # What the best child of each instance loses tells how much a loss on one instance may count.
    best = costs.min(axis=0)
    fence = far_out(best) if np.isfinite(best).all() else float("inf")
    order: list[int] = np.minimum(costs, fence).mean(axis=1).argsort(kind="stable").tolist()
    return order


def _function(tree: Tree, entry: EntryPoint) -> Callable[..., Any]:
    space: dict[str, Any] = {}
    exec(compile(to_source(tree, entry), "<tree>", "exec"), space)  # noqa: S102
    function: Callable[..., Any] = space[entry.name]
    return function
