"""Undirected graphs in compressed rows: families that make parallel traversals behave differently.

Uniform random graphs have wide frontiers, R-MAT graphs (Chakrabarti, Zhan & Faloutsos, SDM 2004; the parameters are
those of Graph500) skewed degrees, grids a large diameter, paths and combs nothing to do in parallel, stars one vertex
with all the edges, and a mix of pieces many components.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

RMAT = (0.57, 0.19, 0.19)
_DEGREE = 10


@dataclass(frozen=True, slots=True)
class Graph:
    """A simple undirected graph, each edge stored from both ends, neighbours in rising order.

    Attributes:
        offsets: int64 (n + 1,), where each vertex's neighbours begin.
        neighbours: uint32 (m,).
    """

    offsets: np.ndarray
    neighbours: np.ndarray

    @property
    def vertices(self) -> int:
        """How many vertices."""
        return len(self.offsets) - 1

    def sources(self) -> np.ndarray:
        """The vertex at whose end each stored edge lies, int64 (m,)."""
        return np.repeat(np.arange(self.vertices), np.diff(self.offsets))


def of_edges(n: int, one: np.ndarray, other: np.ndarray) -> Graph:
    """The simple graph with these edges; loops and repetitions are left out."""
    keep = one != other
    one, other = one[keep].astype(np.int64), other[keep].astype(np.int64)
    both = np.unique(np.concatenate([one * n + other, other * n + one]))
    sources, targets = np.divmod(both, max(n, 1))
    offsets = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(sources, minlength=n), out=offsets[1:])
    return Graph(offsets, targets.astype(np.uint32))


def _random(n: int, rng: np.random.Generator) -> Graph:
    """Each vertex tries five edges, so that degrees are ten on average."""
    edges = n * _DEGREE // 2
    return of_edges(n, rng.integers(0, max(n, 1), edges), rng.integers(0, max(n, 1), edges))


def _rmat(n: int, rng: np.random.Generator) -> Graph:
    """Vertices are numbered at random, so that the heavy ones are not the first."""
    levels = max(int(n - 1).bit_length(), 0)
    edges = n * _DEGREE // 2
    one, other = np.zeros(edges, dtype=np.int64), np.zeros(edges, dtype=np.int64)
    a, b, c = RMAT
    for _ in range(levels):
        drawn = rng.random(edges)
        one = 2 * one + (drawn >= a + b)
        other = 2 * other + (((drawn >= a) & (drawn < a + b)) | (drawn >= a + b + c))
    inside = (one < n) & (other < n)
    names = rng.permutation(n)
    return of_edges(n, names[one[inside]], names[other[inside]])


def _grid(n: int, rng: np.random.Generator) -> Graph:
    """Two dimensions, as square as can be, each vertex with its up to four neighbours."""
    width = max(int(np.sqrt(n)), 1)
    vertices = np.arange(n)
    right = vertices[(vertices % width != width - 1) & (vertices + 1 < n)]
    down = vertices[vertices + width < n]
    return of_edges(n, np.concatenate([right, down]), np.concatenate([right + 1, down + width]))


def _path(n: int, rng: np.random.Generator) -> Graph:
    """One path through all vertices in random order."""
    order = rng.permutation(n)
    return of_edges(n, order[:-1], order[1:])


def _comb(n: int, rng: np.random.Generator) -> Graph:
    """A path of which each vertex has a tooth: a path of fifteen more."""
    tooth = 16
    vertices = np.arange(n)
    within = vertices[(vertices % tooth != 0)]
    back = vertices[(vertices % tooth == 0) & (vertices + tooth < n)]
    return of_edges(n, np.concatenate([within - 1, back]), np.concatenate([within, back + tooth]))


def _star(n: int, rng: np.random.Generator) -> Graph:
    centre = int(rng.integers(0, max(n, 1)))
    vertices = np.arange(n)
    return of_edges(n, np.full(n, centre), vertices)


def _pieces(n: int, rng: np.random.Generator) -> Graph:
    """Half the vertices a sparse random graph with many components, a quarter alone, a quarter a path."""
    half, quarter = n // 2, n // 4
    edges = half // 2
    path = np.arange(n - quarter, n)
    return of_edges(
        n,
        np.concatenate([rng.integers(0, max(half, 1), edges), path[:-1]]),
        np.concatenate([rng.integers(0, max(half, 1), edges), path[1:]]),
    )


GRAPHS: Mapping[str, Callable[[int, np.random.Generator], Graph]] = {
    "random": _random,
    "rmat": _rmat,
    "grid": _grid,
    "path": _path,
    "comb": _comb,
    "star": _star,
    "pieces": _pieces,
}
"""Family -> draws a graph of n vertices."""


def distances(graph: Graph, source: int) -> np.ndarray:
    """Number of edges from ``source`` to each vertex, int32 (n,); -1 where there is no path."""
    found = np.full(graph.vertices, -1, dtype=np.int32)
    found[source] = 0
    frontier = np.array([source])
    level = 0
    while len(frontier):
        level += 1
        reached = _neighbours(graph, frontier)
        frontier = np.unique(reached[found[reached] < 0])
        found[frontier] = level
    return found


def _neighbours(graph: Graph, vertices: np.ndarray) -> np.ndarray:
    """All neighbours of ``vertices``, one list after another."""
    starts, counts = graph.offsets[vertices], np.diff(graph.offsets)[vertices]
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.asarray(graph.neighbours[np.repeat(starts - (ends - counts), counts) + np.arange(total)])


def components(graph: Graph) -> np.ndarray:
    """The least vertex of each vertex's component, int64 (n,): hook to the smaller label, then jump to the root."""
    labels = np.arange(graph.vertices)
    one, other = graph.sources(), graph.neighbours.astype(np.int64)
    while True:
        first, second = labels[one], labels[other]
        differ = first != second
        if not differ.any():
            return labels
        one, other, first, second = one[differ], other[differ], first[differ], second[differ]
        np.minimum.at(labels, np.maximum(first, second), np.minimum(first, second))
        while True:
            jumped = labels[labels]
            if np.array_equal(jumped, labels):
                break
            labels = jumped
