"""Random numbers that are the same on every machine and with every numpy.

numpy guarantees the raw output of a bit generator, not what ``Generator`` makes of it. Scaling raw 64-bit words is
exact in IEEE 754; instance generators apply only operations that it rounds exactly (arithmetic and square roots).
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray


class Draws:
    """A stream of uniform numbers from PCG64.

    Args:
        seed: any number >= 0.
    """

    def __init__(self, seed: int) -> None:
        self._bits = np.random.PCG64(seed)

    def uniform(self, *shape: int) -> NDArray[np.float64]:
        """The next numbers of the stream, multiples of 2**-53 in [0, 1)."""
        raw = self._bits.random_raw(int(np.prod(shape)))
        return np.asarray((raw >> np.uint64(11)).astype(np.float64) * 2.0**-53).reshape(shape)


def seed_from(*words: str) -> int:
    """A 128-bit seed derived from ``words``, a campaign's secret among them."""
    return int.from_bytes(hashlib.sha256("/".join(words).encode()).digest()[:16], "big")
