"""The trusted part of 1||sum T_j: instances with their references, frames for the harness, scores."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from random import Random
from typing import Any

import numpy as np

import evaluators.problem
from evaluators.problem import EntryPoint, Example, Instance, Judged, JudgedBatch, Request, Split, WrongAnswerError
from evaluators.scheduling.single_machine_tardiness import example, references, rehearsal, situations
from evaluators.scheduling.single_machine_tardiness.instances import (
    BLOCKS,
    Block,
    Integers,
    fresh_blocks,
    total_tardiness,
)

FIRST_INSTANCES = 100
"""Instances in the first request of each size that are solved together: few, so that a race can stop early."""
LOCKSTEP_INSTANCES = 300
"""Instances in each later one; with more, arrays outgrow the second-level cache."""
SINGLE_INSTANCES = 10
"""Instances in one request that are solved one after the other; few, so that a race can stop early."""
FRESH_NODE_LIMIT = 20_000
"""Sets of jobs the exact search may visit on a fresh instance (about 0.3 s) before local search takes over."""


def published_gap(objectives: Sequence[float], best: Sequence[float]) -> float:
    """Mean of 100 (H - OPT) / OPT over instances with OPT > 0, the measure of arXiv:2510.24013 (2025)."""
    found, reference = np.asarray(objectives, float), np.asarray(best, float)
    positive = reference > 0
    return float(np.mean(100 * (found[positive] / reference[positive] - 1)))


@lru_cache(maxsize=16)
def _fixed(split: Split) -> tuple[Instance, ...]:
    found: list[Instance] = []
    for block in BLOCKS[split]:
        found += _instances(block, references.load(split, block), _label(block))
    return tuple(found)


@lru_cache(maxsize=4)
def _fresh(secret: str) -> tuple[Instance, ...]:
    found: list[Instance] = []
    for block in fresh_blocks(secret):
        found += _instances(block, references.compute(block, FRESH_NODE_LIMIT), f"{_label(block)}-fresh")
    return tuple(found)


def _label(block: Block) -> str:
    return block.part if block.processing == "uniform" else f"{block.part}-{block.processing}"


def _instances(block: Block, known: references.References, label: str) -> list[Instance]:
    known.p.flags.writeable = known.d.flags.writeable = False
    return [
        Instance(
            f"{label}-{i:04d}",
            block.part,
            {"p": known.p[i], "d": known.d[i]},
            float(known.values[i]),
            bool(known.proven[i]),
        )
        for i in range(block.count)
    ]


class Problem(evaluators.problem.Problem):
    """Single-machine total tardiness. Decisions on an instance are the order of its jobs, a uint16 array (jobs,)."""

    def instances(self, split: Split, secret: str | None = None) -> Sequence[Instance]:
        """Instances of a split; ``test`` with a secret also has fresh ones, after the fixed."""
        fixed = _fixed(split)
        return fixed + _fresh(secret) if split == "test" and secret is not None else fixed

    def effort(self, instances: Sequence[Instance]) -> float:
        """Sum of squared numbers of jobs: what a priority or an insertion heuristic costs."""
        return float(sum(len(i.data["p"]) ** 2 for i in instances))

    def requests(self, instances: Sequence[Instance], entry: EntryPoint, elementwise: bool) -> list[Request]:
        """Frames of instances with equally many jobs; frames of different sizes take turns, so that a race is fair."""
        groups: dict[int, list[int]] = {}
        for i, instance in enumerate(instances):
            groups.setdefault(len(instance.data["p"]), []).append(i)
        cuts = [list(_cuts(len(members), elementwise)) for members in groups.values()]
        chunks = [
            members[places[k]]
            for k in range(max(map(len, cuts)))
            for members, places in zip(groups.values(), cuts, strict=True)
            if k < len(places)
        ]
        return [Request(_payload([instances[i] for i in chunk], entry, elementwise), tuple(chunk)) for chunk in chunks]

    def decode(self, request: Request, response: bytes) -> list[Any]:
        """The orders in a response, not yet checked to be permutations.

        Raises:
            WrongAnswerError: if the response has not the agreed shape or holds the harness's complaint.
        """
        return list(_orders(request, response))

    def judge(self, request: Request, response: bytes, instances: Sequence[Instance]) -> JudgedBatch:
        """Judge all orders of a response at once."""
        concerned = [instances[i] for i in request.indices]
        return _judged(_orders(request, response, concerned), concerned, _numbers(request.payload))

    def score(self, instance: Instance, decisions: Any) -> Judged:
        """Gap of an order: 100 (H - ref) / max(ref, sum p / 100)."""
        order = np.asarray(decisions)
        if order.dtype.kind not in "iu" or order.shape != instance.data["p"].shape:
            raise WrongAnswerError(f"instance {instance.name}: the order is not {len(instance.data['p'])} job indices")
        return _judged(
            order[None, :].astype(np.int64), [instance], np.stack([instance.data["p"], instance.data["d"]])[:, None, :]
        )[0]

    def situations(self, entry: EntryPoint) -> Mapping[str, np.ndarray] | None:
        """Arguments of ``priority`` in states met on ``train``: (situations, alternatives) or (situations, 1)."""
        return situations.sample() if entry.name == "priority" else None

    def rehearse(self, entry: EntryPoint, rules: Sequence[Callable[..., Any]], rng: Random) -> np.ndarray | None:
        """Gaps on forty of 400 other instances of 25 jobs."""
        return rehearsal.costs(rules, rng) if entry.name == "priority" else None

    def example(self, entry: EntryPoint, instance: Instance, objective: float) -> Example | None:
        """For export: the loop around the entry point and a doctest."""
        return example.example(entry, instance, objective)

    def feedback(self, instances: Sequence[Instance], judged: Sequence[Judged]) -> str:
        """Mean gap of each part and the instances lost most on."""
        parts: dict[str, list[float]] = {}
        for instance, verdict in zip(instances, judged, strict=True):
            parts.setdefault(instance.part, []).append(verdict.score)
        means = ", ".join(f"{part} {np.mean(scores):.2f} %" for part, scores in parts.items())
        return f"mean gap {means}; largest: {super().feedback(instances, judged)}"


def _cuts(count: int, elementwise: bool) -> Iterator[slice]:
    """Where ``count`` instances of one size are cut into requests."""
    start = 0
    while start < count:
        size = SINGLE_INSTANCES if not elementwise else LOCKSTEP_INSTANCES if start else FIRST_INSTANCES
        yield slice(start, start + size)
        start += size


def _payload(instances: Sequence[Instance], entry: EntryPoint, elementwise: bool) -> bytes:
    numbers = np.stack([[i.data["p"] for i in instances], [i.data["d"] for i in instances]])
    # Two bytes a number where they do: every candidate is sent all of this.
    kind = "<i2" if np.abs(numbers).max() < 1 << 15 else "<i4"
    _, count, jobs = numbers.shape
    header = {"entry": entry.name, "elementwise": elementwise, "instances": count, "jobs": jobs, "numbers": kind}
    text = json.dumps(header).encode()
    return len(text).to_bytes(4, "little") + text + numbers.astype(kind).tobytes()


@lru_cache(maxsize=16)
def _numbers(payload: bytes) -> Integers:
    """Processing times and due dates in a payload: int32 (2, instances, jobs). Every candidate is judged on them."""
    size = int.from_bytes(payload[:4], "little")
    header = json.loads(payload[4 : 4 + size])
    numbers = np.frombuffer(payload, header["numbers"], offset=4 + size)
    return numbers.reshape(2, header["instances"], header["jobs"]).astype(np.int32)


def _orders(request: Request, response: bytes, instances: Sequence[Instance] = ()) -> Integers:
    """Orders (instances, jobs) in a response to ``request``, which is about ``instances``, if they are known."""
    _, count, jobs = _numbers(request.payload).shape
    if response[:1] == b"\x01" and len(response) >= 5:
        position = int.from_bytes(response[1:5], "little")
        name = instances[position].name if position < len(instances) else f"with {jobs} jobs"
        raise WrongAnswerError(f"instance {name}: {response[5:505].decode('utf-8', 'replace')}")
    if response[:1] != b"\x00" or len(response) != 1 + 2 * count * jobs:
        raise WrongAnswerError(f"the response is not {count} orders of {jobs} jobs")
    return np.frombuffer(response, "<u2", offset=1).reshape(count, jobs)


def _judged(orders: Integers, instances: Sequence[Instance], numbers: Integers) -> JudgedBatch:
    """Judge ``orders`` (instances, jobs) of instances with the times and due dates ``numbers`` (2, instances, jobs)."""
    jobs = orders.shape[1]
    wrong = (np.sort(orders, axis=1) != np.arange(jobs, dtype=orders.dtype)).any(axis=1)
    if wrong.any():
        row = int(wrong.argmax())
        raise WrongAnswerError(f"instance {instances[row].name}: {_complaint(orders[row].astype(np.int64))}")
    p, d = numbers
    objective = total_tardiness(p, d, orders)
    reference = np.array([i.reference for i in instances], dtype=float)
    gap = 100 * (objective - reference) / np.maximum(reference, p.sum(axis=1) / 100)
    return JudgedBatch(objective.astype(float), gap)


def _complaint(order: Integers) -> str:
    jobs = len(order)
    outside = order[(order < 0) | (order >= jobs)]
    if outside.size:
        return f"job {outside[0]} does not exist; jobs are numbered 0 to {jobs - 1}"
    counts = np.bincount(order, minlength=jobs)
    return f"job {counts.argmin()} is missing and job {counts.argmax()} is there {counts.max()} times"
