from __future__ import annotations

import ast
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evolve.proposers.genetic.function_variation import LIMIT, crossed, varied
from evolve.proposers.genetic.functions import parse
from evolve.proposers.genetic.names import undefined
from tests.support.breeding import IMPROVED, SEQUENCE, SORTED


def check(text: str) -> None:
    module = parse(text, SEQUENCE)
    assert module is not None, "the entry point keeps its name and parameters"
    assert not undefined(module)
    assert sum(1 for _ in ast.walk(module)) <= LIMIT


@given(st.integers(0, 2**32), st.sampled_from([IMPROVED, SORTED]))
def test_mutants_parse_and_read_only_defined_names(seed: int, source: str) -> None:
    found = varied(source, SEQUENCE, Random(seed))
    assert found is not None
    text, operators = found
    check(text)
    assert operators
    assert found == varied(source, SEQUENCE, Random(seed))


@given(st.integers(0, 2**32), st.permutations([IMPROVED, SORTED]))
def test_crossings_parse_and_read_only_defined_names(seed: int, parents: list[str]) -> None:
    text = crossed(parents[0], parents[1], SEQUENCE, Random(seed))
    if text is not None:
        check(text)
        assert text == crossed(parents[0], parents[1], SEQUENCE, Random(seed))


def test_a_long_lineage_stays_sound_and_bounded() -> None:
    rng, text = Random(5), IMPROVED
    for _ in range(30):
        found = varied(text, SEQUENCE, rng)
        text = found[0] if found else text
        text = crossed(text, SORTED, SEQUENCE, rng) or text
        check(text)


def test_what_ends_a_while_loop_is_left_alone() -> None:
    rng = Random(1)
    for _ in range(60):
        found = varied(IMPROVED, SEQUENCE, rng)
        assert found is not None
        # The loop may go as a whole, but none is left that cannot end.
        assert "while" not in found[0] or ("while left:" in found[0] and "left.remove(" in found[0])


@pytest.mark.parametrize(
    ("body", "missing"),
    [
        ("x = 1\n    return x", set()),
        ("return x", {"x"}),
        ("y = [k for k in p]\n    return k", {"k"}),
        ("x += 1\n    return x", {"x"}),
        ("return sorted(p, key=lambda j: d[j])", set()),
        ("for i in p:\n        z = i\n    return z", set()),
        ("return helper(p)", set()),
        ("x = x + 1\n    return x", {"x"}),
    ],
)
def test_undefined_names_are_found(body: str, missing: set[str]) -> None:
    source = f"import numpy as np\n\ndef helper(a):\n    return np.sum(a)\n\ndef sequence(p, d):\n    {body}\n"
    assert undefined(ast.parse(source)) == missing


@pytest.mark.parametrize(
    "source", ["def sequence(p):\n    return p\n", "def other(p, d):\n    return p\n", "def sequence(p, d:"]
)
def test_parents_without_the_entry_point_have_no_children(source: str) -> None:
    assert varied(source, SEQUENCE, Random(0)) is None
    assert crossed(source, IMPROVED, SEQUENCE, Random(0)) is None
