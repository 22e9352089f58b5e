"""A cheap guess at a rule's score from the scores of rules that behave alike (k nearest neighbours)."""

from __future__ import annotations

import numpy as np


class Surrogate:
    """Nearest neighbours among the latest observed behaviours.

    Args:
        width: length of a behaviour vector.
        capacity: how many observations are kept; the oldest make room.
        neighbours: how many are averaged.
    """

    def __init__(self, width: int, capacity: int = 2000, neighbours: int = 3) -> None:
        self.capacity = capacity
        self.neighbours = neighbours
        self._vectors = np.zeros((capacity, width), dtype=np.float32)
        self._norms = np.zeros(capacity, dtype=np.float32)
        self._scores = np.zeros(capacity)
        self._count = 0

    def __len__(self) -> int:
        return min(self._count, self.capacity)

    def add(self, vector: np.ndarray, score: float) -> None:
        """Remember an observation."""
        slot = self._count % self.capacity
        self._count += 1
        self._vectors[slot] = vector
        self._norms[slot] = vector @ vector
        self._scores[slot] = score

    def predict(self, vectors: np.ndarray) -> np.ndarray:
        """Guessed scores.

        Args:
            vectors: (candidates, width) behaviours.

        Returns:
            (candidates,) means over the nearest neighbours, weighted by closeness.
        """
        known = self._vectors[: len(self)]
        squared = self._norms[: len(self)] + (vectors * vectors).sum(1)[:, None] - 2.0 * (vectors @ known.T)
        k = min(self.neighbours, len(self))
        nearest = np.argpartition(squared, k - 1, axis=1)[:, :k]
        weights = 1.0 / (np.maximum(np.take_along_axis(squared, nearest, axis=1), 0.0) + 1e-3)
        guessed: np.ndarray = (weights * self._scores[nearest]).sum(1) / weights.sum(1)
        return guessed
