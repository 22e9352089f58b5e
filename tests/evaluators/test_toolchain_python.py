"""The screen of Python candidates, and the key under which equal programs are the same."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import textwrap
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.candidate import Candidate
from evaluators.declaration import EntryPoint
from evaluators.toolchains.python import dedupe_key, screen, short_traceback

ENTRY = EntryPoint("solve", "def solve(a, b):", ("a", "b"), "candidate.py", "harness.py")
LIMIT = 2000


def screened(source: str | bytes, limit: int = LIMIT):
    data = source.encode() if isinstance(source, str) else source
    return screen(Candidate("python", {"candidate.py": data}), ENTRY, limit)


@pytest.mark.parametrize(
    "source",
    [
        "def solve(a, b): return a",
        "def solve(x, y): return x",
        "def solve(a, /, b): return a",
        "def solve(a, b, c=1): return a",
        "def solve(a, b=2): return a",
        "def solve(*both): return both",
        "def solve(a, *rest): return a",
        "def solve(a, b, *, fast=True): return a",
        "def solve(a, b, **rest): return a",
        "import numpy as np\n\ndef helper(x):\n    return x\n\ndef solve(a, b):\n    return helper(a)",
        "def solve(a): return 1\ndef solve(a, b): return 2",
        "@staticmethod\ndef solve(a, b): return a",
        "\ufeffdef solve(a, b): return a",
        "# -*- coding: utf-8 -*-\ndef solve(a, b): return 'ä'",
        "def solve(a, b): return a is 1",  # only a SyntaxWarning
        "def solve(a, b): return '\\d'",  # another
        "def solve(a, b): return 0x" + "f" * 1800,
    ],
)
def test_accepted(source):
    result = screened(source)
    assert (result.accepted, result.feedback) == (True, "")
    assert len(result.dedupe_key) == 32


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("", "it must define 'def solve(a, b):'; it defines no function"),
        ("def sove(a, b): return a\ndef other(): pass", "it must define 'def solve(a, b):'; it defines sove, other"),
        ("class A:\n    def solve(a, b): return a", "it defines no function"),
        ("if True:\n    def solve(a, b): return a", "it defines no function"),
        ("async def solve(a, b): return a", "it defines no function"),
        ("solve = max", "it defines no function"),
        ("def solve(a): return a", "solve must take 2 arguments: def solve(a, b):"),
        ("def solve(a, b, c): return a", "solve must take 2 arguments"),
        ("def solve(a, *, b): return a", "solve must take 2 arguments"),
        ("def solve(a, b, *, c): return a", "solve must take 2 arguments"),
        ("def solve(a, b): return 1\ndef solve(a): return 2", "solve must take 2 arguments"),
        ("def solve(a, b):\n    return (a", "syntax error in line 2: '(' was never closed"),
        ("def solve(a, b):\n  x = 1\n    return x", "syntax error in line 3: unexpected indent"),
        ("def solve(a, b): return a\n\n\nreturn 3", "syntax error in line 4: 'return' outside function"),
        ("def solve(a, b):\n    '''doc'''\n    yield a\n    x: int = 1\n    nonlocal x", "syntax error in line 5"),
        ("def solve(a, a): return a", "syntax error in line 1: duplicate argument 'a'"),
        ("def solve(a, b):\n    break", "syntax error in line 2: 'break' outside loop"),
        ("print 'hello'", "syntax error in line 1: Missing parentheses"),
        (b"def solve(a, b): return '\xff'", "the source is not UTF-8"),
        (b"def solve(a, b): return a\0", "null bytes"),
        ("# coding: klingon\ndef solve(a, b): return a", "syntax error in line 1: "),
        ("def solve(a, b): return a" + "+a" * 990, "the source is longer than 2000 bytes"),
    ],
)
def test_rejected_with_a_reason(source, said):
    result = screened(source)
    assert not result.accepted
    assert said in result.feedback
    assert "\n" not in result.feedback
    assert (result.dedupe_key, result.elementwise) == ("", False)


def test_missing_file_and_extra_files():
    assert screen(Candidate("python", {"main.py": b""}), ENTRY, LIMIT).feedback == "the file candidate.py is missing"
    both = {"candidate.py": b"def solve(a, b): return a", "data.txt": b"x" * LIMIT}
    assert "longer than" in screen(Candidate("python", both), ENTRY, LIMIT).feedback


@pytest.mark.parametrize(
    "expression",
    ["a" + "+a" * 9000, "-" * 19000 + "a", "not " * 4000 + "a", "a" + ".b" * 9000, "a" + "()" * 9000,
     "lambda:" * 2500 + "a", "a if b else " * 1500 + "a", "(" * 5000 + ")" * 5000, "a" + "**a" * 6000,
     "a" + "+a" * 1400, "a" + "[0]" * 1400, "[a " + "for a in a " * 1500 + "]"],
)  # fmt: skip
def test_deep_sources_neither_raise_nor_end_the_process(expression):
    entry = EntryPoint("solve", "def solve(a, b):", ("a", "b"), "candidate.py", "harness.py", elementwise=True)
    result = screen(Candidate.of_text(f"def solve(a, b):\n    return {expression}\n"), entry, 30_000)
    assert result.accepted or result.feedback[-1] not in ": "


def test_a_declared_encoding_is_heeded_as_python_does():
    """What stands in a comment for one encoding is code for another."""
    hidden = b"# coding: utf-7\ndef solve(a, b):\n    # +AAo-    return 7\n    return a\n"
    plain = b"def solve(a, b):\n    return 7\n    return a\n"
    assert screened(hidden).dedupe_key == screened(plain).dedupe_key


def test_a_docstring_may_stand_before_imports_from_the_future():
    plain = "from __future__ import annotations\ndef solve(a, b):\n    return a\n"
    documented = screened(f'"""What it does."""\n{plain}')
    assert (documented.accepted, documented.dedupe_key) == (True, screened(plain).dedupe_key)


def test_candidates_are_not_executed_and_warnings_stay_inside(capfd, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        screened(f"open({str(tmp_path / 'x')!r}, 'w')\nprint('hello')\ndef solve(a, b): return a is 1")
    assert capfd.readouterr() == ("", "")
    assert not (tmp_path / "x").exists()


# ---- the key ---------------------------------------------------------------------------------------------------------


def key(source: str) -> str:
    return dedupe_key(ast.parse(textwrap.dedent(source)))


PLAIN = """
    import numpy as np
    def solve(a, b):
        best = None
        for i, x in enumerate(a):
            now = x + b
            if best is None or now < best:
                best = now
        return best
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("best", "lowest"),
        ("now", "total"),
        ("    import numpy as np\n", "    import numpy as np  # the usual name\n\n\n"),
        ("import numpy as np\n", 'import numpy as np\n    "a string alone"\n'),
        ("def solve(a, b):\n", 'def solve(a, b):\n        """The least sum.\n\n        At once.\n        """\n'),
        ("solve(a, b):\n", "solve(a, b):\n        pass\n"),
        ("now = x + b\n", "now = (x\n                 + b)\n"),
        ("now = x + b\n            if", "now = x + b; pass\n            if"),
        ("if best is None or now < best:\n                best = now", "if best is None or now < best: best = now"),
        ("solve(a, b)", "solve(\n            a,\n            b,\n    )"),
        ("    import numpy", '    """What this module is."""\n    import numpy'),
    ],
)
def test_what_does_not_change_a_program_leaves_its_key(old, new):
    assert old in PLAIN
    assert key(PLAIN.replace(old, new)) == key(PLAIN)


