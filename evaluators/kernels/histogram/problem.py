"""Trusted part: keys to count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from evaluators.kernels.inputs.keys import KEYS, draw_keys
from evaluators.kernels.kernel import Drawn, Kernel, Output, require_equal
from evaluators.problem import Split

_KINDS = {"few": 256, "many": 100_000, "odd": 1_000, "most": 1_000_000}
_SMALL = 300
"""Below this many keys there are just seven kinds, so that some repeat."""


class Problem(Kernel):
    """Histogram; a family is a distribution and a number of kinds: ``zipf/many``."""

    families = (*(f"{keys}/few" for keys in KEYS), "uniform/many", "zipf/many", "exponential/odd", "equal/odd")
    small = (0, 1, 2, 3, 17, 1_000, 20_011)
    raced = (1, 257, 10_000)
    threaded = 257
    spanned = ("uniform/few", 100_000)
    timed_inputs: ClassVar[Mapping[Split, tuple[tuple[str, int], ...]]] = {
        "train": (("uniform/few", 3_000_000), ("zipf/many", 3_000_000), ("uniform/most", 1_500_000)),
        "validation": (("exponential/odd", 3_500_000), ("equal/few", 3_000_000), ("zipf/most", 1_200_007)),
        "test": (("uniform/many", 2_600_003), ("uniform/most", 2_200_013), ("almost-sorted/few", 2_097_151),
                 ("zipf/odd", 1_900_009)),
    }  # fmt: skip

    def draw(self, family: str, size: int, rng: np.random.Generator) -> Drawn:
        """Keys of 32 bits."""
        distribution, kinds = family.split("/")
        m = _KINDS[kinds] if size >= _SMALL else 7
        keys = draw_keys(distribution, size, m, rng)
        return Drawn((keys.astype("<u4"), size, m, Output("<i8", m)), np.bincount(keys, minlength=m))

    def check(self, drawn: Drawn, outputs: Sequence[np.ndarray]) -> None:
        """Each count."""
        require_equal(outputs[0], drawn.known, "the count of key")
