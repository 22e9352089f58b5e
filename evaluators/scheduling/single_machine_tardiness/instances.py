"""Instances of 1||sum T_j by the generator of Potts & Van Wassenhove (Operations Research 33(2), 1985).

Processing times are integers, uniform on 1..99. With P their sum, due dates are uniform on
``[P (1 - TF - RDD/2), P (1 - TF + RDD/2))``, truncated towards zero; they may be negative. TF is the tardiness factor,
RDD the relative range of due dates; a class is a pair (RDD, TF), RDD being the outer loop.

A seed means the same instances on every machine (``draws.py``).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evaluators.scheduling.draws import Draws, seed_from

Integers = NDArray[np.int64]
Processing = Literal["uniform", "inclusive", "normal", "bimodal", "heavy"]

TARDINESS_FACTORS = (0.2, 0.4, 0.6, 0.8)
DUE_DATE_RANGES = (0.2, 0.4, 0.6, 0.8, 1.0)


@dataclass(frozen=True, slots=True)
class Block:
    """Instances of one size, drawn from one seed.

    Attributes:
        part: group the instances belong to (``n100``).
        jobs: jobs in each instance.
        per_class: instances in each class (RDD, TF).
        seed: of PCG64.
        processing: distribution of processing times.
        tardiness_factors: values of TF.
        ranges: values of RDD.
        nonnegative: whether due dates below zero are raised to zero.
    """

    part: str
    jobs: int
    per_class: int
    seed: int
    processing: Processing = "uniform"
    tardiness_factors: tuple[float, ...] = TARDINESS_FACTORS
    ranges: tuple[float, ...] = DUE_DATE_RANGES
    nonnegative: bool = False

    @property
    def count(self) -> int:
        """Instances in the block."""
        return self.per_class * len(self.tardiness_factors) * len(self.ranges)


def generate(block: Block) -> tuple[Integers, Integers]:
    """Processing times and due dates of a block's instances, two arrays (instances, jobs), class after class."""
    uniform = Draws(block.seed).uniform
    count, jobs = block.count, block.jobs
    p = _processing_times(block.processing, uniform(12, count, jobs) if block.processing == "normal" else
                          uniform(2, count, jobs) if block.processing == "bimodal" else
                          uniform(1, count, jobs))  # fmt: skip
    classes = np.array([(rdd, tf) for rdd in block.ranges for tf in block.tardiness_factors])
    rdd, tf = np.repeat(classes, block.per_class, axis=0).T[:, :, None]
    total = p.sum(axis=1, keepdims=True)
    low, high = total * (1 - tf - rdd / 2), total * (1 - tf + rdd / 2)
    d = np.trunc(low + uniform(count, jobs) * (high - low)).astype(np.int64)
    return p, np.maximum(d, 0) if block.nonnegative else d


def _processing_times(kind: Processing, u: NDArray[np.float64]) -> Integers:
    """Integers >= 1 from uniforms of shape (draws, instances, jobs).

    ``uniform``: 1..99. ``inclusive``: 1..100. ``normal``: mean 60, deviation 20, as the sum of twelve uniforms.
    ``bimodal``: 1..10 for four jobs of five, 90..189 for the fifth. ``heavy``: Pareto with shape 2 and scale 10, cut at
    1,000.
    """
    if kind == "uniform":
        values = 1 + 99 * u[0]
    elif kind == "inclusive":
        values = 1 + 100 * u[0]
    elif kind == "normal":
        values = 60 + 20 * (u.sum(axis=0) - 6)
    elif kind == "bimodal":
        values = np.where(u[0] < 0.8, 1 + 10 * u[1], 90 + 100 * u[1])
    else:
        values = np.minimum(10 / np.sqrt(1 - u[0]), 1000)
    times: Integers = np.maximum(np.trunc(values), 1).astype(np.int64)
    return times


def _out_of_distribution(jobs: int, per_class: int, seed: int, processing: Processing) -> Block:
    """Other processing times, and classes tighter and later than any in ``train``."""
    factors, ranges = (0.2, 0.4, 0.6, 0.8, 1.0), (0.1, 0.2, 0.6, 1.0)
    return Block("ood", jobs, per_class, seed, processing, factors, ranges)


BLOCKS: dict[str, tuple[Block, ...]] = {
    # Small instances tell little about large ones and their gaps vary much: few, lest rules lose sight of them.
    "train": (Block("n25", 25, 4, 1_026), Block("n50", 50, 20, 1_050)),
    "validation": (Block("n50", 50, 5, 2_050), Block("n100", 100, 40, 2_100), Block("n200", 200, 2, 2_200)),
    "test": (
        Block("n20", 20, 40, 3_020),
        Block("n100", 100, 20, 3_100),
        Block("n200", 200, 10, 3_200),
        _out_of_distribution(60, 4, 3_060, "normal"),
        _out_of_distribution(70, 3, 3_070, "bimodal"),
        _out_of_distribution(80, 3, 3_080, "heavy"),
    ),
    # Not a split: what proposers try their children on (rehearsal.py).
    "rehearsal": (Block("n25", 25, 20, 1_025),),
    # Not a split: instances on which published mean gaps are reproduced. Those published for 100 and 200 jobs are of
    # files (Shang, T'Kindt & Della Croce) in which times go up to 100 and no due date is negative; of 20 jobs, not so.
    "published": (
        Block("n20", 20, 100, 9_020),
        Block("n100", 100, 100, 9_100, "inclusive", nonnegative=True),
        Block("n200", 200, 100, 9_200, "inclusive", nonnegative=True),
    ),
}


def fresh_blocks(secret: str) -> tuple[Block, ...]:
    """Test instances nobody has seen: the seeds are derived from a campaign's ``secret``."""

    def seed(label: str) -> int:
        return seed_from("single-machine-tardiness", label, secret)

    return (
        Block("n20", 20, 2, seed("n20")),
        Block("n100", 100, 5, seed("n100")),
        Block("n200", 200, 2, seed("n200")),
        _out_of_distribution(60, 1, seed("normal"), "normal"),
        _out_of_distribution(80, 1, seed("heavy"), "heavy"),
    )


def checksum(p: Integers, d: Integers) -> str:
    """SHA-256 of a block's instances as little-endian 32-bit integers."""
    digest = hashlib.sha256(np.ascontiguousarray(p, dtype="<i4").tobytes())
    digest.update(np.ascontiguousarray(d, dtype="<i4").tobytes())
    return digest.hexdigest()


def total_tardiness(p: Integers, d: Integers, order: Integers) -> Integers:
    """Total tardiness of orders; all three arrays are (..., jobs), the result is (...)."""
    rows = order.reshape(-1, order.shape[-1])
    return tardiness_at(p.reshape(-1), d.reshape(-1), places(rows)).reshape(order.shape[:-1])


def places(orders: Integers) -> Integers:
    """Where the jobs of orders, (instances, jobs), lie in arrays of all jobs of all instances; of the same shape."""
    count, jobs = orders.shape
    return orders + np.arange(0, count * jobs, jobs)[:, None]


def tardiness_at(p: Integers, d: Integers, where: Integers) -> Integers:
    """Total tardiness, (instances,), of the orders ``where``, of :func:`places`; p and d are (instances * jobs,).

    Half as dear as looking up row by row, and every candidate is judged by it.
    """
    late = p.take(where).cumsum(axis=1, dtype=np.int64)
    late -= d.take(where)
    totals: Integers = np.maximum(late, 0, out=late).sum(axis=1)
    return totals