def test_renamed_parameters_and_layout_of_blocks_leave_the_key():
    assert key("def solve(a, b): return a - b") == key("def solve(x, y):\n    return x - y")
    assert key("def solve(a, b):\n    try: x = a()\n    except ValueError: x = b\n    return x") == key(
        "def solve(a, b):\n    try:\n        z = a()\n    except ValueError:\n        z = b\n    return z"
    )
    assert key("def solve(a, b): return sorted(a, key=lambda j: -b[j])") == key(
        "def solve(p, q):\n    return sorted(\n        p,\n        key=lambda i: -q[i],\n    )"
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("def solve(a, b): return a - b", "def solve(a, b): return b - a"),
        ("def solve(a, b): return a - b", "def solve(b, a): return a - b"),
        ("def solve(a, b): return 1", "def solve(a, b): return 1.0"),
        ("def solve(a, b): return 1", "def solve(a, b): return True"),
        ("def solve(a, b): return (1, 2)", "def solve(a, b): return (1, 2.0)"),
        ("def solve(a, b): return 0.0", "def solve(a, b): return -0.0"),
        ("def solve(a, b): return 'a'", "def solve(a, b): return b'a'"),
        ("def solve(a, b): return len(a)", "def solve(a, b): return max(a)"),
        ("def solve(a, b): return a.x", "def solve(a, b): return a.y"),
        ("def solve(a, b): return a", "def solve(a, b=1): return a"),
        ("def solve(a, b): return a", "def solve(a, *b): return a"),
        ("def solve(a, b): return a", "def other(a, b): return a"),
        ("K = 1\ndef solve(a, b): return K", "K = 2\ndef solve(a, b): return K"),
        ("def solve(a, b): return a in {1, 2}", "def solve(a, b): return a in {1, 3}"),
        # An assertion decides whether a candidate fails, so a repair that drops it is another program.
        ("def solve(a, b):\n    assert a\n    return b", "def solve(a, b):\n    return b"),
        # The bytecode is the same, what is caught is not.
        (
            "def solve(a, b):\n    x = a(); y = 2\n    try: y = b()\n    except ValueError: y = 0\n    return x, y",
            "def solve(a, b):\n    try: x = a(); y = 2; y = b()\n    except ValueError: y = 0\n    return x, y",
        ),
        # Names of parameters count where a call uses them.
        (
            "def f(x, y): return x - y\ndef solve(a, b): return f(x=a, y=b)",
            "def f(y, x): return y - x\ndef solve(a, b): return f(x=a, y=b)",
        ),
        (
            "def f(x, y): return x - y\ndef solve(a, b): return f(**a)",
            "def f(y, x): return y - x\ndef solve(a, b): return f(**a)",
        ),
        (
            "def solve(a, b):\n    x = a\n    y = b\n    return locals()['x']",
            "def solve(a, b):\n    y = a\n    x = b\n    return locals()['x']",
        ),
    ],
)
def test_what_changes_a_program_changes_its_key(one, other):
    assert key(one) != key(other)


