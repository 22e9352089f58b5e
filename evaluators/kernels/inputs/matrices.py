"""Sparse matrices in compressed rows: balanced rows, banded, rows of power-law length, and empty rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

_ROW = 12
_POWER = 1.5
_LONGEST = 0.1
"""Of the number of columns: the longest row of a skewed matrix."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """A square sparse matrix.

    Attributes:
        offsets: int64 (n + 1,), where each row begins.
        columns: uint32 (m,), rising in a row.
        values: float64 (m,), from -1 to 1.
    """

    offsets: np.ndarray
    columns: np.ndarray
    values: np.ndarray

    def times(self, vector: np.ndarray) -> np.ndarray:
        """The product with a vector, float64 (n,)."""
        rows = np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))
        products = self.values * vector[self.columns]
        return np.bincount(rows, weights=products, minlength=len(self.offsets) - 1)

    def magnitude(self, vector: np.ndarray) -> np.ndarray:
        """Sums of the products' absolute values in each row: what an error must be seen against."""
        return Matrix(self.offsets, self.columns, np.abs(self.values)).times(np.abs(vector))


def _of_lengths(lengths: np.ndarray, columns: np.ndarray, rng: np.random.Generator) -> Matrix:
    offsets = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=offsets[1:])
    rows = np.repeat(np.arange(len(lengths)), lengths)
    order = np.lexsort((columns, rows))
    return Matrix(offsets, columns[order].astype(np.uint32), rng.uniform(-1.0, 1.0, len(columns)))


def _uniform(n: int, rng: np.random.Generator) -> Matrix:
    lengths = rng.integers(_ROW // 2, _ROW + _ROW // 2, n)
    return _of_lengths(lengths, rng.integers(0, max(n, 1), int(lengths.sum())), rng)


def _banded(n: int, rng: np.random.Generator) -> Matrix:
    offsets = np.arange(-(_ROW // 2), _ROW // 2)
    columns = (np.arange(n)[:, None] + offsets).ravel()
    inside = (columns >= 0) & (columns < n)
    lengths = inside.reshape(n, len(offsets)).sum(axis=1)
    return _of_lengths(lengths, columns[inside], rng)


def _skewed(n: int, rng: np.random.Generator) -> Matrix:
    """Lengths of rows by a power law; the longest holds a tenth of the columns."""
    longest = max(int(n * _LONGEST), 1)
    lengths = np.minimum((rng.pareto(_POWER, n) * _ROW / 2).astype(np.int64) + 1, longest)
    if n:
        lengths[rng.integers(0, n)] = longest
    return _of_lengths(lengths, rng.integers(0, max(n, 1), int(lengths.sum())), rng)


def _hollow(n: int, rng: np.random.Generator) -> Matrix:
    """Nine rows of ten are empty, the others long."""
    lengths = np.where(rng.random(n) < 0.1, _ROW * 10, 0)
    return _of_lengths(lengths, rng.integers(0, max(n, 1), int(lengths.sum())), rng)


MATRICES: Mapping[str, Callable[[int, np.random.Generator], Matrix]] = {
    "uniform": _uniform,
    "banded": _banded,
    "skewed": _skewed,
    "hollow": _hollow,
}
"""Family -> draws an n by n matrix."""
