"""What is shown to be elementwise really is, and what cannot be shown is never believed."""

from __future__ import annotations

import ast
import re
import textwrap

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.toolchains.elementwise import UFUNCS, is_elementwise


def shown(source: str) -> bool:
    return is_elementwise(ast.parse(textwrap.dedent(source)), "f")


@pytest.mark.parametrize(
    "source",
    [
        "def f(p, d): return p",
        "def f(p, d): return 3",
        "def f(p, d):\n    '''Doc.'''\n    return -p + d / 2 - 3 * p ** 2 // 1 % 7",
        "import numpy as np\ndef f(p, d): return np.maximum(p, d)",
        "import numpy\ndef f(p, d): return numpy.where(p > d, p, numpy.inf)",
        "'''Doc.'''\nfrom __future__ import annotations\nimport numpy as np\ndef f(p, d): return np.clip(p, 0, np.e)",
        "import numpy as np\ndef g(x): return np.exp(x)\ndef f(p, d):\n    a = g(p)\n    a = g(a)\n    return abs(a)",
        "import numpy as np\ndef f(p, d): return np.where((p > d) & ~(d == 3) | (p != d), p, d)",
        "import numpy as np\ndef f(p: np.ndarray, d: 'array' = ..., /): return p".replace(" = ...", ""),
        "import numpy as np\ndef f(p: np.ndarray | float, d: list[float]) -> np.ndarray: return p",
    ],
)
def test_shown(source):
    assert shown(source)


@pytest.mark.parametrize(
    "source",
    [
        # Not elementwise
        "import numpy as np\ndef f(p, d): return p - np.mean(p)",
        "import numpy as np\ndef f(p, d): return np.argsort(p)",
        "import numpy as np\ndef f(p, d): return np.cumsum(p)",
        "import numpy as np\ndef f(p, d): return np.maximum.accumulate(p)",
        "import numpy as np\ndef f(p, d): return np.add.reduce(p)",
        "def f(p, d): return p.sum()",
        "def f(p, d): return p.T",
        "def f(p, d): return p[0]",
        "def f(p, d): return p[::-1]",
        "def f(p, d): return p @ d",
        "def f(p, d): return sum(p)",
        "def f(p, d): return max(p)",
        "def f(p, d): return len(p)",
        "def f(p, d): return [p, d]",
        "def f(p, d): return p, d",
        "def f(p, d): return [x for x in p]",
        "def f(p, d): return p if d[0] else d",
        "def f(p, d): return p if 1 else d",
        "def f(p, d): return p and d",
        "def f(p, d): return not p",
        "def f(p, d): return 0 < p < d",
        "def f(p, d): return p in d",
        "def f(p, d): return p is d",
        "def f(p, d): return f'{p}'",
        "def f(p, d): return p + 'x'",
        "def f(p, d): return p + 1j",
        "def f(p, d): return None",
        "def f(p, d): return lambda: p",
        "def f(p, d): return (p := d)",
        "def f(p, d):\n    yield p",
        "def f(p, d):\n    return",
        "import numpy as np\ndef f(p, d): return np.where(p > d)",
        "import numpy as np\ndef f(p, d): return np.size",
        "import numpy as np\ndef f(p, d): return np.random.random()",
        "import numpy as np\ndef f(p, d): return np.newaxis",
        "import numpy as np\ndef f(p, d): return np.vectorize(p)",
        # Control flow
        "def f(p, d):\n    if d > 0:\n        return p\n    return d",
        "def f(p, d):\n    for x in p:\n        p = x\n    return p",
        "def f(p, d):\n    while p:\n        p = p - 1\n    return p",
        "def f(p, d):\n    try:\n        return p\n    except ValueError:\n        return d",
        "def f(p, d):\n    with p:\n        return d",
        "def f(p, d):\n    return p\n    return d",
        "def f(p, d):\n    assert p\n    return d",
        "def f(p, d):\n    raise ValueError",
        # Recursion
        "def f(p, d): return f(p, d)",
        "def g(x): return f(x, x)\ndef f(p, d): return g(p)",
        # Writing where others read
        "def f(p, d):\n    p += 1\n    return p",
        "def f(p, d):\n    p[0] = 1\n    return p",
        "import numpy as np\ndef f(p, d): return np.add(p, d, p)",
        "import numpy as np\ndef f(p, d): return np.add(p, d, out=p)",
        "import numpy as np\ndef f(p, d): return np.sqrt(p, p)",
        "import numpy as np\ndef f(p, d): return np.add(p, d, where=p > 3)",
        "import numpy as np\ndef f(p, d): return np.nan_to_num(p, False)",
        "import numpy as np\ndef f(p, d): return np.add(*p)",
        "import numpy as np\ndef f(p, d):\n    np.pi = 4\n    return p",
        "import numpy as np\ndef f(p, d):\n    np.copyto(p, d)\n    return p",
        "def f(p, d):\n    a = b = p\n    return a",
        "def f(p, d):\n    a, b = p\n    return a",
        "def f(p, d):\n    a: int = p\n    return a",
        "def f(p, d):\n    del p\n    return d",
        # Names that are not what they seem
        "import numpy as np\ndef f(np, d): return np.maximum(d, d)",
        "import numpy as np\ndef f(np, /, d): return np.clip(d, d)",
        "import numpy as np\ndef f(p, d):\n    np = p\n    return np.clip(d, d)",
        "import numpy as np\nnp = 3\ndef f(p, d): return p",
        "import numpy as np\ndef np(x): return x\ndef f(p, d): return p",
        "import math as np\ndef f(p, d): return np.sqrt(p)",
        "import numpy as np, math\ndef f(p, d): return p",
        "import numpy.random as np\ndef f(p, d): return p",
        "from numpy import maximum\ndef f(p, d): return maximum(p, d)",
        "from numpy import mean as maximum\ndef f(p, d): return maximum(p, d)",
        "import numpy as np\nnp.maximum = np.minimum\ndef f(p, d): return np.maximum(p, d)",
        "def abs(x): return x[0]\ndef f(p, d): return abs(p)",
        "def g(x): return x\ndef g(x): return x[0]\ndef f(p, d): return g(p)",
        "def g(x): return x\ndef f(p, d):\n    g = p\n    return g(d)",
        "def g(x): return x\ndef f(g, d): return g(d)",
        "def f(p, d): return q",
        "def f(p, d):\n    a = a + p\n    return a",
        "abs = len\ndef f(p, d): return abs(p)",
        "def f(p, d):\n    global f\n    return p",
        "def f(p, d):\n    import numpy as np\n    return np.sqrt(p)",
        "def f(p, d):\n    def g(x): return x\n    return g(p)",
        "class f: pass",
        "f = lambda p, d: p",
        "async def f(p, d): return p",
        "import numpy as np",
        # Code that runs when a function is defined, called or not
        "def f(p, d=3): return p",
        "def f(p, *d): return p",
        "def f(p, **d): return p",
        "def f(p, *, d): return p",
        "@g\ndef f(p, d): return p",
        "import numpy as np\ndef g(x=np.seterr()): return x\ndef f(p, d): return p",
        "import numpy as np\n@np.vectorize\ndef g(x): return x\ndef f(p, d): return p",
        "import numpy as np\ndef g(x: (np := 3)): return x\ndef f(p, d): return np.sqrt(p)",
        "import numpy as np\ndef g(x: setattr(np, 'sqrt', np.sort)): return x\ndef f(p, d): return np.sqrt(p)",
        "import numpy as np\ndef g(x) -> exec('import math as np'): return x\ndef f(p, d): return np.sqrt(p)",
        "import numpy as np\ndef g(*, x=setattr(np, 'sqrt', np.sort)): return x\ndef f(p, d): return np.sqrt(p)",
        # Deeper than we look
        "def f(p, d): return p" + "+p" * 900,
        "def f(p, d): return " + "-" * 1200 + "p",
    ],
)
def test_not_shown(source):
    try:
        tree = ast.parse(textwrap.dedent(source))
    except RecursionError:
        return
    if "+p" * 900 in source:
        is_elementwise(tree, "f")  # either way, as long as it says so
    else:
        assert not is_elementwise(tree, "f")


