"""Expression trees over a problem's terminals: their grammar, notation, growth and value.

Trees are DEAP's (``deap.gp``: Fortin et al., DEAP: Evolutionary Algorithms Made Easy, JMLR 13, 2012), strongly typed
(Montana, Evolutionary Computation 3(2), 1995): numbers, and conditions that only ``where`` consumes. DEAP's own
generators and operators draw from the process-wide random generator, which would tie proposals made at the same time
to each other; ours are handed one.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping
from random import Random
from typing import Any

import numpy as np
from deap import gp

from evaluators.declaration import EntryPoint
from evaluators.parsing import syntax_tree

TINY = 1e-9
"""Divisors smaller than this count as 1 (protected division)."""

MAX_SIZE = 40
"""Most nodes of a tree."""

Tree = Any
"""A ``deap.gp.PrimitiveTree``: its nodes in prefix order."""


def divide(a: Any, b: Any) -> Any:
    """``a / b``, or ``a`` where ``b`` is next to nothing."""
    return a / np.where(np.abs(b) > TINY, b, 1.0)


OPERATORS: Mapping[str, tuple[Any, tuple[type, ...], type, float]] = {
    "add": (np.add, (float, float), float, 1.0),
    "sub": (np.subtract, (float, float), float, 1.0),
    "mul": (np.multiply, (float, float), float, 1.0),
    "div": (divide, (float, float), float, 1.0),
    "max": (np.maximum, (float, float), float, 0.7),
    "min": (np.minimum, (float, float), float, 0.7),
    "square": (np.square, (float,), float, 0.4),
    "where": (np.where, (bool, float, float), float, 0.15),
    "less": (np.less, (float, float), bool, 1.0),
}
"""Name -> its meaning on arrays, argument types, type, and relative weight when a tree is grown."""

_MEANING = {name: operator[0] for name, operator in OPERATORS.items()}


class Grammar:
    """The primitive set of one entry point.

    Args:
        entry: an elementwise entry point that declares terminals.

    Raises:
        ValueError: if a terminal is named like an operator, or is not a Python name.
    """

    def __init__(self, entry: EntryPoint) -> None:
        self.terminals = dict(entry.terminals)
        if not self.terminals:
            raise ValueError(f"entry point {entry.name!r} declares no terminals to grow trees from")
        self.set = gp.PrimitiveSetTyped(entry.name, [], float)
        for name, (function, arguments, result, _) in OPERATORS.items():
            self.set.addPrimitive(function, list(arguments), result, name=name)
        for name in self.terminals:
            if name in OPERATORS or not name.isidentifier():
                raise ValueError(f"terminal {name!r} of entry point {entry.name!r} needs another name")
            self.set.addTerminal(name, float, name=name)
        self.leaves = [self.set.mapping[name] for name in self.terminals]
        self._grown: dict[type, tuple[list[Any], list[float]]] = {}
        for kind in (float, bool):
            nodes = list(self.set.primitives[kind])
            self._grown[kind] = (nodes, np.cumsum([OPERATORS[node.name][3] for node in nodes]).tolist())

    def constant(self, value: float) -> Any:
        """A leaf that is a number; four significant digits are kept."""
        return gp.Terminal(float(f"{value:.4g}"), False, float)

    def draw_constant(self, rng: Random) -> Any:
        """A number: half of them near 1, the rest spread over magnitudes."""
        if rng.random() < 0.5:
            return self.constant(rng.uniform(0.0, 3.0))
        return self.constant(math.exp(rng.gauss(0.0, 2.0)))

    def draw_leaf(self, rng: Random) -> Any:
        """A terminal, or (1 in 8) a number."""
        return self.draw_constant(rng) if rng.random() < 0.125 else rng.choice(self.leaves)

    def draw_operator(self, rng: Random, kind: type) -> Any:
        """An operator whose result is of type ``kind``, by weight."""
        nodes, cumulative = self._grown[kind]
        return rng.choices(nodes, cum_weights=cumulative)[0]

    def grow(self, rng: Random, depth: int, full: bool, kind: type = float) -> list[Any]:
        """Nodes of a random tree of type ``kind`` (Koza 1992: the full and the grow method).

        Args:
            rng: random source.
            depth: greatest depth (conditions need one level more than they get at 0).
            full: whether every branch reaches ``depth``.
            kind: ``float`` or ``bool``.
        """
        if kind is float and (depth <= 0 or (not full and rng.random() < 0.25)):
            return [self.draw_leaf(rng)]
        operator = self.draw_operator(rng, kind)
        nodes = [operator]
        for argument in operator.args:
            nodes += self.grow(rng, depth - 1, full, argument)
        return nodes

    def draw_tree(self, rng: Random, max_size: int = MAX_SIZE) -> Tree:
        """A fresh tree, ramped half-and-half over depths 2 to 5."""
        while True:
            nodes = self.grow(rng, rng.randint(2, 5), rng.random() < 0.5)
            if len(nodes) <= max_size:
                return gp.PrimitiveTree(nodes)

    def grow_like(self, tree: Tree, at: int, rng: Random, depth: int) -> list[Any]:
        """Nodes of a random subtree that may stand where that of ``tree`` at ``at`` stands."""
        return self.grow(rng, depth, False, tree[at].ret)

    def partners(self, mother: Tree, at: int, father: Tree) -> list[int]:
        """Places of the father's subtrees that may stand where the mother's at ``at`` stands."""
        kind = mother[at].ret
        return [i for i, node in enumerate(father) if node.ret is kind]

    def accepts(self, child: Tree, parent: Tree) -> bool:
        """Whether a mutant of ``parent`` is a tree that this grammar would grow."""
        return True

    def parse(self, notation: str) -> Tree:
        """The tree written as ``str(tree)``.

        Raises:
            ValueError: if it is not the notation of a tree of this grammar. Nothing of it is ever executed.
        """
        try:
            root = syntax_tree(notation, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise ValueError(f"not a tree: {notation[:80]!r}") from None
        nodes: list[Any] = []
        self._read(root, float, nodes)
        return gp.PrimitiveTree(nodes)

    def _read(self, node: ast.expr, kind: type, nodes: list[Any]) -> None:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in OPERATORS:
            operator = self.set.mapping[node.func.id]
            if operator.ret is kind and len(node.args) == operator.arity and not node.keywords:
                nodes.append(operator)
                for argument, expected in zip(node.args, operator.args, strict=True):
                    self._read(argument, expected, nodes)
                return
        elif kind is float and isinstance(node, ast.Name) and node.id in self.terminals:
            nodes.append(self.set.mapping[node.id])
            return
        elif kind is float and (value := number(node)) is not None:
            nodes.append(gp.Terminal(value, False, float))
            return
        raise ValueError(f"not a tree of this problem: {ast.unparse(node)[:80]!r}")


def number(node: ast.expr) -> float | None:
    """The finite number a literal stands for, its sign included, or None."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = number(node.operand)
        return None if inner is None else -inner
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        try:
            value = float(node.value)
        except OverflowError:
            return None
        return value if math.isfinite(value) else None
    return None


