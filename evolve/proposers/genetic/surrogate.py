"""A cheap guess at a rule's scores from those of rules that behave alike (k nearest neighbours)."""

from __future__ import annotations

from random import Random

import numpy as np


class Surrogate:
    """Nearest neighbours among the latest observed behaviours.

    Args:
        width: length of a behaviour vector.
        capacity: how many observations are kept; the oldest make room.
        neighbours: how many are averaged.
    """

    def __init__(self, width: int, capacity: int = 1200, neighbours: int = 5) -> None:
        self.capacity = capacity
        self.neighbours = neighbours
        self._vectors = np.zeros((capacity, width), dtype=np.float32)
        self._norms = np.zeros(capacity, dtype=np.float32)
        self._costs = np.zeros((capacity, 1), dtype=np.float32)
        self._count = 0

    def __len__(self) -> int:
        return min(self._count, self.capacity)

    def add(self, vector: np.ndarray, costs: np.ndarray) -> None:
        """Remember an observation.

        Args:
            vector: (width,) behaviour.
            costs: (instances,) lower is better, NaN where not judged: there the mean of the others is assumed; or (1,)
                if only the mean is known.
        """
        if len(costs) > self._costs.shape[1]:
            self._costs = np.repeat(self._costs[:, :1], len(costs), axis=1)
        slot = self._count % self.capacity
        self._count += 1
        self._vectors[slot] = vector
        self._norms[slot] = vector @ vector
        self._costs[slot] = np.where(np.isnan(costs), np.nanmean(costs), costs)

    def predict(self, vectors: np.ndarray) -> np.ndarray:
        """Guessed costs.

        Args:
            vectors: (candidates, width) behaviours.

        Returns:
            (candidates, instances) means over the nearest neighbours, weighted by closeness.
        """
        known = self._vectors[: len(self)]
        squared = self._norms[: len(self)] + (vectors * vectors).sum(1)[:, None]
        products = vectors @ known.T
        products *= 2.0
        squared -= products
        k = min(self.neighbours, len(self))
        nearest = squared.argpartition(k - 1, axis=1)[:, :k]
        weights = (np.maximum(squared[np.arange(len(vectors))[:, None], nearest], 0.0) + 1e-3) ** -2.0
        weights /= weights.sum(axis=1, keepdims=True)
        guessed: np.ndarray = np.einsum("ck,cki->ci", weights, self._costs[nearest])
        return guessed


def lexicase(costs: np.ndarray, rng: Random, tolerance: float, count: int = 1) -> list[int]:
    """Rows chosen by epsilon-lexicase selection (La Cava, Helmuth, Spector & Moore, Evol. Comput. 27(3), 2019).

    Instances are looked at in random order; each keeps the rows within ``tolerance`` median absolute deviations of the
    best. A mean would prefer what is like the others everywhere; this also keeps what is best somewhere.

    Args:
        costs: (rows, instances), lower is better.
        rng: random source.
        tolerance: in median absolute deviations over the rows.
        count: how many, one after the other and each once.
    """
    by_case = np.ascontiguousarray(costs.T)
    spread = tolerance * _median(np.abs(by_case - _median(by_case)[:, None]))
    tolerances, cases = spread.tolist(), by_case.tolist()  # so few rows that numpy's calls would take longer
    left, chosen = list(range(len(costs))), list[int]()
    while left and len(chosen) < count:
        alive, seen = left, set[int]()
        for _ in cases:
            if len(alive) == 1:
                break
            case = int(rng.random() * len(cases))
            if case in seen:  # all who are left are near the best on it
                continue
            seen.add(case)
            values = [cases[case][row] for row in alive]
            bound = min(values) + tolerances[case]
            if max(values) > bound:
                alive = [row for row, value in zip(alive, values, strict=True) if value <= bound]
        chosen.append(alive[0])
        left.remove(alive[0])
    return chosen


def _median(cases: np.ndarray) -> np.ndarray:
    """Median of every row, as ``np.median`` gives it, which for so few numbers is slow."""
    ordered = np.sort(cases, axis=1)
    half = cases.shape[1] // 2
    return ordered[:, half] if cases.shape[1] % 2 else (ordered[:, half - 1] + ordered[:, half]) / 2
