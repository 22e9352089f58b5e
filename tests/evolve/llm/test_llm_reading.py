"""What models really send, and what is made of it."""

from __future__ import annotations

import ast
import json
import textwrap
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.declaration import EntryPoint
from evolve.proposers.llm import read_answer

ENTRY = EntryPoint("priority", "def priority(p, d, t):", ("p", "d", "t"), "candidate.py", "harness/dispatch.py")
GOOD = "import numpy as np\n\n\ndef priority(p, d, t):\n    return np.maximum(d - t, p)\n"
OTHER = "def priority(p, d, t):\n    return d\n"
FENCED = f"```python\n{GOOD}```"
TRIPLE = '"""'

PARENT = """import numpy as np


def slack(d, t):
    return d - t


def priority(p, d, t):
    s = slack(d, t)
    if True:
        s = s + 0.5 * p

    return np.maximum(s, p)
"""


def block(search, replace):
    return f"<<<<<<< SEARCH\n{search}\n=======\n{replace}\n>>>>>>> REPLACE\n"


LAST = "    return np.maximum(s, p)"
NEW = "    return np.maximum(s, 2 * p)"

REWRITES = {
    "fence only": FENCED,
    "prose around": f"Sure!\n\n{FENCED}\n\nThis balances both. Let me know!",
    "fence without language": f"```\n{GOOD}```",
    "py tag": f"```py\n{GOOD}```",
    "python3 tag": f"```python3\n{GOOD}```",
    "upper case tag": f"```Python\n{GOOD}```",
    "attributes after the tag": f'```python title="priority.py"\n{GOOD}```',
    "pandoc attributes": f"``` {{.python}}\n{GOOD}```",
    "tildes": f"~~~python\n{GOOD}~~~",
    "four backticks": f"````python\n{GOOD}````",
    "wrong tag": f"```text\n{GOOD}```",
    "no fence": GOOD,
    "no fence, prose before": f"Here is the function.\n\n{GOOD}",
    "no fence, prose around": f"Here it is:\n\n{GOOD}\nIt takes the larger of slack and length.",
    "no fence, prose like code after": f"{GOOD}\nfor example, jobs that are late go first.",
    "no fence, prose like code before": f"import ideas from MDD, I thought.\n\n{GOOD}",
    "missing closing fence": f"```python\n{GOOD}",
    "missing closing fence, prose after": f"```python\n{GOOD}\nThis works because slack matters.",
    "missing opening fence": f"{GOOD}```\nDone.",
    "fence after prose on its line": f"The code: ```python\n{GOOD}```",
    "closing fence behind code": f"```python\n{GOOD.rstrip()}```",
    "CRLF": FENCED.replace("\n", "\r\n"),
    "CR": FENCED.replace("\n", "\r"),
    "tabs": FENCED.replace("    ", "\t"),
    "byte order mark": "\ufeff" + FENCED,
    "no-break spaces": FENCED.replace("    ", "\u00a0" * 4),
    "zero-width spaces": FENCED.replace("return", "\u200breturn"),
    "indented block": textwrap.indent(FENCED, "    "),
    "list item": "1. Slack:\n\n" + textwrap.indent(FENCED, "   "),
    "code indented in its fence": f"```python\n{textwrap.indent(GOOD, '    ')}```",
    "another fence before": f"```python\nprint('hello')\n```\nand\n{FENCED}",
    "shell fence after": f"{FENCED}\n```sh\npython candidate.py\n```",
    "usage fence after": f"{FENCED}\nUse:\n```python\nprint(priority(1, 2, 3))\n```",
    "old version first": f"You had:\n```python\n{OTHER}```\nBetter:\n{FENCED}",
    "test function after": f"{FENCED}\n```python\ndef test():\n    assert priority(1, 2, 0) == 2\n```",
    "JSON": json.dumps({"thought": "slack", "code": GOOD}),
    "JSON list": json.dumps([{"program": GOOD}]),
    "JSON string": json.dumps(GOOD),
    "JSON in a fence": f"```json\n{json.dumps({'code': GOOD})}\n```",
    "JSON with a fenced program": json.dumps({"answer": f"Here:\n{FENCED}"}),
    "JSON with raw line ends": '{"code": "' + GOOD.replace('"', '\\"') + '"}',
    "thoughts": f"<think>\n```python\n{OTHER}```\nno\n</think>\n{FENCED}",
    "thoughts without a start": f"So maybe\n```python\n{OTHER}```\n</think>\n\n{FENCED}",
    "thinking tag": f"<thinking>def priority(p, d, t): pass</thinking>{FENCED}",
    "no-op edit markers in prose": f"I will not use <<<<<<< markers.\n{FENCED}",
    "asked for an edit, whole program in REPLACE": f"<<<<<<< SEARCH\n=======\n{GOOD}>>>>>>> REPLACE",
}