def is_constant(node: Any) -> bool:
    """Whether a node is a number."""
    return node.arity == 0 and isinstance(node.value, float)


def evaluate(tree: Tree, columns: Mapping[str, np.ndarray]) -> Any:
    """The tree's value.

    Args:
        tree: to evaluate.
        columns: terminal name -> array; all broadcast with each other.

    Returns:
        An array of the common shape of the terminals used (a number if there are none). May hold infinities or NaN
        after overflow.
    """
    stack: list[Any] = []
    for node in reversed(tree):
        arity = node.arity
        if arity == 0:
            value = node.value
            stack.append(value if isinstance(value, float) else columns[value])
        elif arity == 2:
            a = stack.pop()
            stack.append(_MEANING[node.name](a, stack.pop()))
        elif arity == 1:
            stack.append(_MEANING[node.name](stack.pop()))
        else:
            a, b = stack.pop(), stack.pop()
            stack.append(_MEANING[node.name](a, b, stack.pop()))
    return stack[0]


def notation(tree: Tree) -> str:
    """``str(tree)``, made faster than DEAP makes it."""
    stack: list[str] = []
    for node in reversed(tree):
        arity = node.arity
        if arity == 0:
            stack.append(node.format())
        elif arity == 2:
            stack.append(f"{node.name}({stack.pop()}, {stack.pop()})")
        else:
            stack.append(f"{node.name}({', '.join([stack.pop() for _ in range(arity)])})")
    return stack[0]


def terminal_columns(terminals: Mapping[str, str], arguments: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Value of every terminal for given arguments (the expressions are the problem's own, hence trusted)."""
    scope = {"np": np, **arguments}
    return {
        name: np.asarray(eval(text, {"__builtins__": {}}, scope), dtype=float)  # noqa: S307
        for name, text in terminals.items()
    }