def test_entry_point_must_be_there():
    assert not is_elementwise(ast.parse("def g(p, d): return p"), "f")


_names = st.sampled_from(["p", "d", "t", "local"])
# No whole numbers: towers of their powers could take for ever.
_constants = st.sampled_from(["0.0", "1.0", "2.0", "0.5", "-3.0", "1e9", "np.pi", "np.inf"])


def _compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    calls = [
        st.builds((name + "({})").format, st.tuples(*[inner] * count).map(", ".join))
        for name, count in [*((f"np.{name}", count) for name, count in sorted(UFUNCS.items())), ("abs", 1), ("g", 1)]
    ]
    operators = st.sampled_from(["+", "-", "*", "/", "//", "%", "<", "<=", ">", ">=", "==", "!="])
    return st.one_of(
        st.builds("({} {} {})".format, inner, operators, inner),
        st.builds("(({0} > {1}) {2} ~({1} > {3}))".format, inner, inner, st.sampled_from("&|"), inner),
        st.builds("(-{})".format, inner),
        # Powers of arrays only: of Python's own numbers (`~(1.0 > 2.0)` is one) towers would fill the memory.
        st.builds("({} ** {})".format, _names, st.sampled_from(["2", "3.0", "0.5", "-1"])),
        *calls,
    )


_expressions = st.recursive(_names | _constants, _compound, max_leaves=12)


def _values(function, *arguments):
    """What it returns, None if it raises."""
    with np.errstate(all="ignore"):
        try:
            return np.asarray(function(*arguments))
        except (TypeError, ValueError, OverflowError, ZeroDivisionError):
            return None


@given(_expressions, _expressions, st.integers(0, 2**32 - 1))
@settings(max_examples=300)
def test_a_batch_gives_what_its_rows_give(helper, expression, seed):
    helper = re.sub(r"\bg\(", "abs(", helper).replace("local", "p")
    source = (
        f"import numpy as np\n\ndef g(p):\n    d = p\n    t = d\n    return {helper}\n\n"
        f"def f(p, d, t):\n    local = p - d\n    local = {expression}\n    return local\n"
    )
    assert is_elementwise(ast.parse(source), "f")
    space: dict[str, object] = {}
    exec(source, space)
    rng = np.random.default_rng(seed)
    p, d = rng.integers(1, 100, (5, 7)).astype(float), rng.integers(-50, 300, (5, 7)).astype(float)
    t = rng.integers(0, 200, (5, 1)).astype(float)
    batch = _values(space["f"], p, d, t)
    rows = [_values(space["f"], p[k], d[k], np.float64(t[k, 0])) for k in range(5)]
    if batch is None:
        assert any(row is None for row in rows)
        return
    assert not any(row is None for row in rows)
    batch = np.broadcast_to(batch, p.shape)
    one_by_one = np.stack([np.broadcast_to(row, 7) for row in rows])
    assert np.array_equal(batch, one_by_one, equal_nan=batch.dtype.kind == "f")
