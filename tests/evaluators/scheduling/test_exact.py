"""The exact solver against enumeration and subset dynamic programming; local search against the exact solver."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.scheduling.single_machine_tardiness import references
from evaluators.scheduling.single_machine_tardiness.exact import NodeLimitError, solve
from evaluators.scheduling.single_machine_tardiness.instances import Block, generate, total_tardiness
from evaluators.scheduling.single_machine_tardiness.local_search import descend, improve


@st.composite
def jobs(draw, most):
    """Few distinct values make ties, on which the rules that exclude positions could trip."""
    n = draw(st.integers(1, most))
    longest = draw(st.sampled_from([2, 4, 10, 99]))
    p = draw(st.lists(st.integers(1, longest), min_size=n, max_size=n))
    d = draw(st.lists(st.integers(-3, sum(p) + 3), min_size=n, max_size=n))
    return p, d


def subset_optimum(p, d):
    """Held & Karp over all subsets: least total tardiness of the jobs of each bit mask when they run first."""
    n = len(p)
    masks = np.arange(1 << n)
    ends = sum(((masks >> j) & 1) * p[j] for j in range(n))
    best = np.full(1 << n, np.iinfo(np.int64).max // 2)
    best[0] = 0
    for mask in range(1, 1 << n):
        best[mask] = min(best[mask ^ 1 << j] + max(0, int(ends[mask]) - d[j]) for j in range(n) if mask >> j & 1)
    return int(best[-1])


def value_of(p, d, order):
    assert sorted(order) == list(range(len(p)))
    return int(total_tardiness(np.array(p), np.array(d), np.array(order)))


@settings(max_examples=150)
@given(jobs(7))
def test_exact_equals_enumeration(instance) -> None:
    p, d = instance
    orders = np.array(list(permutations(range(len(p)))))
    best = total_tardiness(np.broadcast_to(p, orders.shape), np.broadcast_to(d, orders.shape), orders).min()
    found = solve(p, d)
    assert found.value == best == value_of(p, d, found.order)


@settings(max_examples=25)
@given(jobs(12))
def test_exact_equals_subset_dynamic_programming(instance) -> None:
    p, d = instance
    found = solve(p, d)
    assert found.value == subset_optimum(p, d) == value_of(p, d, found.order)


@pytest.mark.verify
@settings(max_examples=5000)
@given(jobs(10))
def test_exact_equals_subset_dynamic_programming_at_length(instance) -> None:
    p, d = instance
    assert solve(p, d).value == subset_optimum(p, d)


def test_exact_reaches_its_value_and_no_search_beats_it() -> None:
    p, d = generate(Block("x", 60, 1, 77))
    gaps = []
    for times, due in zip(p, d, strict=True):
        found = solve(times.tolist(), due.tolist())
        assert value_of(times, due, found.order) == found.value
        order, value = improve(times, due, rounds=60)
        assert value_of(times, due, order) == value >= found.value
        gaps.append((value - found.value) / max(found.value, times.sum() / 100))
    assert np.mean(gaps) < 0.005


def test_descent_ends_where_no_insertion_helps() -> None:
    p, d = generate(Block("x", 12, 1, 78))
    order, value = descend(p[9], d[9], np.arange(12))
    for i in range(12):
        for j in range(12):
            rest = [job for job in order if job != order[i]]
            assert value_of(p[9], d[9], [*rest[:j], order[i], *rest[j:]]) >= value


def test_unsolved_instances_are_not_called_proven() -> None:
    block = Block("x", 40, 1, 79)
    with pytest.raises(NodeLimitError, match="not solved after 5 sets"):
        solve(*(row[2].tolist() for row in generate(block)), node_limit=5)
    limited, whole = references.compute(block, 5), references.compute(block, 10**6)
    assert whole.proven.all()
    assert 0 < limited.proven.sum() < block.count
    assert (limited.values >= whole.values).all()
    assert (limited.values == whole.values)[limited.proven].all()