@pytest.mark.parametrize("name", REWRITES)
def test_the_program_is_found(name):
    reading = read_answer(REWRITES[name], ENTRY, None)
    assert reading.source is not None, reading.failure
    assert ast.unparse(ast.parse(reading.source)) == ast.unparse(ast.parse(GOOD))
    assert reading.operator == "rewrite"


MENDED = {
    "typographic quotes": ("```python\ndef priority(p, d, t):\n    w = {“a”: 1}\n    return w['a'] * d\n```", '"a"'),
    "minus sign": ("```python\ndef priority(p, d, t):\n    return d − t\n```", "d - t"),
    "HTML entities": ("```python\ndef priority(p, d, t):\n    return (d &lt; t) * p\n```", "d < t"),
    "tabs and blanks mixed": ("```python\ndef priority(p, d, t):\n\tx = d\n    return x\n```", "return x"),
    "a fence in a docstring": (
        f"```python\ndef priority(p, d, t):\n    {TRIPLE}As\n    ```\n    a\n    ```\n    {TRIPLE}\n    return d\n```",
        "return d",
    ),
    "escaped line ends": (r"```python" + "\n" + r"def priority(p, d, t):\n    return d" + "\n```", "return d"),
    "helper in another fence": (
        "```python\nimport math\n\ndef slack(d, t):\n    return math.fabs(d - t)\n```\nand\n"
        "```python\ndef priority(p, d, t):\n    return slack(d, t)\n```",
        "import math",
    ),
    "one line": ("```python def priority(p, d, t): return d```", "return d"),
    "lambda": ("```python\npriority = lambda p, d, t: d\n```", "lambda"),
    "more parameters with defaults": ("```python\ndef priority(p, d, t, k=2.0):\n    return d * k\n```", "k=2.0"),
    "star arguments": ("```python\ndef priority(*args):\n    return args[1]\n```", "*args"),
}


@pytest.mark.parametrize("name", MENDED)
def test_what_is_unmistakable_is_mended(name):
    answer, part = MENDED[name]
    reading = read_answer(answer, ENTRY, None)
    assert reading.source is not None, reading.failure
    assert part in reading.source
    ast.parse(reading.source)


