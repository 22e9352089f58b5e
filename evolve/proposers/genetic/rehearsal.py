"""Trying children before one of them is proposed, where the problem has a cheap trial run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from operator import itemgetter
from random import Random
from typing import Any

import numpy as np

from evaluators.declaration import EntryPoint
from evaluators.problem import Problem
from evolve.fence import far_out
from evolve.proposers.genetic.trees import OPERATORS, Tree, is_constant


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
    """The tree as a function of the entry point, made of closures: to compile its source takes as long as its trial."""
    read = _terminals(tuple(entry.arguments), tuple(entry.terminals.items()))
    used = list(dict.fromkeys(node.value for node in tree if node.arity == 0 and not is_constant(node)))
    terminals = [read[name] for name in used]
    value = _closure(iter(tree), {name: place for place, name in enumerate(used)})
    return lambda *arguments: value([terminal(*arguments) for terminal in terminals])


def _closure(nodes: Iterator[Any], places: dict[str, int]) -> Callable[[list[Any]], Any]:
    """The subtree that ``nodes`` begin with, as a function of the values of the terminals by ``places``."""
    node = next(nodes)
    if node.arity == 0:
        if not is_constant(node):
            return itemgetter(places[node.value])
        constant = node.value
        return lambda _: constant
    apply = OPERATORS[node.name][0]
    parts = [_closure(nodes, places) for _ in range(node.arity)]
    if len(parts) == 1:
        (only,) = parts
        return lambda terminals: apply(only(terminals))
    if len(parts) == 2:
        left, right = parts
        return lambda terminals: apply(left(terminals), right(terminals))
    first, second, third = parts
    return lambda terminals: apply(first(terminals), second(terminals), third(terminals))


@lru_cache(maxsize=8)
def _terminals(arguments: tuple[str, ...], texts: tuple[tuple[str, str], ...]) -> dict[str, Callable[..., Any]]:
    """Every terminal as a function of the entry point's arguments (the expressions are the problem's own)."""
    scope = {"np": np}
    return {name: eval(f"lambda {', '.join(arguments)}: {text}", scope) for name, text in texts}  # noqa: S307
