"""Trusted part: numbers to add, and their sum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from evaluators.kernels.inputs.keys import KEYS, draw_keys
from evaluators.kernels.kernel import Drawn, Kernel, Output, require_equal
from evaluators.problem import Split

_BOUND = 1 << 32


class Problem(Kernel):
    """Sum of an array."""

    families = tuple(KEYS)
    small = (0, 1, 2, 3, 17, 1_000, 20_011)
    raced = (1, 257, 20_000)
    threaded = 257
    spanned = ("uniform", 100_000)
    timed_inputs: ClassVar[Mapping[Split, tuple[tuple[str, int], ...]]] = {
        "train": (("uniform", 2_000_000), ("reversed", 2_000_000)),
        "validation": (("exponential", 1_500_000), ("few", 2_200_000)),
        "test": (("zipf", 1_700_003), ("almost-sorted", 2_097_151), ("uniform", 500_029)),
    }

    def draw(self, family: str, size: int, rng: np.random.Generator) -> Drawn:
        """Numbers from -2^31 to 2^31 - 1."""
        x = draw_keys(family, size, _BOUND, rng) - _BOUND // 2
        return Drawn((x, size, Output("<i8", 1)), x.sum(keepdims=True))

    def check(self, drawn: Drawn, outputs: Sequence[np.ndarray]) -> None:
        """One number."""
        require_equal(outputs[0], drawn.known, "sum")
