from __future__ import annotations

import ast
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.declaration import EntryPoint
from evaluators.toolchains.elementwise import is_elementwise
from evolve.proposers.genetic.simplify import simplified
from evolve.proposers.genetic.source import to_source, to_tree
from evolve.proposers.genetic.trees import MAX_SIZE, Grammar, Tree, evaluate, terminal_columns
from evolve.proposers.genetic.variation import MUTATIONS
from tests.support.breeding import PRIORITY, bred

GRAMMAR = Grammar(PRIORITY)
SEEDS = st.integers(0, 2**32)


def run(source: str, *arguments: np.ndarray) -> np.ndarray:
    space: dict[str, object] = {}
    exec(source, space)
    with np.errstate(all="ignore"):
        return np.asarray(space["priority"](*arguments))  # type: ignore[operator]


def arrays(seed: int, scale: float) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    values = {name: rng.normal(0, scale, (5, 7)) for name in "pdt"}
    values["p"][0] = values["d"][0] = values["t"][0] = 0.0
    return values


def simple(seed: int) -> Tree:
    return simplified(GRAMMAR, bred(GRAMMAR, seed))


@given(SEEDS)
def test_a_genome_reads_back_as_the_same_tree(seed: int) -> None:
    tree = simple(seed)
    assert str(GRAMMAR.parse(str(tree))) == str(tree)


@given(SEEDS, st.sampled_from([1.0, 100.0, 1e9]))
@settings(max_examples=300)
def test_the_source_computes_what_the_tree_means_and_is_never_nan(seed: int, scale: float) -> None:
    tree, values = simple(seed), arrays(seed, scale)
    found = run(to_source(tree, PRIORITY), *values.values())
    assert np.isfinite(found).all()
    with np.errstate(all="ignore"):
        meant = np.broadcast_to(evaluate(tree, terminal_columns(PRIORITY.terminals, values)), (5, 7))
    known = np.abs(meant) < 1e300
    np.testing.assert_array_equal(np.broadcast_to(found, (5, 7))[known], meant[known])


@given(SEEDS)
def test_the_source_is_elementwise_deterministic_and_reads_back(seed: int) -> None:
    tree = simple(seed)
    source = to_source(tree, PRIORITY)
    assert is_elementwise(ast.parse(source), "priority")
    assert source == to_source(GRAMMAR.parse(str(tree)), PRIORITY)
    again = to_tree(source, PRIORITY, GRAMMAR)
    if "1e300" not in source:  # the overflow guard is not part of the tree
        values = arrays(seed, 50.0)
        assert again is not None
        np.testing.assert_array_equal(
            run(to_source(again, PRIORITY), *values.values()), run(source, *values.values())
        )  # fmt: skip


@given(SEEDS)
def test_simplification_keeps_the_meaning_and_never_grows(seed: int) -> None:
    rng = Random(seed)
    tree = GRAMMAR.draw_tree(rng)
    plain = simplified(GRAMMAR, tree)
    assert len(plain) <= len(tree)
    columns = terminal_columns(PRIORITY.terminals, arrays(seed, 50.0))
    with np.errstate(all="ignore"):
        before = np.broadcast_to(evaluate(tree, columns), (5, 7))[1:]
        after = np.broadcast_to(evaluate(plain, columns), (5, 7))[1:]
    order = np.argsort(before, axis=1)
    sorted_after = np.take_along_axis(after, order, 1)
    # Root constants may go, so values may shift; the order may not. Rounding of folded constants blurs near ties.
    steps = np.diff(sorted_after, axis=1)
    assert (steps >= -1e-2 * (1 + np.abs(sorted_after[:, 1:]))).mean() > 0.8


@given(SEEDS)
def test_every_mutation_gives_a_well_typed_tree_within_the_size_limit(seed: int) -> None:
    rng = Random(seed)
    tree = GRAMMAR.draw_tree(rng)
    for function, _ in MUTATIONS:
        child = function(GRAMMAR, tree, rng)
        assert len(child) <= MAX_SIZE
        GRAMMAR.parse(str(child))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("sub(p, p)", "0.0"),
        ("div(slack, slack)", "1.0"),
        ("max(p, max(p, d))", "max(d, p)"),
        ("max(p, min(p, d))", "p"),
        ("add(mul(p, 2.0), 3.0)", "p"),
        ("mul(p, p)", "square(p)"),
        ("where(less(1.0, 2.0), p, d)", "p"),
        ("mul(-1.0, p)", "mul(p, -1.0)"),
    ],
)
def test_simplification(before: str, after: str) -> None:
    assert str(simplified(GRAMMAR, GRAMMAR.parse(before))) == after


@pytest.mark.parametrize(
    "notation",
    [
        "",
        "add(p)",
        "less(p, d)",
        "where(p, p, d)",
        "unknown",
        "__import__('os')",
        "add(p, 1e999)",
        "(" * 500,
        "add(p, *d)",
    ],
)
def test_what_is_no_tree_is_refused(notation: str) -> None:
    with pytest.raises(ValueError, match="not a tree"):
        GRAMMAR.parse(notation)


@pytest.mark.parametrize(
    ("body", "tree"),
    [
        ("return d", "d"),
        ("return np.maximum(t + p, d)", "max(add(t, p), d)"),
        ("slack = d - t - p\n    return slack / p", "div(slack, p)"),
        ("x = np.maximum(d - t, p)\n    return x ** 2 - -p", "sub(square(mdd), sub(0.0, p))"),
        ("return np.where(p > d, p, 1)", "where(less(d, p), p, 1.0)"),
    ],
)
def test_simple_functions_become_trees(body: str, tree: str) -> None:
    source = f"import numpy as np\n\ndef priority(p, d, t):\n    '''Rule.'''\n    {body}\n"
    assert str(to_tree(source, PRIORITY, GRAMMAR)) == tree


@pytest.mark.parametrize(
    "body",
    ["return np.sin(p)", "if t[0] > 1:\n        return p\n    return d", "return p.max()", "for k in p:\n        pass"],
)
def test_other_functions_do_not(body: str) -> None:
    assert to_tree(f"import numpy as np\n\ndef priority(p, d, t):\n    {body}\n", PRIORITY, GRAMMAR) is None


def test_terminals_named_like_operators_are_refused() -> None:
    entry = EntryPoint("f", "def f(p):", ("p",), "c.py", "h.py", elementwise=True, terminals={"max": "p"})
    with pytest.raises(ValueError, match="terminal 'max'"):
        Grammar(entry)
