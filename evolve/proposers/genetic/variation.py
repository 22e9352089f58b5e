"""Variation of trees: crossover and the mutations, every draw from the generator they are given.

All results respect types and the size limit; an operator that finds no room returns its parent unchanged and the
caller tries again.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import accumulate
from random import Random
from typing import Any

from deap import gp

from evolve.proposers.genetic.trees import MAX_SIZE, Grammar, Tree, is_constant


def _pick(tree: Tree, rng: Random, inner: float = 0.9) -> int:
    """A node, mostly (``inner``) not a leaf (Koza 1992)."""
    if rng.random() < inner:
        try:  # a parent is asked for each of its children
            inside: list[int] = tree.inside
        except AttributeError:
            inside = tree.inside = [i for i, node in enumerate(tree) if node.arity]
        if inside:
            return rng.choice(inside)
    return rng.randrange(len(tree))


def _replaced(tree: Tree, where: slice, nodes: list[Any]) -> Tree:
    if len(tree) - (where.stop - where.start) + len(nodes) > MAX_SIZE:
        return tree
    return gp.PrimitiveTree([*tree[: where.start], *nodes, *tree[where.stop :]])


def crossover(grammar: Grammar, mother: Tree, father: Tree, rng: Random) -> Tree:
    """A subtree of ``mother`` replaced by one of ``father`` that fits there."""
    for _ in range(4):
        at = _pick(mother, rng)
        fits = grammar.partners(mother, at, father)
        if not fits:
            continue
        inner = [i for i in fits if father[i].arity]
        origin = rng.choice(inner if inner and rng.random() < 0.8 else fits)
        child = _replaced(mother, mother.searchSubtree(at), father[father.searchSubtree(origin)])
        if child is not mother:
            return child
    return mother


def mutate_subtree(grammar: Grammar, tree: Tree, rng: Random) -> Tree:
    """A subtree replaced by a small random one."""
    at = _pick(tree, rng, 0.7)
    return _replaced(tree, tree.searchSubtree(at), grammar.grow_like(tree, at, rng, rng.randint(1, 3)))


def mutate_point(grammar: Grammar, tree: Tree, rng: Random) -> Tree:
    """One node exchanged for another of the same shape."""
    at = rng.randrange(len(tree))
    node = tree[at]
    if node.arity == 0:
        return _replaced(tree, slice(at, at + 1), [grammar.draw_leaf(rng)])
    same = [other for other in grammar.set.primitives[node.ret] if other.args == node.args and other.name != node.name]
    return _replaced(tree, slice(at, at + 1), [rng.choice(same)]) if same else tree


def mutate_hoist(grammar: Grammar, tree: Tree, rng: Random) -> Tree:
    """An inner subtree becomes the whole tree."""
    inside = [i for i, node in enumerate(tree) if i and node.arity and node.ret is float]
    return gp.PrimitiveTree(tree[tree.searchSubtree(rng.choice(inside))]) if inside else tree


def mutate_shrink(grammar: Grammar, tree: Tree, rng: Random) -> Tree:
    """An operator replaced by one of its own arguments, or by a leaf."""
    inside = [i for i, node in enumerate(tree) if node.arity and node.ret is float]
    if not inside:
        return tree
    at = rng.choice(inside)
    where = tree.searchSubtree(at)
    arguments = [i for i in _children(tree, at) if tree[i].ret is float]
    if arguments and rng.random() < 0.7:
        return _replaced(tree, where, tree[tree.searchSubtree(rng.choice(arguments))])
    return _replaced(tree, where, [grammar.draw_leaf(rng)])


def mutate_insert(grammar: Grammar, tree: Tree, rng: Random) -> Tree:
    """A subtree becomes an argument of a new operator, whose other arguments are leaves."""
    at = rng.choice([i for i, node in enumerate(tree) if node.ret is float])
    where = tree.searchSubtree(at)
    operator = grammar.draw_operator(rng, float)
    slot = rng.choice([k for k, kind in enumerate(operator.args) if kind is float])
    nodes = [operator]
    for k, kind in enumerate(operator.args):
        nodes += tree[where] if k == slot else grammar.grow(rng, 0, False, kind)
    return _replaced(tree, where, nodes)


def mutate_constants(grammar: Grammar, tree: Tree, rng: Random) -> Tree:
    """Gaussian noise on the numbers; without numbers, a factor near 1 is put in front of some subtree."""
    places = [i for i, node in enumerate(tree) if is_constant(node)]
    if not places:
        at = rng.choice([i for i, node in enumerate(tree) if node.ret is float])
        where = tree.searchSubtree(at)
        factor = grammar.constant(math.exp(rng.gauss(0.0, 0.3)))
        return _replaced(tree, where, [grammar.set.mapping["mul"], factor, *tree[where]])
    nodes = list(tree)
    chosen = places if rng.random() < 0.3 else [rng.choice(places)]
    scale = rng.choice((0.03, 0.15, 0.6))
    for i in chosen:
        value = nodes[i].value * math.exp(rng.gauss(0.0, scale)) + (rng.gauss(0.0, 0.1) if rng.random() < 0.1 else 0.0)
        nodes[i] = grammar.constant(max(-1e6, min(1e6, value)))
    return gp.PrimitiveTree(nodes)


MUTATIONS: tuple[tuple[Callable[[Grammar, Tree, Random], Tree], float], ...] = (
    (mutate_subtree, 0.30),
    (mutate_point, 0.20),
    (mutate_constants, 0.20),
    (mutate_insert, 0.12),
    (mutate_shrink, 0.12),
    (mutate_hoist, 0.06),
)
"""The mutations and how often each is drawn."""

_TRIES = 12

_FUNCTIONS = [function for function, _ in MUTATIONS]
_WEIGHTS = list(accumulate(weight for _, weight in MUTATIONS))


def mutate(grammar: Grammar, tree: Tree, rng: Random) -> tuple[Tree, str]:
    """A mutant and the name of the mutation."""
    for _ in range(_TRIES):
        function = rng.choices(_FUNCTIONS, cum_weights=_WEIGHTS)[0]
        child = function(grammar, tree, rng)
        if grammar.accepts(child, tree):
            return child, function.__name__.removeprefix("mutate_")
    return tree, "none"


def _children(tree: Tree, at: int) -> list[int]:
    places, place = [], at + 1
    for _ in range(tree[at].arity):
        places.append(place)
        place = tree.searchSubtree(place).stop
    return places