def test_key_is_the_same_in_every_process():
    """Sets of strings are listed in another order in each process."""
    source = "def solve(a, b):\n    return a in {'one', 'two', 'three', 'four', ('five', 6)}\n"
    program = (
        "import ast, sys; from evaluators.toolchains.python import dedupe_key as k; print(k(ast.parse(sys.argv[1])))"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", program, source], env=os.environ | {"PYTHONHASHSEED": seed}, check=True,
            capture_output=True, text=True,
        ).stdout.strip()
        for seed in ("1", "2", "3")
    }  # fmt: skip
    assert found == {key(source)}


names = st.sampled_from(["a", "b", "c"])
expressions = st.recursive(
    names | st.integers(0, 3).map(str),
    lambda inner: (
        st.builds("({} {} {})".format, inner, st.sampled_from("+-*"), inner)
        | st.builds("max({}, {})".format, inner, inner)
    ),
    max_leaves=6,
)
WIDE = {"a": 2, "b": 31, "c": 1009}


@given(expressions, expressions)
@settings(max_examples=150, deadline=None)
def test_equal_keys_mean_equal_values(one, other):
    first, second = (f"def solve(a, b):\n    c = a * b\n    return {e}\n" for e in (one, other))
    if key(first) == key(second):
        assert eval(one, {"max": max} | WIDE) == eval(other, {"max": max} | WIDE)


@given(expressions, st.permutations(["u", "v", "w"]))
@settings(max_examples=100, deadline=None)
def test_renaming_comments_and_layout_leave_the_key(expression, fresh):
    first = f"def solve(a, b):\n    c = a * b\n    return {expression}\n"
    renamed = ast.unparse(_Rename(dict(zip("abc", fresh, strict=True))).visit(ast.parse(first)))
    assert key(renamed) == key(first)
    assert key("'''doc'''\n\n" + first.replace("\n", "  # why\n\n")) == key(first)


class _Rename(ast.NodeTransformer):
    def __init__(self, names: dict[str, str]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(self.names.get(node.id, node.id), node.ctx)

    def visit_arg(self, node: ast.arg) -> ast.arg:
        return ast.arg(self.names[node.arg])


def test_short_traceback_keeps_the_end():
    text = "\n".join(f"line {k}" for k in range(100)) + "\nValueError: " + "x" * 5000 + "\n"
    assert short_traceback("a\nb\n") == "a\nb"
    assert short_traceback(text).endswith("x")
    assert len(short_traceback(text)) <= 1500
    assert short_traceback("\n".join(map(str, range(50)))).splitlines() == [str(k) for k in range(38, 50)]
