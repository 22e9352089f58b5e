"""Trees that add like to like: they are grown so, stay so, and decide alike in whatever unit times are measured."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from evolve.proposers.genetic.dimensions import DimensionalGrammar, grammar_of
from evolve.proposers.genetic.simplify import simplified
from evolve.proposers.genetic.trees import MAX_SIZE, Grammar, evaluate
from evolve.proposers.genetic.variation import crossover, mutate
from tests.support.breeding import PRIORITY, bred

COUNTS = ("t",)
MEASURED = replace(PRIORITY, dimensions={name: int(name not in COUNTS) for name in PRIORITY.terminals})
GRAMMAR = DimensionalGrammar(MEASURED)
SEEDS = st.integers(0, 2**32)


@given(SEEDS)
@settings(max_examples=300)
def test_what_is_grown_and_varied_agrees_in_dimension(seed: int) -> None:
    tree = bred(GRAMMAR, seed)
    assert GRAMMAR.dimensions(tree) is not None
    assert len(tree) <= MAX_SIZE
    assert GRAMMAR.dimensions(simplified(GRAMMAR, tree)) is not None


@given(SEEDS)
@settings(max_examples=300)
def test_a_unit_twice_as_large_multiplies_values_by_a_power_of_two(seed: int) -> None:
    tree = bred(GRAMMAR, seed)
    rng = np.random.default_rng(seed)
    values = {name: rng.integers(1, 100, (4, 6)).astype(float) for name in MEASURED.terminals}
    doubled = {name: value * 2.0 ** MEASURED.dimensions[name] for name, value in values.items()}
    dimensions = GRAMMAR.dimensions(tree)
    assert dimensions is not None
    # powers of two are exact, protected divisors (next to nothing) excepted
    with np.errstate(all="ignore"):
        one, other = evaluate(tree, values), evaluate(tree, doubled)
    if "div" not in str(tree) and dimensions[0] < 99:
        np.testing.assert_array_equal(np.asarray(one) * 2.0 ** dimensions[0], other)


def test_terms_of_different_dimension_do_not_agree() -> None:
    assert GRAMMAR.dimensions(GRAMMAR.parse("add(p, d)")) == [1, 1, 1]
    assert GRAMMAR.dimensions(GRAMMAR.parse("mul(square(p), div(d, t))")) == [3, 2, 1, 1, 1, 0]
    assert GRAMMAR.dimensions(GRAMMAR.parse("add(p, square(d))")) is None
    assert GRAMMAR.dimensions(GRAMMAR.parse("add(p, 2.0)")) is None
    assert GRAMMAR.dimensions(GRAMMAR.parse("max(p, 0.0)")) is not None
    assert GRAMMAR.dimensions(GRAMMAR.parse("add(t, 2.0)")) == [0, 0, 0]


def test_trees_of_others_that_do_not_agree_are_varied_all_the_same() -> None:
    foreign = GRAMMAR.parse("add(p, square(d))")
    children = {str(mutate(GRAMMAR, foreign, Random(seed))[0]) for seed in range(50)}
    assert len(children) > 20
    assert str(crossover(GRAMMAR, foreign, GRAMMAR.parse("mul(p, d)"), Random(1))) != str(foreign)


def test_without_dimensions_the_grammar_is_the_plain_one() -> None:
    assert type(grammar_of(PRIORITY)) is Grammar
    assert type(grammar_of(MEASURED)) is DimensionalGrammar
