"""Trees in which only like is added to like: a time to a time, never a time to its square.

Dimensionally aware genetic programming (Keijzer & Babovic, GECCO 1999), in the strict form that Mei, Nguyen & Zhang
(Constrained dimensionally aware genetic programming for evolving interpretable dispatching rules, SEAL 2017) ask of
dispatching rules. A rule whose terms agree in dimension decides alike whatever unit times are measured in (but for what
is made of numbers alone); most of the other trees fit no more than the sizes of the instances they are trained on.

A dimension is an exponent: of time, of size, of whatever a problem's terminals are measured in. Numbers have none.
"""

from __future__ import annotations

from random import Random
from typing import Any, Final

from deap import gp

from evaluators.declaration import EntryPoint
from evolve.proposers.genetic.trees import MAX_SIZE, Grammar, Tree

_ANY: Final = 99
"""The dimension of zero, which may be added to anything."""
_ROOTS, _ROOT_WEIGHTS = (1, 2, 3), (1, 7, 2)
"""Dimensions of fresh trees, most of them products of two: a rule of dimension 1 decides like itself times what is the
same for all alternatives (a mean, the time now), so nothing is lost, and trade-offs told by products only are found."""
_LARGEST = 3
"""Dimension from which products are not made from yet larger ones."""


def grammar_of(entry: EntryPoint) -> Grammar:
    """The grammar of an entry point; of trees whose terms agree where the problem tells its terminals' dimensions."""
    return DimensionalGrammar(entry) if entry.dimensions else Grammar(entry)


