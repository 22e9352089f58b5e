"""Algebraic simplification of trees, so that equal rules written differently become one.

Works on nested tuples ``(operator, argument, …)`` whose leaves are terminal names and numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from deap import gp

from evolve.proposers.genetic.trees import OPERATORS, TINY, Grammar, Tree

Expression = str | float | tuple[Any, ...]

_COMMUTATIVE = frozenset({"add", "mul", "max", "min"})


def nested(tree: Tree) -> Expression:
    """The tree as nested tuples."""
    stack: list[Any] = []
    for node in reversed(tree):
        if node.arity:
            stack.append((node.name, *(stack.pop() for _ in range(node.arity))))
        else:
            stack.append(node.value)
    result: Expression = stack[0]
    return result


def flat(grammar: Grammar, expression: Expression) -> Tree:
    """The inverse of :func:`nested`."""
    nodes: list[Any] = []

    def visit(part: Expression) -> None:
        if isinstance(part, tuple):
            nodes.append(grammar.set.mapping[part[0]])
            for argument in part[1:]:
                visit(argument)
        elif isinstance(part, float):
            nodes.append(gp.Terminal(part, False, float))
        else:
            nodes.append(grammar.set.mapping[part])

    visit(expression)
    return gp.PrimitiveTree(nodes)


def simplify(expression: Expression) -> Expression:
    """An equal expression that is not longer (``x/x`` becomes 1 although protected division gives ``x`` at 0)."""
    if not isinstance(expression, tuple):
        return expression
    name = str(expression[0])
    arguments: list[Any] = [simplify(argument) for argument in expression[1:]]
    if all(isinstance(argument, float) for argument in arguments) and name != "less":
        folded = _fold(name, arguments)
        if folded is not None:
            return folded
    if name in _COMMUTATIVE:
        arguments.sort(key=_order)
    rule = _RULES.get(name)
    found = rule(*arguments) if rule else None
    return found if found is not None else (name, *arguments)


def simplify_root(expression: Expression) -> Expression:
    """:func:`simplify`, then drop what cannot change an order: an added number, a positive factor."""
    expression = simplify(expression)
    while isinstance(expression, tuple):
        name, *rest = expression
        numbers = [a for a in rest if isinstance(a, float)]
        others = [a for a in rest if not isinstance(a, float)]
        if name == "add" and numbers and others:
            expression = others[0]
        elif (name == "sub" and isinstance(rest[1], float)) or (
            name == "div" and isinstance(rest[1], float) and rest[1] > TINY
        ):
            expression = rest[0]
        elif name == "mul" and numbers and others and numbers[0] > 0.0:
            expression = others[0]
        else:
            break
    return expression


def simplified(grammar: Grammar, tree: Tree) -> Tree:
    """The tree in simplified form."""
    return flat(grammar, simplify_root(nested(tree)))


def _order(expression: Expression) -> tuple[int, str]:
    """Operations first, as they came; then terminals by name; a number last, where the rules expect it."""
    if isinstance(expression, str):
        return 1, expression
    return (0, expression[0]) if isinstance(expression, tuple) else (2, "")


def _fold(name: str, arguments: list[Any]) -> float | None:
    with np.errstate(all="ignore"):
        value = float(OPERATORS[name][0](*arguments))
    return float(f"{value:.4g}") if math.isfinite(value) else None


def _add(a: Expression, b: Expression) -> Expression | None:
    if b == 0.0:
        return a
    if isinstance(b, float) and isinstance(a, tuple) and a[0] == "add" and isinstance(a[2], float):
        return simplify(("add", a[1], _rounded(a[2] + b)))
    return None


def _sub(a: Expression, b: Expression) -> Expression | None:
    if a == b:
        return 0.0
    if b == 0.0:
        return a
    if isinstance(a, tuple) and a[0] == "add" and b in a[1:]:
        other: Expression = a[2] if b == a[1] else a[1]
        return other
    return None


def _mul(a: Expression, b: Expression) -> Expression | None:
    if b == 0.0:
        return 0.0
    if b == 1.0:
        return a
    if a == b:
        return ("square", a)
    if isinstance(b, float) and isinstance(a, tuple) and a[0] == "mul" and isinstance(a[2], float):
        return simplify(("mul", a[1], _rounded(a[2] * b)))
    return None


def _div(a: Expression, b: Expression) -> Expression | None:
    if a == 0.0:
        return 0.0
    if a == b:
        return 1.0
    if isinstance(b, float) and (b == 1.0 or abs(b) <= TINY):
        return a
    return None


def _extreme(name: str) -> Callable[[Expression, Expression], Expression | None]:
    def rule(a: Expression, b: Expression) -> Expression | None:
        if a == b:
            return a
        for one, other in ((a, b), (b, a)):
            if isinstance(one, tuple) and one[0] == name and other in one[1:]:
                return one
            if isinstance(one, tuple) and one[0] in ("max", "min") and other in one[1:]:
                return other
        return None

    return rule


def _where(condition: Expression, a: Expression, b: Expression) -> Expression | None:
    if a == b:
        return a
    if isinstance(condition, tuple):
        _, left, right = condition
        if left == right:
            return b
        if isinstance(left, float) and isinstance(right, float):
            return a if left < right else b
    return None


def _rounded(value: float) -> float:
    return float(f"{value:.4g}") if math.isfinite(value) else math.copysign(1e30, value)


_RULES: dict[str, Callable[..., Expression | None]] = {
    "add": _add,
    "sub": _sub,
    "mul": _mul,
    "div": _div,
    "max": _extreme("max"),
    "min": _extreme("min"),
    "where": _where,
}
