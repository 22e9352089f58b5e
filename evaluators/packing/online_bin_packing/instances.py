"""Sequences of item sizes, by family.

``uniform`` is how the classes OR1 to OR4 of the OR-Library were drawn (Falkenauer, Journal of Heuristics 2(1), 1996:
sizes uniform on 20..100, bins of 150), ``weibull`` how FunSearch's were (Romera-Paredes et al., Nature 625, 2024,
after Castineiras, De Cauwer & O'Sullivan, 2012: Weibull with shape 3 and scale 45, cut at the bin's 100, rounded). The
others are there to be tested on only.

A seed means the same instances on every machine but for a size whose quantile lies within an ulp of the number drawn.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluators.scheduling.draws import Draws, seed_from

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Family:
    """Bins of one capacity, and how sizes are distributed on 1..capacity.

    Attributes:
        capacity: of every bin.
        quantiles: chance of a size of at most 1, 2, ..., capacity - 1, which are the places where a uniform number
            passes from one size to the next.
    """

    capacity: int
    quantiles: tuple[float, ...]

    def draw(self, seed: int, count: int, items: int) -> Integers:
        """Sizes in order of arrival, (count, items)."""
        u = Draws(seed).uniform(count, items)
        return np.asarray(1 + np.searchsorted(self.quantiles, u, side="right"), dtype=np.int64)


def _uniform(low: int, high: int, capacity: int) -> Family:
    width = high - low + 1
    return Family(capacity, tuple(min(max(size - low + 1, 0), width) / width for size in range(1, capacity)))


def _weibull(shape: float, scale: float, capacity: int) -> Family:
    return Family(capacity, tuple(1 - math.exp(-(((size + 0.5) / scale) ** shape)) for size in range(1, capacity)))


def _normal(mean: float, deviation: float, capacity: int) -> Family:
    def below(size: int) -> float:
        return (1 + math.erf((size + 0.5 - mean) / (deviation * math.sqrt(2)))) / 2

    return Family(capacity, tuple(below(size) for size in range(1, capacity)))


FAMILIES = {
    "uniform": _uniform(20, 100, 150),
    "weibull": _weibull(3, 45, 100),
    "wide": _uniform(1, 100, 100),
    "normal": _normal(40, 12, 120),
    "fine": _weibull(3, 135, 300),
    "skewed": _weibull(1.5, 30, 100),
}


@dataclass(frozen=True, slots=True)
class Block:
    """Instances of one family and length, drawn from one seed.

    Attributes:
        part: group the instances belong to (``u120``: uniform, 120 items).
        family: of :data:`FAMILIES`.
        items: in each instance.
        count: instances.
        seed: of PCG64.
    """

    part: str
    family: str
    items: int
    count: int
    seed: int

    @property
    def capacity(self) -> int:
        """Of every bin."""
        return FAMILIES[self.family].capacity


def generate(block: Block) -> Integers:
    """Sizes in order of arrival, (instances, items)."""
    return FAMILIES[block.family].draw(block.seed, block.count, block.items)


def _blocks(seed: int, table: Sequence[tuple[str, str, int, int]]) -> tuple[Block, ...]:
    return tuple(Block(part, family, items, count, seed + k) for k, (part, family, items, count) in enumerate(table))


BLOCKS: dict[str, tuple[Block, ...]] = {
    "train": _blocks(
        21_000,
        [
            ("u120", "uniform", 120, 16),
            ("u250", "uniform", 250, 16),
            ("u500", "uniform", 500, 16),
            ("w500", "weibull", 500, 16),
            ("w1500", "weibull", 1500, 16),
        ],
    ),
    "validation": _blocks(
        22_000,
        [
            ("u120", "uniform", 120, 20),
            ("u250", "uniform", 250, 20),
            ("u500", "uniform", 500, 20),
            ("u1000", "uniform", 1000, 20),
            ("w1000", "weibull", 1000, 20),
            ("w5000", "weibull", 5000, 10),
        ],
    ),
    "test": _blocks(
        23_000,
        [
            ("u120", "uniform", 120, 20),
            ("u250", "uniform", 250, 20),
            ("u500", "uniform", 500, 20),
            ("u1000", "uniform", 1000, 20),
            ("w1000", "weibull", 1000, 20),
            ("w5000", "weibull", 5000, 10),
            ("w10000", "weibull", 10_000, 5),
            ("ood-wide", "wide", 1000, 10),
            ("ood-normal", "normal", 1000, 10),
            ("ood-fine", "fine", 1000, 10),
            ("ood-skewed", "skewed", 1000, 10),
        ],
    ),
}


def fresh_blocks(secret: str) -> tuple[Block, ...]:
    """Test instances nobody has seen: the seeds are derived from a campaign's ``secret``."""

    def block(part: str, family: str, items: int, count: int) -> Block:
        return Block(part, family, items, count, seed_from("online-bin-packing", part, secret))

    return (
        block("u120", "uniform", 120, 10),
        block("u500", "uniform", 500, 10),
        block("w1000", "weibull", 1000, 10),
        block("w5000", "weibull", 5000, 5),
        block("ood-skewed", "skewed", 1000, 5),
    )
