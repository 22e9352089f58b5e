"""What a model answers when only a block of a given program may be changed."""

from __future__ import annotations

import pytest

from evaluators.declaration import EntryPoint
from evaluators.template import Template
from evolve.proposers.llm.block import read_block_answer

GIVEN = "import math\n# EVOLVE-BLOCK-START\ndef f(x):\n    return x\n# EVOLVE-BLOCK-END\ndef run():\n    return f(1)\n"
ENTRY = EntryPoint("program", "", (), "p.py", "harness.py", template=Template(GIVEN))
BETTER = GIVEN.replace("return x", "return 2 * x")
BLOCK = "def f(x):\n    return 2 * x\n"


@pytest.mark.parametrize(
    ("answer", "operator"),
    [
        (f"Here:\n```python\n{BLOCK}```\n", "rewrite"),
        (f"```python\n{BETTER}```", "rewrite"),
        (f"```python\n# EVOLVE-BLOCK-START\n{BLOCK}# EVOLVE-BLOCK-END\n```", "rewrite"),
        (f"```python\nimport os\n{BETTER.replace('f(1)', '99')}```", "rewrite"),  # what it says of the rest is dropped
        (BLOCK, "rewrite"),
        ("<<<<<<< SEARCH\n    return x\n=======\n    return 2 * x\n>>>>>>> REPLACE\n", "diff"),
    ],
    ids=["block", "whole", "marked", "beyond", "bare", "diff"],
)
def test_the_block_is_taken_and_the_rest_is_kept(answer, operator):
    read = read_block_answer(answer, ENTRY, GIVEN)
    assert (read.source, read.operator, read.failure) == (BETTER, operator, "")


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ("<<<<<<< SEARCH\n    return f(1)\n=======\n    return 99\n>>>>>>> REPLACE\n", "may be changed"),
        ("<<<<<<< SEARCH\n    nowhere\n=======\n    x\n>>>>>>> REPLACE\n", "not in the program"),
        ("```python\ndef f(x:\n```", "does not parse"),
        ("```python\n# EVOLVE-BLOCK-START\nx = 1\n```", "EVOLVE-BLOCK-END"),
        ("I would not know.", "there is no program"),
    ],
)
def test_what_is_wrong_is_told(answer, says):
    read = read_block_answer(answer, ENTRY, GIVEN)
    assert read.source is None
    assert says in read.failure


def test_a_block_inside_a_function_is_indented():
    given = "def run():\n    # EVOLVE-BLOCK-START\n    x = 1\n    # EVOLVE-BLOCK-END\n    return x\n"
    entry = EntryPoint("program", "", (), "p.py", "harness.py", template=Template(given))
    read = read_block_answer("```python\nx = 2\nx += 1\n```", entry, given)
    assert read.source == given.replace("    x = 1\n", "    x = 2\n    x += 1\n")


def test_a_program_without_marks_is_replaced_whole():
    entry = EntryPoint("program", "", (), "p.py", "harness.py", template=Template("def f():\n    return 1\n"))
    read = read_block_answer("```python\ndef f():\n    return 2\n```", entry, "def f():\n    return 1\n")
    assert read.source == "def f():\n    return 2\n"
