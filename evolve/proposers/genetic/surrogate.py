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

    def __init__(self, width: int, capacity: int = 2000, neighbours: int = 10) -> None:
        self.capacity = capacity
        self.neighbours = neighbours
        self._vectors = np.zeros((capacity, width), dtype=np.float32)
        self._norms = np.zeros(capacity, dtype=np.float32)
        self._scores = np.zeros(capacity)
        self._places: np.ndarray | None = None
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
        self._places = None

    def predict(self, vectors: np.ndarray) -> np.ndarray:
        """Guessed standing among the remembered.

        Args:
            vectors: (candidates, width) behaviours.

        Returns:
            (candidates,) mean places (0 best, 1 worst) of the nearest neighbours, weighted by closeness.
        """
        known = self._vectors[: len(self)]
        squared = self._norms[: len(self)] + (vectors * vectors).sum(1)[:, None] - 2.0 * (vectors @ known.T)
        k = min(self.neighbours, len(self))
        nearest = np.argpartition(squared, k - 1, axis=1)[:, :k]
        weights = (np.maximum(np.take_along_axis(squared, nearest, axis=1), 0.0) + 1e-3) ** -2.0
        if self._places is None:
            # Scores of bad rules are huge; among their places an average means something.
            self._places = self._scores[: len(self)].argsort().argsort() / len(self)
        guessed: np.ndarray = (weights * self._places[nearest]).sum(1) / weights.sum(1)
        return guessed
