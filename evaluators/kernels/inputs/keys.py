"""Arrays of integers: the distributions on which sorting and counting behave differently.

After the inputs of the Problem Based Benchmark Suite (Shun et al., SPAA 2012; Anderson et al., PPoPP 2022): uniform,
exponential and skewed keys, all equal, almost sorted; and reversed and few distinct ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

ZIPF = 1.2
FEW = 10

Draw = Callable[[int, int, np.random.Generator], np.ndarray]


def _uniform(n: int, bound: int, rng: np.random.Generator) -> np.ndarray:
    return rng.integers(0, bound, n, dtype=np.int64)


def _exponential(n: int, bound: int, rng: np.random.Generator) -> np.ndarray:
    """Half of the values below a sixteenth of the range."""
    return np.minimum((rng.exponential(bound / 11.0, n)).astype(np.int64), bound - 1)


def _zipf(n: int, bound: int, rng: np.random.Generator) -> np.ndarray:
    """Ranks by Zipf's law, scattered over the range so that frequent values are not neighbours."""
    ranks = np.minimum(rng.zipf(ZIPF, n), bound) - 1
    return (ranks.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) % np.uint64(bound)).astype(np.int64)


def _equal(n: int, bound: int, rng: np.random.Generator) -> np.ndarray:
    return np.full(n, rng.integers(0, bound), dtype=np.int64)


def _almost_sorted(n: int, bound: int, rng: np.random.Generator) -> np.ndarray:
    """Sorted but for as many swaps of two places as the square root of the length."""
    values = np.sort(_uniform(n, bound, rng))
    swaps = int(np.sqrt(n))
    one, other = rng.integers(0, max(n, 1), (2, swaps))
    values[one], values[other] = values[other], values[one].copy()
    return values


def _reversed(n: int, bound: int, rng: np.random.Generator) -> np.ndarray:
    return np.sort(_uniform(n, bound, rng))[::-1].copy()


def _few(n: int, bound: int, rng: np.random.Generator) -> np.ndarray:
    return rng.integers(0, bound, FEW, dtype=np.int64)[rng.integers(0, FEW, n)]


KEYS: Mapping[str, Draw] = {
    "uniform": _uniform,
    "exponential": _exponential,
    "zipf": _zipf,
    "equal": _equal,
    "almost-sorted": _almost_sorted,
    "reversed": _reversed,
    "few": _few,
}
"""Family -> draws (n,) integers from 0 up to, not including, a bound."""


def draw_keys(family: str, n: int, bound: int, rng: np.random.Generator) -> np.ndarray:
    """Keys of a family.

    Args:
        family: one of :data:`KEYS`.
        n: how many.
        bound: they are from 0 up to, not including, this; at most 2^62.
        rng: draws them.

    Returns:
        int64, (n,).
    """
    return np.asarray(KEYS[family](n, bound, rng), dtype=np.int64)
