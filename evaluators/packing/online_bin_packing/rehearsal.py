"""The trial run for proposers: short sequences in no split, packed by many rules side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from random import Random
from typing import Any

import numpy as np

from evaluators.packing.online_bin_packing.bounds import martello_toth_bound
from evaluators.packing.online_bin_packing.harness import simulator
from evaluators.packing.online_bin_packing.instances import FAMILIES, Block, Integers, generate

DRAWN = 6
"""Sequences of each block of a rehearsal."""
STOCK = (Block("w300", "weibull", 300, 120, 24_001), Block("u200", "uniform", 200, 120, 24_000))
"""What they are drawn from, longest first."""


@lru_cache(maxsize=1)
def _stock() -> list[tuple[Integers, np.ndarray]]:
    """Sizes of each block, (sequences, items), and the bound of each sequence."""
    drawn = [generate(block) for block in STOCK]
    return [
        (sizes, np.array([martello_toth_bound(items, block.capacity) for items in sizes], float))
        for block, sizes in zip(STOCK, drawn, strict=True)
    ]


def costs(rules: Sequence[Callable[..., Any]], rng: Random) -> np.ndarray:
    """Excess in percent of trusted priorities, (rules, instances); infinite where one gives what is no number."""
    columns, bounds = [], []
    for sizes, bound in _stock():
        drawn = rng.sample(range(len(sizes)), DRAWN)
        columns.append(sizes[drawn].T)
        bounds.append(bound[drawn])
    steps, tables, failed = max(len(column) for column in columns), [], np.zeros(len(rules), bool)
    for block in STOCK:
        capacity = FAMILIES[block.family].capacity
        item, left = simulator.pairs(capacity)
        for k, rule in enumerate(rules):
            with np.errstate(all="ignore"):
                values = np.broadcast_to(rule(item * 1.0, left * 1.0, np.float64(capacity)), item.shape)
            undefined = np.isnan(values)
            failed[k] |= undefined.any()
            tables.append(simulator.ranks(np.where(undefined, 0.0, values), capacity))
    count = len(rules)
    items = np.hstack([np.tile(np.pad(column, ((0, steps - len(column)), (0, 0))), count) for column in columns])
    lengths = np.repeat([len(column) for column in columns], count * DRAWN)
    capacities = np.repeat([block.capacity for block in STOCK], count * DRAWN)
    chosen = simulator.lockstep(tables, np.repeat(np.arange(len(tables)), DRAWN), capacities, items, lengths)
    bins = 1 + chosen.max(axis=0)
    found = np.hstack([
        100 * (part.reshape(count, DRAWN) - bound) / bound
        for part, bound in zip(np.split(bins, len(STOCK)), bounds, strict=True)
    ])  # fmt: skip
    found[failed] = np.inf
    return found