class DimensionalGrammar(Grammar):
    """Grows trees whose terms agree in dimension, and varies such trees into such.

    Trees that do not agree (written by somebody else) are varied as in any grammar.

    Args:
        entry: an elementwise entry point that declares terminals and the dimension of each.
    """

    def __init__(self, entry: EntryPoint) -> None:
        super().__init__(entry)
        self._of = dict(entry.dimensions)
        self._sums: dict[Any, int | None] = {}  # what `_dimension` said: there are few questions, often asked
        self._by_dimension: dict[int, list[Any]] = {}
        for leaf in self.leaves:
            self._by_dimension.setdefault(self._of[leaf.value], []).append(leaf)

    def dimensions(self, tree: Tree) -> list[int] | None:
        """Dimension of the subtree at each node (of a condition: 0), or None if terms do not agree."""
        try:  # a parent is asked for each of its children
            known: list[int] | None = tree.dimensions
        except AttributeError:
            known = tree.dimensions = self._read_off(tree)
        return known

    def _read_off(self, tree: Tree) -> list[int] | None:
        found = [0] * len(tree)
        stack: list[int] = []
        sums = self._sums
        for at in range(len(tree) - 1, -1, -1):
            node = tree[at]
            arity = node.arity
            if arity:
                if arity == 2:
                    key = (node.name, stack.pop(), stack.pop())
                else:
                    key = (node.name, *[stack.pop() for _ in range(arity)])
                try:
                    dimension = sums[key]
                except KeyError:
                    dimension = sums[key] = self._dimension(key[0], key[1:])
                if dimension is None:
                    return None
            else:
                value = node.value
                dimension = (0 if value else _ANY) if isinstance(value, float) else self._of[value]
            stack.append(dimension)
            found[at] = dimension
        return found

    def _dimension(self, name: str, parts: tuple[int, ...]) -> int | None:
        if name == "square":
            return parts[0] if parts[0] == _ANY else 2 * parts[0]
        if name in ("mul", "div"):
            if _ANY in parts:
                return parts[0] if name == "div" else _ANY
            return parts[0] + parts[1] if name == "mul" else parts[0] - parts[1]
        one, other = parts[-2:]  # of `where` these are its two values
        if one != other and _ANY not in (one, other):
            return None
        return 0 if name == "less" else other if one == _ANY else one

    def draw_tree(self, rng: Random, max_size: int = MAX_SIZE) -> Tree:
        """A fresh tree, ramped half-and-half over depths 2 to 5, of some low dimension."""
        while True:
            dimension = rng.choices(_ROOTS, _ROOT_WEIGHTS)[0]
            nodes = self._grow_of(rng, rng.randint(2, 5), rng.random() < 0.5, dimension)
            if len(nodes) <= max_size:
                return gp.PrimitiveTree(nodes)

    def grow_like(self, tree: Tree, at: int, rng: Random, depth: int) -> list[Any]:
        """Nodes of a random subtree of the type and dimension of the one at ``at``."""
        dimensions = self.dimensions(tree)
        if dimensions is None:
            return super().grow_like(tree, at, rng, depth)
        if tree[at].ret is bool:
            return self._condition(rng, depth)
        dimension = dimensions[at]
        return self._grow_of(rng, depth, False, 0 if dimension == _ANY else dimension)

    def partners(self, mother: Tree, at: int, father: Tree) -> list[int]:
        """Places of the father's subtrees that may stand where the mother's at ``at`` stands."""
        mine, his = self.dimensions(mother), self.dimensions(father)
        if mine is None or his is None:
            return super().partners(mother, at, father)
        try:  # a father is asked for each of his children
            places: dict[tuple[type, int], list[int]] = father.places
        except AttributeError:
            places = {}
            for i, node in enumerate(father):
                places.setdefault((node.ret, his[i]), []).append(i)
            father.places = places
        return places.get((mother[at].ret, mine[at]), [])

    def accepts(self, child: Tree, parent: Tree) -> bool:
        """Whether the child's terms agree, or else the parent's did not either."""
        return self.dimensions(child) is not None or self.dimensions(parent) is None

    def _leaf(self, rng: Random, dimension: int) -> list[Any]:
        """The smallest trees of a dimension: a terminal where there is one."""
        make = self.set.mapping
        own = self._by_dimension.get(dimension, [])
        if dimension == 0:
            draw = rng.random()
            if draw < 0.5:
                return [self.draw_constant(rng)]
            if own and draw < 0.7:
                return [rng.choice(own)]
            return [make["div"], *self._leaf(rng, 1), *self._leaf(rng, 1)]
        if own:
            return [rng.choice(own)]
        if dimension < 0:
            return [make["div"], *self._leaf(rng, 0), *self._leaf(rng, -dimension)]
        if dimension % 2 == 0 and rng.random() < 0.3:
            return [make["square"], *self._leaf(rng, dimension // 2)]
        return [make["mul"], *self._leaf(rng, 1), *self._leaf(rng, dimension - 1)]

    def _condition(self, rng: Random, depth: int) -> list[Any]:
        """A comparison of two terms of one dimension, mostly of times with times."""
        dimension = rng.choice((0, 1, 1, 1))
        sides = [node for _ in range(2) for node in self._grow_of(rng, min(depth - 1, 1), False, dimension)]
        return [self.set.mapping["less"], *sides]

    def _grow_of(self, rng: Random, depth: int, full: bool, dimension: int) -> list[Any]:
        """Nodes of a random tree of a dimension; arguments as in :meth:`Grammar.grow`."""
        if depth <= 0 or (not full and rng.random() < 0.25):
            return self._leaf(rng, dimension)
        make = self.set.mapping

        def part(of: int) -> list[Any]:
            return self._grow_of(rng, depth - 1, full, of)

        draw = rng.random()
        if draw < 0.35:
            return [make[rng.choice(("add", "add", "sub"))], *part(dimension), *part(dimension)]
        if draw < 0.58:
            return [make[rng.choice(("max", "min"))], *part(dimension), *part(dimension)]
        if draw < 0.62:
            return [make["where"], *self._condition(rng, depth), *part(dimension), *part(dimension)]
        if draw < 0.70 and dimension >= 0 and dimension % 2 == 0:
            return [make["square"], *part(dimension // 2)]
        if draw < 0.88 or dimension >= _LARGEST:
            one = rng.randint(1, dimension) if dimension >= 1 and rng.random() < 0.6 else 0
            factors = [one, dimension - one]
            rng.shuffle(factors)
            return [make["mul"], *part(factors[0]), *part(factors[1])]
        below = rng.choice((0, 1, 1))
        return [make["div"], *part(dimension + below), *part(below)]
