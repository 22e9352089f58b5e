"""Best-known values: those kept in the data set for fixed instances, computed for fresh ones."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from evaluators.data import dataset_path
from evaluators.scheduling.single_machine_tardiness.exact import NodeLimitError, solve
from evaluators.scheduling.single_machine_tardiness.instances import Block, Integers, checksum, generate
from evaluators.scheduling.single_machine_tardiness.local_search import improve

DATASET = "single-machine-tardiness"


@dataclass(frozen=True, slots=True)
class References:
    """Instances of a block with the best total tardiness known of each.

    Attributes:
        p: processing times, (instances, jobs).
        d: due dates, (instances, jobs).
        values: best known total tardiness, (instances,).
        proven: where it is proven optimal, (instances,).
    """

    p: Integers
    d: Integers
    values: Integers
    proven: NDArray[np.bool_]


def key(split: str, block: Block) -> str:
    """Name of a fixed block in the data set's files."""
    return f"{split}/{block.part}-{block.processing}-{block.jobs}"


def compute(block: Block, node_limit: int) -> References:
    """Solve a block: exactly where ``node_limit`` sets of jobs suffice, else by local search."""
    p, d = generate(block)
    values, proven = np.zeros(len(p), np.int64), np.ones(len(p), bool)
    for i in range(len(p)):
        try:
            values[i] = solve(p[i].tolist(), d[i].tolist(), node_limit).value
        except NodeLimitError:
            values[i], proven[i] = improve(p[i], d[i])[1], False
    return References(p, d, values, proven)


@lru_cache(maxsize=1)
def _stored() -> tuple[Mapping[str, Mapping[str, object]], Mapping[str, list[int]]]:
    folder = dataset_path(DATASET)
    manifest = json.loads(folder.joinpath("manifest.json").read_text("utf-8"))
    return manifest["blocks"], json.loads(folder.joinpath("best_known.json").read_text("utf-8"))


def load(split: str, block: Block) -> References:
    """A fixed block and its kept values.

    Raises:
        ValueError: if the generated instances are not those the values were computed for.
    """
    blocks, values = _stored()
    name = key(split, block)
    p, d = generate(block)
    if checksum(p, d) != blocks[name]["instances_sha256"]:
        raise ValueError(f"data set {DATASET}: the generator no longer gives the instances of {name}")
    proven = np.ones(len(p), bool)
    proven[np.array(blocks[name]["unproven"], dtype=np.intp)] = False
    return References(p, d, np.array(values[name], np.int64), proven)
