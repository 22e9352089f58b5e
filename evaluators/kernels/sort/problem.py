"""Trusted part: numbers to sort."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from evaluators.kernels.inputs.keys import KEYS, draw_keys
from evaluators.kernels.kernel import Drawn, Kernel, Output, require_equal
from evaluators.problem import Split

_BOUND = 1 << 62


class Problem(Kernel):
    """Sorting."""

    families = tuple(KEYS)
    small = (0, 1, 2, 3, 17, 1_000, 20_011)
    raced = (1, 2, 257, 6_000)
    threaded = 257
    spanned = ("uniform", 30_000)
    timed_inputs: ClassVar[Mapping[Split, tuple[tuple[str, int], ...]]] = {
        "train": (("uniform", 500_000), ("zipf", 500_000)),
        "validation": (("exponential", 600_000), ("almost-sorted", 500_000)),
        "test": (("uniform", 700_001), ("few", 500_009), ("reversed", 524_287), ("equal", 499_979)),
    }

    def draw(self, family: str, size: int, rng: np.random.Generator) -> Drawn:
        """Numbers from -2^61 to 2^61 - 1."""
        x = draw_keys(family, size, _BOUND, rng) - _BOUND // 2
        return Drawn((x, size, Output("<i8", size)), np.sort(x))

    def check(self, drawn: Drawn, outputs: Sequence[np.ndarray]) -> None:
        """There is one right order of equal integers."""
        require_equal(outputs[0], drawn.known, "number")
