"""Kernels as Python functions: signatures, what is refused, and what they compute."""

from __future__ import annotations

import numpy as np
import pytest

from evaluators.kernels.calling import CompileError, kernel
from evaluators.kernels.signature import SignatureError, parse

SCALE = """
void scale(const double* x, std::size_t n, float by, double* y) {
    for (std::size_t i = 0; i < n; ++i) y[i] = by * x[i];
}
"""
SIGNATURE = "void scale(const f64* x, size_t n, f32 by, f64* y)"


@pytest.fixture(scope="module")
def scale(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EVOLVE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield kernel(SCALE, SIGNATURE)


def test_signatures_short_and_long_are_the_same():
    long = "void f(const std::int64_t* x, std::size_t n, double by, std::uint8_t *out)"
    short = "void f(const i64* x, size_t n, f64 by, u8* out);"
    assert parse(long) == parse(short)
    assert [(p.name, p.dtype, p.role) for p in parse(long).parameters] == [
        ("x", "i8", "read"), ("n", "u8", "number"), ("by", "f8", "number"), ("out", "u1", "written"),
    ]  # fmt: skip
    assert parse(parse(short).declaration) == parse(long)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("int f(i64* x)", "looks like"),
        ("void f(const i64* x)", "writes nothing"),
        ("void f(const int* x, i64* y)", "not a type of a kernel"),
        ("void f(i64** y)", "neither a number nor a pointer"),
        ("void f(i64*)", "neither a number nor a pointer"),
        ("def f(x)", "looks like"),
    ],
)
def test_other_signatures_are_refused(wrong, said):
    with pytest.raises(SignatureError, match=said):
        parse(wrong)


def test_a_kernel_is_called_in_order_or_by_name(scale):
    x, y = np.arange(5.0), np.empty(5)
    scale(x, 5, 2.0, y)
    assert y.tolist() == [0.0, 2.0, 4.0, 6.0, 8.0]
    scale(x, y=y, n=2, by=0.5)
    assert y.tolist() == [0.0, 0.5, 4.0, 6.0, 8.0]
    assert repr(scale) == "<kernel void scale(const double* x, std::size_t n, float by, double* y)>"


def test_what_does_not_fit_is_refused_before_it_is_run(scale):
    x, y = np.arange(5.0), np.zeros(5)
    with pytest.raises(TypeError, match="takes x, n, by, y, each once"):
        scale(x, 5, 2.0)
    with pytest.raises(TypeError, match="takes x, n, by, y, each once"):
        scale(x, 5, 2.0, y, n=5)
    with pytest.raises(TypeError, match="x must be a numpy array of float64, not an array of float32"):
        scale(x.astype("f4"), 5, 2.0, y)
    with pytest.raises(TypeError, match="x must be a numpy array of float64, not list"):
        scale([1.0], 1, 2.0, y)
    with pytest.raises(TypeError, match="y must be contiguous"):
        scale(x, 2, 2.0, np.zeros(10)[::2])
    fixed = np.zeros(5)
    fixed.flags.writeable = False
    with pytest.raises(TypeError, match="y is written"):
        scale(x, 5, 2.0, fixed)
    with pytest.raises(OverflowError, match="n is -1"):
        scale(x, -1, 2.0, y)
    with pytest.raises(TypeError, match="n must be a whole number, not float"):
        scale(x, 5.0, 2.0, y)


def test_what_does_not_compile_says_where(tmp_path, monkeypatch):
    monkeypatch.setenv("EVOLVE_CACHE", str(tmp_path))
    with pytest.raises(CompileError, match=r"candidate\.cpp:3:.*error"):
        kernel(SCALE.replace("by * x[i]", "by * z[i]"), SIGNATURE)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