FAILURES = {
    "wrong name": (FENCED.replace("priority", "rule"), "must define def priority(p, d, t): but it defines rule"),
    "wrong case": (FENCED.replace("priority", "Priority"), "it defines Priority"),
    "a method": ("```python\nclass A:\n    def priority(self, p, d, t):\n        return d\n```", "no program"),
    "too few parameters": ("```python\ndef priority(p, d):\n    return d\n```", "must take 3 arguments"),
    "too many parameters": ("```python\ndef priority(p, d, t, w):\n    return d\n```", "must take 3 arguments"),
    "keyword-only": ("```python\ndef priority(p, d, *, t):\n    return d\n```", "must take 3 arguments"),
    "does not parse": ("```python\ndef priority(p, d, t):\n    return ((d\n```", "does not parse: line 2"),
    "refusal": ("I'm sorry, but I can't help with that.", "begins: I'm sorry"),
    "empty": ("", "it is empty"),
    "blank": ("  \n\n", "it is empty"),
    "only thoughts": ("<think>slack, hm, slack", "it is empty"),
    "empty fence": ("```python\n```", "no program"),
    "another language": ("```cpp\nint priority(int p) { return p; }\n```", "does not parse"),
    "nested beyond reason": ("```python\npriority = " + "(" * 3000 + ")" * 3000 + "\n```", "does not parse"),
    "a null byte": ("```python\ndef priority(p, d, t):\n    return '\0'\n```", "does not parse"),
    "endless": ("a" * 500_000, "500000 characters"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_says_what_to_do(name):
    answer, says = FAILURES[name]
    reading = read_answer(answer, ENTRY, None)
    assert reading.source is None
    assert says in reading.failure


HOSTILE = {
    "fences": "```python\n" * 300 + "def priority(\n" * 2000,
    "prose like code": "import a b c\n" * 7000,
    "thoughts": "<think>" * 5000 + "```\n" * 15000,
    "edits": block("a", "b") * 2000,
    "hunks": f"@@\n-{NEW}\n+{LAST}\n" * 1500,
    "brackets": "(" * 90_000,
    "JSON": "[" * 90_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_answer_takes_long_to_read(name):
    started = time.process_time()
    assert read_answer(HOSTILE[name], ENTRY, PARENT).failure
    assert time.process_time() - started < 5


def test_a_cut_answer_is_not_trusted():
    cut = FENCED[: len(FENCED) - 20]
    assert "cut off" in read_answer(cut, ENTRY, None, "length").failure
    lucky = "```python\ndef priority(p, d, t):\n    x = d - t\n    return x\n    "
    assert read_answer(lucky, ENTRY, None, "length").source is None
    assert read_answer(lucky, ENTRY, None, "stop").source is not None
    assert read_answer(f"{FENCED}\nand then", ENTRY, None, "length").source == GOOD
    assert "content filter" in read_answer("", ENTRY, None, "content_filter").failure


# --- edits ------------------------------------------------------------------------------------------------------------

EDITS = {
    "plain": block(LAST, NEW),
    "prose around": f"I double p.\n\n{block(LAST, NEW)}\nDone.",
    "in a fence": f"```diff\n{block(LAST, NEW)}```",
    "in a python fence": f"```python\n{block(LAST, NEW)}```",
    "fences inside": block(f"```python\n{LAST}\n```", f"```python\n{NEW}\n```"),
    "CRLF": block(LAST, NEW).replace("\n", "\r\n"),
    "no last marker": block(LAST, NEW).replace(">>>>>>> REPLACE\n", ""),
    "no last marker in a fence": "```\n" + block(LAST, NEW).replace(">>>>>>> REPLACE\n", "") + "```\nDone.",
    "short markers": block(LAST, NEW)
    .replace("<<<<<<<", "<<<<<")
    .replace(">>>>>>>", ">>>>>")
    .replace("=======", "====="),
    "bare markers": block(LAST, NEW).replace(" SEARCH", "").replace(" REPLACE", ""),
    "git's words": block(LAST, NEW).replace("SEARCH", "HEAD").replace("REPLACE", "new"),
    "indentation lost": block(LAST.strip(), NEW.strip()),
    "indentation doubled": block("    " + LAST, "    " + NEW),
    "blanks differ": block("    return np.maximum( s,p )", NEW),
    "trailing blanks": block(LAST + "   ", NEW),
    "blank line missing": block(f"        s = s + 0.5 * p\n{LAST}", f"        s = s + 0.5 * p\n{NEW}"),
    "blank lines around": block(f"\n{LAST}\n", f"\n{NEW}\n"),
    "part of a line": block("maximum(s, p)", "maximum(s, 2 * p)"),
    "thoughts before": f"<think>{block('x', 'y')}</think>{block(LAST, NEW)}",
    "unified diff": f"```diff\n--- a.py\n+++ a.py\n@@ -9,5 +9,5 @@\n         s = s + 0.5 * p\n \n-{LAST}\n+{NEW}\n```",
    "unified diff without numbers": f"@@\n-{LAST}\n+{NEW}\n",
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_is_applied(name):
    reading = read_answer(EDITS[name], ENTRY, PARENT)
    assert reading.failure == ""
    assert ast.unparse(ast.parse(reading.source)) == ast.unparse(ast.parse(PARENT.replace(LAST, NEW)))
    assert reading.operator == "diff"


def test_edits_follow_one_another_and_move_with_their_indentation():
    answer = block(LAST, NEW) + block(
        "if True:\n    s = s + 0.5 * p", "if True:\n    for _ in range(2):\n        s = s + p"
    )
    reading = read_answer(answer, ENTRY, PARENT)
    wanted = PARENT.replace(LAST, NEW).replace(
        "        s = s + 0.5 * p", "        for _ in range(2):\n            s = s + p"
    )
    assert ast.unparse(ast.parse(reading.source)) == ast.unparse(ast.parse(wanted))


def test_an_edit_may_delete_lines():
    reading = read_answer(block("    if True:\n        s = s + 0.5 * p", ""), ENTRY, PARENT)
    assert "0.5" not in reading.source


BAD_EDITS = {
    "not there": (block("    return p", NEW), "edit 1 of 1: its SEARCH lines are not in the program:\n    return p"),
    "twice": (block("p", "q"), "not in the program"),
    "ambiguous lines": (block("    x", "    y"), "occur 2 times"),
    "second fails": (block(LAST, NEW) + block(LAST, NEW), "edit 2 of 2"),
    "nothing to search": (block("", "    x = 1"), "no SEARCH lines"),
    "breaks the syntax": (block(LAST, "    return ((p"), "after the edit the program does not parse: line 13"),
    "removes the function": (block("def priority(p, d, t):", "def rule(p, d, t):"), "but it defines slack, rule"),
}


@pytest.mark.parametrize("name", BAD_EDITS)
def test_an_edit_that_is_in_doubt_is_not_applied(name):
    answer, says = BAD_EDITS[name]
    parent = PARENT + "\n\ndef f():\n    x\n    x\n" if name == "ambiguous lines" else PARENT
    reading = read_answer(answer, ENTRY, parent)
    assert reading.source is None
    assert reading.operator == "diff"
    assert says in reading.failure


def test_an_edit_without_a_parent_asks_for_the_whole():
    assert "whole program" in read_answer(block(LAST, NEW), ENTRY, None).failure


def test_a_program_beside_an_edit_that_fails_is_taken():
    reading = read_answer(f"{block('nowhere', 'x')}\nOr as a whole:\n{FENCED}", ENTRY, PARENT)
    assert (reading.source, reading.operator) == (GOOD, "rewrite")


# --- properties -------------------------------------------------------------------------------------------------------

PIECES = ["```", "```python\n", "~~~", "\n", "<<<<<<< SEARCH\n", "\n=======\n", ">>>>>>> REPLACE\n", "@@\n", "-x\n",
          "+y\n", "<think>", "</think>", '{"code": "', '"}', GOOD, OTHER, "def priority(", "    ", "\t", "\r\n",
          "prose", LAST, "“", "\0", "&lt;", "import ", "("]  # fmt: skip


@settings(max_examples=300)
@given(
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=5)), max_size=25).map("".join),
    st.sampled_from(["stop", "length", "content_filter"]),
    st.sampled_from([None, PARENT]),
)
def test_any_answer_gives_a_fitting_program_or_a_reason(answer, finish, parent):
    reading = read_answer(answer, ENTRY, parent, finish)
    if reading.source is None:
        assert reading.failure
        return
    assert reading.failure == ""
    names = {n.name for n in ast.walk(ast.parse(reading.source)) if isinstance(n, ast.FunctionDef)}
    assert "priority" in names or "priority" in reading.source


WORDS = st.text(st.characters(categories=["L", "N", "Zs"]), max_size=40)
EXPRESSIONS = st.recursive(
    st.sampled_from(["p", "d", "t", "1.5", "2"]),
    lambda inner: st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map(lambda x: f"({x[0]} {x[1]} {x[2]})"),
    max_leaves=6,
)


@settings(max_examples=200)
@given(EXPRESSIONS, WORDS, WORDS, st.sampled_from(["```", "~~~", "````"]), st.sampled_from(["\n", "\r\n"]))
def test_a_fenced_program_survives_its_wrapping_unchanged(rule, before, after, fence, end):
    source = f"def priority(p, d, t):\n    return {rule}\n"
    answer = f"{before}\n{fence}python\n{source}{fence}\n{after}".replace("\n", end)
    assert read_answer(answer, ENTRY, None).source == source


@settings(max_examples=200)
@given(st.lists(EXPRESSIONS, min_size=2, max_size=6, unique=True), st.data())
def test_an_exact_edit_changes_its_lines_and_no_others(rules, data):
    lines = [f"    x{k} = {rule}" for k, rule in enumerate(rules)]
    parent = "\n".join(["def priority(p, d, t):", *lines, "    return x0", ""])
    k = data.draw(st.integers(0, len(lines) - 1))
    changed = f"    x{k} = p + {rules[k]}"
    reading = read_answer(block(lines[k], changed), ENTRY, parent)
    assert reading.source == parent.replace(lines[k], changed)
