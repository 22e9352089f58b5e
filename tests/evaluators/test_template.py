"""Programs of which only marked blocks may be changed."""

from __future__ import annotations

import pytest

from evaluators.candidate import Candidate
from evaluators.declaration import EntryPoint
from evaluators.template import BlockError, Template, taken_apart
from evaluators.toolchains import toolchain

GIVEN = """import math

def outer():
    # EVOLVE-BLOCK-START
    x = 1
    # EVOLVE-BLOCK-END
    return x

# EVOLVE-BLOCK-START
def helper():
    return math.pi
# EVOLVE-BLOCK-END
"""


def test_parts_put_together_are_the_program():
    parts = taken_apart(GIVEN)
    assert parts.blocks == ("    x = 1\n", "def helper():\n    return math.pi\n")
    assert parts.filled(parts.blocks) == GIVEN
    assert "x = 2\n    # EVOLVE-BLOCK-END" in parts.filled(["    x = 2", parts.blocks[1]])


def test_a_program_without_marks_is_one_block():
    parts = taken_apart("x = 1\n")
    assert (parts.outside, parts.blocks, parts.is_marked) == (("", ""), ("x = 1\n",), False)
    assert Template("x = 1\n").mismatch("y = 2\n") == ""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("# EVOLVE-BLOCK-START\n", "EVOLVE-BLOCK-START without"),
        ("# EVOLVE-BLOCK-END\n", "line 1: EVOLVE-BLOCK-END without"),
        ("# EVOLVE-BLOCK-START\n# EVOLVE-BLOCK-START\n", "line 2: EVOLVE-BLOCK-START inside"),
    ],
)
def test_marks_that_do_not_fit_are_named(text, says):
    with pytest.raises(BlockError, match=says):
        taken_apart(text)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("x = 1", "x = 5", ""),
        ("return math.pi", "return math.e", ""),
        ("return x", "return 9", "outside stands 'return 9'"),
        ("# EVOLVE-BLOCK-END\n    return x", "return x", "EVOLVE-BLOCK-START inside"),
        ("x = 1", "x = 1\n    # EVOLVE-BLOCK-END\n    # EVOLVE-BLOCK-START", "must keep the lines"),
        ("def helper():\n    return math.pi", "def helper(:", "syntax error in line 10"),
    ],
)
def test_the_screen_lets_through_what_changes_blocks_only(old, new, says):
    entry = EntryPoint("program", "", (), "p.py", "harness.py", template=Template(GIVEN))
    assert old in GIVEN
    candidate = Candidate.of_text(GIVEN.replace(old, new), "p.py")
    screened = toolchain("python").screen(candidate, entry, 10_000)
    assert screened.accepted == (not says)
    assert says in screened.feedback
