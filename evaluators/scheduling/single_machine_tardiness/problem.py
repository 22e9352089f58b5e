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
    places,
    tardiness_at,
)

FIRST_INSTANCES = 100
"""Instances in the first request of each size that are solved together: few, so that a race can stop early."""
LOCKSTEP_INSTANCES = 300
"""Instances in each later one; with more, arrays outgrow the second-level cache."""
SINGLE_INSTANCES = 10
"""Instances in one request that are solved one after the other; few, so that a race can stop early."""
FRESH_NODE_LIMIT = 20_000
"""Sets of jobs the exact search may visit on a fresh instance (about 0.3 s) before local search takes over."""
REQUESTS_KEPT = 512
"""Requests whose instances are held ready for judging."""


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
    p, d = known.p.astype(np.int32), known.d.astype(np.int32)  # half of what they were drawn in: a driver keeps them
    p.flags.writeable = d.flags.writeable = False
    return [
        Instance(
            f"{label}-{i:04d}",
            block.part,
            {"p": p[i], "d": d[i]},
            float(known.values[i]),
            bool(known.proven[i]),
        )
        for i in range(block.count)
    ]


class Problem(evaluators.problem.Problem):
    """Single-machine total tardiness. Decisions on an instance are the order of its jobs, a uint16 array (jobs,)."""

    def __init__(self, spec: evaluators.problem.ProblemSpec) -> None:
        super().__init__(spec)
        self._known: dict[int, _Known] = {}

    def instances(self, split: Split, secret: str | None = None) -> Sequence[Instance]:
        """Instances of a split; ``test`` with a secret also has fresh ones, after the fixed."""
        fixed = _fixed(split)
        return fixed + _fresh(secret) if split == "test" and secret is not None else fixed

    def effort(self, instances: Sequence[Instance]) -> float:
        """Sum of squared numbers of jobs: what a priority or an insertion heuristic costs."""
        return float(sum(len(i.data["p"]) ** 2 for i in instances))

    def requests(self, instances: Sequence[Instance], entry: EntryPoint, elementwise: bool) -> list[Request]:
        """Frames of instances with equally many jobs.

        Frames of different sizes take turns, so that a race is fair; it looks when each has had its turn.
        """
        groups: dict[int, list[int]] = {}
        for i, instance in enumerate(instances):
            groups.setdefault(len(instance.data["p"]), []).append(i)
        cuts = [list(_cuts(len(members), elementwise)) for members in groups.values()]
        found: list[Request] = []
        for k in range(max(map(len, cuts))):
            turn = [members[where[k]] for members, where in zip(groups.values(), cuts, strict=True) if k < len(where)]
            for chunk in turn:
                payload = _payload([instances[i] for i in chunk], entry, elementwise)
                found.append(Request(payload, tuple(chunk), look=chunk is turn[-1]))
        return found

    def decode(self, request: Request, response: bytes) -> list[Any]:
        """The orders in a response, not yet checked to be permutations.

        Raises:
            WrongAnswerError: if the response has not the agreed shape or holds the harness's complaint.
        """
        return list(self._of(request, ()).orders(response))

    def judge(self, request: Request, response: bytes, instances: Sequence[Instance]) -> JudgedBatch:
        """Judge all orders of a response at once."""
        known = self._of(request, instances)
        return known.judged(known.orders(response))

    def _of(self, request: Request, instances: Sequence[Instance]) -> _Known:
        """What is known of a request's instances; every candidate is judged on the same few requests."""
        known = self._known.get(id(request))
        if known is None or known.request is not request or known.instances is not instances:
            if len(self._known) >= REQUESTS_KEPT:
                self._known.clear()
            known = self._known[id(request)] = _Known.of(request, instances)
        return known

    def score(self, instance: Instance, decisions: Any) -> Judged:
        """Gap of an order: 100 (H - ref) / max(ref, sum p / 100)."""
        order = np.asarray(decisions)
        if order.dtype.kind not in "iu" or order.shape != instance.data["p"].shape:
            raise WrongAnswerError(f"instance {instance.name}: the order is not {len(instance.data['p'])} job indices")
        alone = _Known(None, [instance], [instance], np.stack([instance.data["p"], instance.data["d"]])[:, None, :])
        return alone.judged(order[None, :].astype(np.int64))[0]

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


class _Known:
    """All that judging answers to one request needs, worked out once.

    Args:
        request: what was asked; None for a single instance.
        instances: the list the request's indices point into.
        concerned: those of them it is about.
        numbers: their processing times and due dates, integers (2, instances, jobs).
    """

    def __init__(
        self, request: Request | None, instances: Sequence[Instance], concerned: Sequence[Instance], numbers: Integers
    ) -> None:
        self.request, self.instances, self._concerned = request, instances, concerned
        _, self._count, self._jobs = numbers.shape
        self._p, self._d = numbers.reshape(2, -1)
        self._reference = np.array([i.reference for i in concerned], dtype=float)
        if len(concerned):
            self._unit = np.maximum(self._reference, numbers[0].sum(axis=1) / 100)

    @classmethod
    def of(cls, request: Request, instances: Sequence[Instance]) -> _Known:
        """Of a request about ``instances``, which may be empty if nothing is to be judged."""
        size = int.from_bytes(request.payload[:4], "little")
        header = json.loads(request.payload[4 : 4 + size])
        numbers = np.frombuffer(request.payload, header["numbers"], offset=4 + size)
        shaped: Any = numbers.reshape(2, header["instances"], header["jobs"]).astype(header["numbers"])
        return cls(request, instances, [instances[i] for i in request.indices] if instances else (), shaped)

    def orders(self, response: bytes) -> Integers:
        """Orders (instances, jobs) in a response, not yet checked to be permutations."""
        if response[:1] == b"\x01" and len(response) >= 5:
            position = int.from_bytes(response[1:5], "little")
            known = position < len(self._concerned)
            name = self._concerned[position].name if known else f"with {self._jobs} jobs"
            raise WrongAnswerError(f"instance {name}: {response[5:505].decode('utf-8', 'replace')}")
        if response[:1] != b"\x00" or len(response) != 1 + 2 * self._count * self._jobs:
            raise WrongAnswerError(f"the response is not {self._count} orders of {self._jobs} jobs")
        return np.frombuffer(response, "<u2", offset=1).reshape(self._count, self._jobs)

    def judged(self, orders: Integers) -> JudgedBatch:
        """What orders, (instances, jobs), are worth."""
        # As many jobs as there are places: each is there once if none is outside and none is missing.
        outside = (orders.min() < 0 or orders.max() >= self._jobs) if orders.size else False
        where = places(orders)
        there = np.zeros(where.size, bool)
        if not outside:
            there[where.reshape(-1)] = True
        if not there.all():
            wrong = (np.sort(orders, axis=1) != np.arange(self._jobs, dtype=orders.dtype)).any(axis=1)
            row = int(wrong.argmax())
            raise WrongAnswerError(f"instance {self._concerned[row].name}: {_complaint(orders[row].astype(np.int64))}")
        objective = tardiness_at(self._p, self._d, where).astype(float)
        return JudgedBatch(objective, 100 * (objective - self._reference) / self._unit)


def _complaint(order: Integers) -> str:
    jobs = len(order)
    outside = order[(order < 0) | (order >= jobs)]
    if outside.size:
        return f"job {outside[0]} does not exist; jobs are numbered 0 to {jobs - 1}"
    counts = np.bincount(order, minlength=jobs)
    return f"job {counts.argmin()} is missing and job {counts.argmax()} is there {counts.max()} times"
