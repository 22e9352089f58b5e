"""Trusted part: numbers of which some are odd."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from evaluators.kernels.kernel import Drawn, Kernel, Output, require_equal
from evaluators.problem import Split

_SHARES = {"none": 0.0, "hundredth": 0.01, "half": 0.5, "most": 0.99, "all": 1.0}


class Problem(Kernel):
    """Stable filter; the size of the result depends on the data."""

    families = (*_SHARES, "block")
    small = (0, 1, 2, 3, 17, 1_000, 20_011)
    raced = (1, 257, 10_000)
    threaded = 257
    spanned = ("half", 100_000)
    timed_inputs: ClassVar[Mapping[Split, tuple[tuple[str, int], ...]]] = {
        "train": (("half", 1_500_000), ("hundredth", 1_500_000)),
        "validation": (("most", 1_200_000), ("none", 1_700_000)),
        "test": (("half", 1_048_573), ("block", 1_300_021), ("all", 300_007)),
    }

    def draw(self, family: str, size: int, rng: np.random.Generator) -> Drawn:
        """Numbers of 62 bits; ``block``: the odd ones all lie in the second quarter."""
        if family == "block":
            odd = (np.arange(size) >= size // 4) & (np.arange(size) < size // 2)
        else:
            odd = rng.random(size) < _SHARES[family]
        x = rng.integers(0, 1 << 61, size, dtype=np.int64) * 2 + odd
        return Drawn((x, size, Output("<i8", size), Output("<u8", 1)), x[odd])

    def check(self, drawn: Drawn, outputs: Sequence[np.ndarray]) -> None:
        """How many, and which."""
        found, kept = outputs
        require_equal(kept, np.array([len(drawn.known)], dtype=np.uint64), "count")
        require_equal(found[: len(drawn.known)], drawn.known, "number")
