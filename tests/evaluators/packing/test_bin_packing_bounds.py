"""Lower bounds and instances of online bin packing."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluators.packing.online_bin_packing.bounds import martello_toth_bound, volume_bound
from evaluators.packing.online_bin_packing.instances import BLOCKS, FAMILIES, Block, fresh_blocks, generate


def fewest_bins(items: list[int], capacity: int) -> int:
    """By trying every bin for every item, largest first."""
    items = sorted(items, reverse=True)
    best = len(items)

    def place(at: int, room: list[int]) -> None:
        nonlocal best
        if len(room) >= best:
            return
        if at == len(items):
            best = len(room)
            return
        for k in range(len(room)):
            if room[k] >= items[at] and room[k] not in room[:k]:
                place(at + 1, [*room[:k], room[k] - items[at], *room[k + 1 :]])
        place(at + 1, [*room, capacity - items[at]])

    place(0, [])
    return best


def by_definition(items: list[int], capacity: int) -> int:
    """L2 as Martello & Toth write it, threshold by threshold."""
    found = 0
    for k in range(capacity // 2 + 1):
        huge = [x for x in items if x > capacity - k]
        large = [x for x in items if capacity - k >= x > capacity / 2]
        small = [x for x in items if capacity / 2 >= x >= k]
        rest = sum(small) - (len(large) * capacity - sum(large))
        found = max(found, len(huge) + len(large) + max(0, -(-rest // capacity)))
    return found


@given(st.integers(1, 12).flatmap(lambda c: st.tuples(st.just(c), st.lists(st.integers(1, c), min_size=1, max_size=9))))
def test_bounds_lie_in_their_order_below_the_optimum(drawn) -> None:
    capacity, items = drawn
    sizes = np.array(items)
    assert volume_bound(sizes, capacity) == -(-sum(items) // capacity)
    assert martello_toth_bound(sizes, capacity) == by_definition(items, capacity)
    assert volume_bound(sizes, capacity) <= martello_toth_bound(sizes, capacity) <= fewest_bins(items, capacity)


@pytest.mark.parametrize(
    ("items", "capacity", "volume", "martello_toth"),
    [
        ([6, 6, 6], 10, 2, 3),  # no two fit together
        ([7, 7, 4, 4], 10, 3, 3),  # the fours find no room beside a seven, but share a bin
        ([9, 2, 2, 2, 2, 2, 2], 10, 3, 3),
        ([10, 10], 10, 2, 2),
    ],
)
def test_bounds_by_hand(items, capacity, volume, martello_toth) -> None:
    sizes = np.array(items)
    assert (volume_bound(sizes, capacity), martello_toth_bound(sizes, capacity)) == (volume, martello_toth)


def test_on_the_published_families_the_bound_is_nearly_always_the_volume() -> None:
    """So that an excess over L2 is one over L1, in which published figures are given."""
    differences = [
        martello_toth_bound(items, block.capacity) - volume_bound(items, block.capacity)
        for split in BLOCKS.values()
        for block in split
        if block.family in ("uniform", "weibull")
        for items in generate(block)
    ]
    assert len(differences) == 305
    assert max(differences) == 1
    assert sum(differences) <= 3


@pytest.mark.parametrize("name", FAMILIES)
def test_families_keep_to_their_distribution(name) -> None:
    family = FAMILIES[name]
    sizes = family.draw(1, 1, 200_000)[0]
    assert sizes.min() >= 1
    assert sizes.max() <= family.capacity
    chances = np.diff([0.0, *family.quantiles, 1.0])
    expected = chances @ np.arange(1, family.capacity + 1)
    assert sizes.mean() == pytest.approx(expected, rel=0.005)
    mean = {"uniform": 60.0, "weibull": 40.19, "wide": 50.5, "normal": 40.0, "fine": 120.55, "skewed": 27.02}[name]
    assert sizes.mean() == pytest.approx(mean, rel=0.01)


def test_uniform_sizes_are_equally_likely() -> None:
    sizes = FAMILIES["uniform"].draw(2, 1, 400_000)[0]
    assert sorted(set(sizes.tolist())) == list(range(20, 101))
    counts = np.bincount(sizes)[20:]
    assert np.abs(counts / 400_000 * 81 - 1).max() < 0.07


def test_a_seed_means_the_same_instances_everywhere() -> None:
    digest = hashlib.sha256()
    for k, name in enumerate(FAMILIES):
        digest.update(generate(Block("x", name, 500, 3, 4711 + k)).astype("<i4").tobytes())
    assert digest.hexdigest()[:16] == "b2eea4ddbdbf2065"


def test_no_two_instances_are_alike_and_a_secret_makes_new_ones() -> None:
    blocks = [block for split in BLOCKS.values() for block in split]
    blocks += [*fresh_blocks("ab"), *fresh_blocks("cd")]
    seeds = [block.seed for block in blocks]
    assert len(set(seeds)) == len(seeds)
    first = [row[:100].tobytes() for block in blocks for row in generate(block)]
    assert len(set(first)) == len(first)
