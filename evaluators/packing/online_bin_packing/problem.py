"""The trusted part of online bin packing: instances, frames for the simulator, bins counted from the choices."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from random import Random
from typing import Any

import numpy as np

import evaluators.problem
from evaluators.packing.online_bin_packing import example, rehearsal, situations
from evaluators.packing.online_bin_packing.bounds import martello_toth_bound
from evaluators.packing.online_bin_packing.instances import BLOCKS, FAMILIES, Block, Integers, fresh_blocks, generate
from evaluators.problem import EntryPoint, Example, Instance, Judged, JudgedBatch, Request, Split, WrongAnswerError
from evaluators.scheduling.draws import seed_from

LENGTHS = (500, 2000)
"""Sequences up to the first length are in the first requests, up to the second in the next, then the others: a race
ends before long sequences have begun."""
SMOKE_ITEMS = 40
"""Items of a sequence tried before anything else."""
AUDITED = 16
"""Sequences, the shortest, that an audit has packed again under other names and in another order."""


@lru_cache(maxsize=4)
def _fixed(split: Split) -> tuple[Instance, ...]:
    return tuple(instance for block in BLOCKS[split] for instance in _instances(block, block.part))


@lru_cache(maxsize=4)
def _fresh(secret: str) -> tuple[Instance, ...]:
    return tuple(instance for block in fresh_blocks(secret) for instance in _instances(block, f"{block.part}-fresh"))


def _instances(block: Block, label: str) -> list[Instance]:
    return [instance(f"{label}-{k:02d}", block.part, items, block.capacity) for k, items in enumerate(generate(block))]


def instance(name: str, part: str, items: Integers, capacity: int) -> Instance:
    """An instance with its lower bound for a reference.

    Args:
        name: of the instance.
        part: group it belongs to.
        items: sizes in 1..capacity in order of arrival, (items,).
        capacity: of every bin.
    """
    items.flags.writeable = False
    bound = float(martello_toth_bound(items, capacity))
    return Instance(name, part, {"items": items, "capacity": capacity}, bound)


class Problem(evaluators.problem.Problem):
    """Online bin packing. Decisions on an instance are the places of the bins chosen, a uint16 array (items,)."""

    def instances(self, split: Split, secret: str | None = None) -> Sequence[Instance]:
        """Instances of a split; ``test`` with a secret also has fresh ones, after the fixed."""
        fixed = _fixed(split)
        return fixed + _fresh(secret) if split == "test" and secret is not None else fixed

    def smoke(self) -> Sequence[Instance]:
        """The first items of a training sequence in bins of each capacity."""
        firsts = {i.data["capacity"]: i for i in reversed(self.instances("train"))}.values()
        return [
            instance(f"{i.name}-head", i.part, i.data["items"][:SMOKE_ITEMS].copy(), i.data["capacity"]) for i in firsts
        ]

    def effort(self, instances: Sequence[Instance]) -> float:
        """Sum of items to the power 3/2: a function told one item at a time looks at bins, more as they get more."""
        return float(sum(len(i.data["items"]) ** 1.5 for i in instances))

    def requests(self, instances: Sequence[Instance], entry: EntryPoint, elementwise: bool) -> list[Request]:
        """Frames for the simulator, one for each class of lengths, in each the longest sequence first.

        All sequences of a frame are packed in step with each other, also by a function that is told one item at a time:
        what a switch from one process to the other costs is paid once a step.
        """
        lengths = np.array([len(i.data["items"]) for i in instances])
        classes = np.searchsorted(LENGTHS, lengths)
        found = []
        for k in range(len(LENGTHS) + 1):
            chunk = sorted(np.flatnonzero(classes == k).tolist(), key=lambda i: -lengths[i])
            if chunk:
                found.append(Request(_payload([instances[i] for i in chunk], elementwise), tuple(chunk)))
        return found

    def decode(self, request: Request, response: bytes) -> list[Any]:
        """The places of the bins chosen for the items of each sequence.

        Raises:
            WrongAnswerError: if the response has not the agreed shape or holds a complaint.
        """
        sent = _sent(request.payload)
        return np.split(_places(sent, response), sent.starts[1:])

    def judge(self, request: Request, response: bytes, instances: Sequence[Instance]) -> JudgedBatch:
        """Judge all sequences of a response at once."""
        concerned = [instances[i] for i in request.indices]
        sent = _sent(request.payload)
        return _judged(_places(sent, response, concerned), sent, concerned)

    def score(self, instance: Instance, decisions: Any) -> Judged:
        """Put the items into the bins chosen and count these: 100 (bins - L2) / L2."""
        places, items = np.asarray(decisions), instance.data["items"]
        if places.dtype.kind not in "iu" or places.shape != items.shape or (places.size and places.min() < 0):
            raise WrongAnswerError(f"instance {instance.name}: the choices are not {len(items)} places of bins")
        return _judged(places.astype(np.int64), _Sent([items], [instance.data["capacity"]]), [instance])[0]

    def audit_views(self, instances: Sequence[Instance], seed: int) -> tuple[list[Instance], list[int]]:
        """The shortest of the instances, in another order and under other names."""
        order = sorted(range(len(instances)), key=lambda i: len(instances[i].data["items"]))[:AUDITED]
        views, origin = super().audit_views([instances[i] for i in order], seed)
        return views, [order[i] for i in origin]

    def anticipation_pairs(self, seed: int) -> Sequence[tuple[Instance, Instance, float]]:
        """A pair of each training family, alike in the first half of the items; times are numbers of items."""
        pairs = []
        for k, name in enumerate(("uniform", "weibull")):
            family = FAMILIES[name]
            root = seed_from("online-bin-packing-pairs", str(seed), name)
            one, other = family.draw(root, 2, 120)
            other[:60] = one[:60]
            first = instance(f"pair-{seed}-{k}-a", "pair", one, family.capacity)
            pairs.append((first, instance(f"pair-{seed}-{k}-b", "pair", other, family.capacity), 60.0))
        return pairs

    def decisions_before(self, instance: Instance, decisions: Any, time: float) -> Any:
        """The bins of the first ``time`` items."""
        return np.asarray(decisions)[: int(time)].tolist()

    def situations(self, entry: EntryPoint) -> Mapping[str, np.ndarray] | None:
        """Arguments of ``priority`` in made-up states: (situations, bins) or (situations, 1)."""
        return situations.sample()

    def rehearse(self, entry: EntryPoint, rules: Sequence[Callable[..., Any]], rng: Random) -> np.ndarray | None:
        """Excess on short sequences drawn from a stock."""
        return rehearsal.costs(rules, rng)

    def example(self, entry: EntryPoint, instance: Instance, objective: float) -> Example | None:
        """For export: the loop around the entry point and a doctest."""
        return example.example(instance, objective)

    def feedback(self, instances: Sequence[Instance], judged: Sequence[Judged]) -> str:
        """Mean excess of each part and the instances lost most on."""
        parts: dict[str, list[float]] = {}
        for instance, verdict in zip(instances, judged, strict=True):
            parts.setdefault(instance.part, []).append(verdict.score)
        means = ", ".join(f"{part} {np.mean(scores):.2f} %" for part, scores in parts.items())
        worst = sorted(zip(instances, judged, strict=True), key=lambda pair: -pair[1].score)[:3]
        named = "; ".join(f"{i.name}: {j.objective:g} bins (lower bound {i.reference:g})" for i, j in worst)
        return f"mean excess {means}; largest: {named}"


class _Sent:
    """What a request is about.

    Args:
        items: sizes of each sequence.
        capacities: of each sequence.
    """

    def __init__(self, items: Sequence[Integers], capacities: Sequence[int]) -> None:
        lengths = [len(sizes) for sizes in items]
        self.capacities = np.array(capacities)
        self.sizes = np.concatenate(items).astype(float)
        self.rows = np.repeat(np.arange(len(lengths)), lengths)
        self.starts = np.cumsum([0, *lengths[:-1]])


def _payload(instances: Sequence[Instance], elementwise: bool) -> bytes:
    header = {
        "elementwise": elementwise,
        "capacities": [i.data["capacity"] for i in instances],
        "lengths": [len(i.data["items"]) for i in instances],
    }
    text = json.dumps(header).encode()
    sizes = np.concatenate([i.data["items"] for i in instances]).astype("<u2")
    return len(text).to_bytes(4, "little") + text + sizes.tobytes()


@lru_cache(maxsize=32)
def _sent(payload: bytes) -> _Sent:
    """What a payload holds. Every candidate is judged on it."""
    size = int.from_bytes(payload[:4], "little")
    header = json.loads(payload[4 : 4 + size])
    sizes = np.frombuffer(payload, "<u2", offset=4 + size)
    return _Sent(np.split(sizes, np.cumsum(header["lengths"])[:-1]), header["capacities"])


def _places(sent: _Sent, response: bytes, instances: Sequence[Instance] = ()) -> Integers:
    """Places of the bins chosen for all items; ``instances`` are the sequences, if they are known."""
    if response[:1] == b"\x01" and len(response) >= 5:
        position = int.from_bytes(response[1:5], "little")
        name = f"instance {instances[position].name}: " if position < len(instances) else ""
        raise WrongAnswerError(name + response[5:505].decode("utf-8", "replace"))
    if response[:1] != b"\x00" or len(response) != 1 + 2 * len(sent.sizes):
        raise WrongAnswerError(f"the response is not the bins of {len(sent.sizes)} items")
    return np.frombuffer(response, "<u2", offset=1)


def _judged(places: Integers, sent: _Sent, instances: Sequence[Instance]) -> JudgedBatch:
    """Fill the bins with all that was put into them: what never leaves fitted at any time if it fits in the end."""
    width = int(places.max(initial=0)) + 1
    loads = np.bincount(sent.rows * width + places, sent.sizes, len(instances) * width).reshape(-1, width)
    full = loads.max(axis=1) > sent.capacities
    if full.any():
        row = int(full.argmax())
        place = int(loads[row].argmax())
        raise WrongAnswerError(
            f"instance {instances[row].name}: bin {place} holds {loads[row, place]:.0f} of {sent.capacities[row]}"
        )
    bins = (loads > 0).sum(axis=1).astype(float)
    bound = np.array([i.reference for i in instances], dtype=float)
    return JudgedBatch(bins, 100 * (bins - bound) / bound)
