"""Families of inputs: what they promise, and the trusted answers worked out from them."""

from __future__ import annotations

from collections import deque

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.kernels.inputs.graphs import GRAPHS, Graph, components, distances, of_edges
from evaluators.kernels.inputs.keys import KEYS, draw_keys
from evaluators.kernels.inputs.matrices import MATRICES

SIZES = (0, 1, 2, 3, 17, 1000)


@pytest.mark.parametrize("family", KEYS)
def test_keys_are_in_range_and_repeatable(family):
    for n in SIZES:
        one, other = (draw_keys(family, n, 1 << 40, np.random.default_rng(n)) for _ in range(2))
        assert one.shape == (n,) and one.dtype == np.int64
        assert np.array_equal(one, other)
        assert n == 0 or (one.min() >= 0 and one.max() < 1 << 40)


def test_keys_differ_as_their_names_say():
    drawn = {family: draw_keys(family, 10_000, 1 << 30, np.random.default_rng(1)) for family in KEYS}
    assert len(np.unique(drawn["equal"])) == 1
    assert len(np.unique(drawn["few"])) <= 10
    assert np.bincount(np.unique(drawn["zipf"], return_inverse=True)[1]).max() > 1_000
    assert (np.diff(drawn["reversed"]) <= 0).all()
    assert 0 < (np.diff(drawn["almost-sorted"]) < 0).sum() < 500
    assert (drawn["exponential"] < 1 << 26).mean() > 0.4


def _neighbours(graph: Graph) -> list[list[int]]:
    ends = graph.offsets
    return [graph.neighbours[ends[v] : ends[v + 1]].tolist() for v in range(graph.vertices)]


def _walk(graph: Graph, source: int) -> dict[int, int]:
    """Distances of what can be reached, the slow way."""
    lists, found, queue = _neighbours(graph), {source: 0}, deque([source])
    while queue:
        v = queue.popleft()
        for u in lists[v]:
            if u not in found:
                found[u] = found[v] + 1
                queue.append(u)
    return found


@pytest.mark.parametrize("family", GRAPHS)
def test_graphs_are_simple_and_undirected(family):
    for n in SIZES:
        lists = _neighbours(GRAPHS[family](n, np.random.default_rng(n)))
        assert len(lists) == n
        for v, adjacent in enumerate(lists):
            assert adjacent == sorted(set(adjacent)) and v not in adjacent
            assert all(v in lists[u] for u in adjacent)


def test_graphs_differ_as_their_names_say():
    drawn = {family: GRAPHS[family](2_000, np.random.default_rng(3)) for family in GRAPHS}
    degrees = {family: np.diff(graph.offsets) for family, graph in drawn.items()}
    assert degrees["star"].max() == 1_999
    assert degrees["path"].max() == 2 and distances(drawn["path"], 0).min() == 0
    assert degrees["grid"].max() == 4
    assert degrees["rmat"].max() > 5 * degrees["random"].max()
    assert len(np.unique(components(drawn["pieces"]))) > 500
    assert distances(drawn["comb"], 0).max() > 100


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    n = draw(st.integers(1, 30))
    ends = draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=60))
    one, other = np.array(ends, dtype=np.int64).reshape(-1, 2).T
    return of_edges(n, one, other)


@settings(max_examples=150, deadline=None)
@given(graphs(), st.data())
def test_distances_and_components_of_any_graph(graph, data):
    source = data.draw(st.integers(0, graph.vertices - 1))
    reached = _walk(graph, source)
    assert distances(graph, source).tolist() == [reached.get(v, -1) for v in range(graph.vertices)]
    assert components(graph).tolist() == [min(_walk(graph, v)) for v in range(graph.vertices)]


@pytest.mark.parametrize("family", MATRICES)
def test_matrices_multiply_as_dense_ones(family):
    for n in (0, 1, 2, 3, 17, 200):
        rng = np.random.default_rng(n)
        matrix = MATRICES[family](n, rng)
        dense = np.zeros((n, n))
        rows = np.repeat(np.arange(n), np.diff(matrix.offsets))
        np.add.at(dense, (rows, matrix.columns), matrix.values)
        x = rng.uniform(-1.0, 1.0, n)
        assert matrix.times(x) == pytest.approx(dense @ x, abs=1e-12)
        assert (np.abs(matrix.times(x)) <= matrix.magnitude(x) + 1e-12).all()
