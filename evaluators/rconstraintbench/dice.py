"""Random choices that are the same on every machine and with every Python.

Python promises that ``random.Random(seed).random()`` keeps its sequence, and nothing of what the other methods make
of it.
"""

from __future__ import annotations

import random
from collections.abc import MutableSequence, Sequence
from typing import TypeVar

from evaluators.scheduling.draws import seed_from

T = TypeVar("T")


class Dice:
    """A stream of choices.

    Args:
        words: what the seed is derived from.
    """

    def __init__(self, *words: str | int) -> None:
        self._random = random.Random(seed_from(*map(str, words))).random

    def share(self) -> float:
        """Uniform on [0, 1)."""
        return self._random()

    def between(self, least: int, most: int) -> int:
        """A whole number from ``least`` to ``most``, both included."""
        return least + int(self._random() * (most - least + 1))

    def choice(self, items: Sequence[T]) -> T:
        """One of them."""
        return items[int(self._random() * len(items))]

    def weighted(self, items: Sequence[T], weights: Sequence[float]) -> T:
        """One of them, with probability in proportion to its weight."""
        mark = self._random() * sum(weights)
        for item, weight in zip(items, weights, strict=True):
            mark -= weight
            if mark < 0:
                return item
        return items[-1]

    def shuffle(self, items: MutableSequence[T]) -> None:
        """Put them in random order (Fisher and Yates, as in Durstenfeld, CACM 7(7), 1964)."""
        for k in range(len(items) - 1, 0, -1):
            other = int(self._random() * (k + 1))
            items[k], items[other] = items[other], items[k]
