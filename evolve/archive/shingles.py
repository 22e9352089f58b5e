"""Programs that say nearly the same: the share of token sequences they have in common.

Two texts are near-duplicates if the Jaccard similarity of their sets of ``SIZE`` consecutive tokens is high (Broder, On
the resemblance and containment of documents, 1997). To avoid comparing all with all, only those that agree in a band of
their min-hash signatures are compared, and then exactly.
"""

from __future__ import annotations

import hashlib
import re

import numpy as np

SIZE = 5
_BANDS, _ROWS = 32, 2
"""A pair of similarity 0.8 shares a band with probability 1 - (1 - 0.8²)³² > 1 - 1e-14."""
_TOKEN = re.compile(r"\d[\w.]*(?:(?<=[eE])[+-]\d+)?|\w+|[^\w\s]")
_COMMENT = re.compile(r"#.*|//.*")


def tokens(text: str) -> list[str]:
    """Words, numbers and signs of a program, comments left out."""
    found: list[str] = _TOKEN.findall(_COMMENT.sub("", text))
    return found


def shingles(text: str) -> frozenset[int]:
    """Hashes of the sequences of tokens in a program."""
    words = tokens(text)
    starts = range(max(1, len(words) - SIZE + 1))
    return frozenset(
        int.from_bytes(hashlib.blake2b(" ".join(words[k : k + SIZE]).encode(), digest_size=4).digest(), "big")
        for k in starts
    )


def similarity(one: frozenset[int], other: frozenset[int]) -> float:
    """Share of all sequences of two programs that both have (Jaccard)."""
    return len(one & other) / len(one | other)


class NearDuplicates:
    """Texts taken so far, asked whether another one is nearly one of them.

    Args:
        threshold: similarity from which two texts are near-duplicates.
    """

    def __init__(self, threshold: float) -> None:
        self.threshold = threshold
        self._taken: list[frozenset[int]] = []
        self._bands: dict[tuple[int, bytes], list[int]] = {}
        draws = np.random.default_rng(1997).integers(1 << 63, size=(2, _BANDS * _ROWS), dtype=np.uint64)
        self._factor, self._offset = draws | np.uint64(1)

    def take(self, text: str) -> bool:
        """Take a text unless it is nearly one that was taken; whether it was taken."""
        mine = shingles(text)
        keys = self._keys(mine)
        met = {k for key in keys for k in self._bands.get(key, ())}
        if any(similarity(mine, self._taken[k]) >= self.threshold for k in met):
            return False
        for key in keys:
            self._bands.setdefault(key, []).append(len(self._taken))
        self._taken.append(mine)
        return True

    def _keys(self, mine: frozenset[int]) -> list[tuple[int, bytes]]:
        """The bands of its min-hash signature."""
        values = np.array(sorted(mine), np.uint64)[:, None]
        # Multiply-shift hashing (Dietzfelbinger et al., Journal of Algorithms 25(1), 1997), modulo 2^64.
        signature = ((values * self._factor + self._offset) >> np.uint64(32)).min(axis=0)
        return [(band, signature[band * _ROWS : (band + 1) * _ROWS].tobytes()) for band in range(_BANDS)]
