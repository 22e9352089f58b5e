"""Genetic operators within the evolve blocks of a given program."""

from __future__ import annotations

import ast
from random import Random

import pytest

from evaluators.declaration import EntryPoint
from evaluators.template import Template, taken_apart
from evolve.proposers.genetic.function_variation import crossed, varied

GIVEN = """import math
# EVOLVE-BLOCK-START
def inner(x):
    y = scale(x) + 1.5
    for k in range(3):
        y = y * 2 - k
    return max(y, 0)
# EVOLVE-BLOCK-END
class Fixed:
    def run(self):
        # EVOLVE-BLOCK-START
        a = 3
        a = a + self.offset * 2
        # EVOLVE-BLOCK-END
        return inner(a)
def scale(x):
    return x * math.pi
if __name__ == "__main__":
    print(Fixed().run())
"""
ENTRY = EntryPoint("program", "", (), "p.py", "harness.py", template=Template(GIVEN))


@pytest.mark.parametrize("seed", range(25))
def test_only_blocks_change(seed):
    found = varied(GIVEN, ENTRY, Random(seed))
    assert found is not None
    text, operator = found
    assert operator
    ast.parse(text)
    assert ENTRY.template.mismatch(text) == ""
    assert taken_apart(text).blocks != taken_apart(GIVEN).blocks
    assert varied(GIVEN, ENTRY, Random(seed)) == found


def test_every_block_gets_its_share_and_children_differ():
    parts = [taken_apart(varied(GIVEN, ENTRY, Random(seed))[0]).blocks for seed in range(40)]
    given = [ast.unparse(ast.parse("if 1:\n" + block)) if block[0] == " " else block
             for block in taken_apart(GIVEN).blocks]  # fmt: skip
    assert len(set(parts)) > 30
    assert {k for blocks in parts for k in (0, 1) if blocks[k].split() != given[k].removeprefix("if 1:\n").split()} == {
        0,
        1,
    }


def test_crossing_takes_code_from_the_same_block_of_the_other_parent():
    other = GIVEN.replace("y = y * 2 - k", "y = y - math.sin(k)")
    children = [crossed(GIVEN, other, ENTRY, Random(seed)) for seed in range(30)]
    made = [child for child in children if child is not None]
    assert made
    assert all(ENTRY.template.mismatch(child) == "" for child in made)
    assert any("math.sin" in child for child in made)


def test_names_from_outside_the_block_may_be_used_but_none_that_nobody_knows():
    for seed in range(40):
        text, _ = varied(GIVEN, ENTRY, Random(seed))
        names = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
        assert names <= {"math", "inner", "x", "y", "k", "scale", "range", "max", "min", "a", "self", "Fixed", "print",
                         "__name__"}  # fmt: skip
