"""The trusted part of online flow time: instances, replay of a trace, pairs for the non-anticipation audit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

import evaluators.problem
from evaluators.problem import EntryPoint, Example, Instance, Judged, Request, Split, WrongAnswerError
from evaluators.scheduling.draws import Draws, seed_from
from evaluators.scheduling.online_flow_time import example
from evaluators.scheduling.online_flow_time.instances import (
    LOADS,
    Integers,
    bursts,
    even,
    preemptive_bound,
    start_times,
)

_PER_LOAD = 4
_SEEDS = {"train": 11_000, "validation": 12_000, "test": 13_000}


def _instance(name: str, part: str, p: Integers, arrival: Integers) -> Instance:
    p.flags.writeable = arrival.flags.writeable = False
    return Instance(name, part, {"p": p, "arrival": arrival}, float(preemptive_bound(p, arrival)))


def _even_part(jobs: int, label: str, seed: int) -> list[Instance]:
    return [
        _instance(f"{label}-{k:02d}", f"n{jobs}", *even(seed + k, jobs, LOADS[k // _PER_LOAD]))
        for k in range(_PER_LOAD * len(LOADS))
    ]


@lru_cache(maxsize=16)
def _instances(split: Split, secret: str | None) -> tuple[Instance, ...]:
    seed = _SEEDS[split]
    if split != "test":
        jobs = 40 if split == "train" else 60
        return tuple(_even_part(jobs, f"n{jobs}", seed))
    found = _even_part(40, "n40", seed)
    found += [
        _instance(f"ood-{k:02d}", "ood", *bursts(seed + 100 + k, 80, LOADS[k // _PER_LOAD]))
        for k in range(_PER_LOAD * len(LOADS))
    ]
    if secret is not None:
        found += _even_part(40, "n40-fresh", seed_from("online-flow-time", secret))
    return tuple(found)


class Problem(evaluators.problem.Problem):
    """Online flow time. Decisions on an instance are the order in which jobs were run, a uint16 array (jobs,)."""

    def instances(self, split: Split, secret: str | None = None) -> Sequence[Instance]:
        """Instances of a split; ``test`` with a secret also has fresh ones, after the fixed."""
        return _instances(split, secret if split == "test" else None)

    def effort(self, instances: Sequence[Instance]) -> float:
        """Number of jobs: the simulator asks about as often."""
        return float(sum(len(i.data["p"]) for i in instances))

    def requests(self, instances: Sequence[Instance], entry: EntryPoint, elementwise: bool) -> list[Request]:
        """One frame an instance, for the simulator."""
        return [
            Request(np.stack([i.data["p"], i.data["arrival"]]).astype("<i4").tobytes(), (k,))
            for k, i in enumerate(instances)
        ]

    def decode(self, request: Request, response: bytes) -> list[Any]:
        """The order in which jobs were run.

        Raises:
            WrongAnswerError: if the response has not the agreed shape or holds a complaint.
        """
        jobs = len(request.payload) // 8
        if response[:1] == b"\x01":
            raise WrongAnswerError(response[1:501].decode("utf-8", "replace"))
        if response[:1] != b"\x00" or len(response) != 1 + 2 * jobs:
            raise WrongAnswerError(f"the response is not an order of {jobs} jobs")
        return [np.frombuffer(response, "<u2", offset=1)]

    def score(self, instance: Instance, decisions: Any) -> Judged:
        """Replay the trace: 100 (F - LB) / LB, LB being the preemptive lower bound."""
        p, arrival, order = instance.data["p"], instance.data["arrival"], np.asarray(decisions)
        if order.shape != p.shape or not np.array_equal(np.sort(order), np.arange(len(p))):
            raise WrongAnswerError(f"instance {instance.name}: the trace does not run each job exactly once")
        starts = start_times(p, arrival, order)
        ends = np.concatenate(([0], starts[:-1] + p[order[:-1]]))
        # The least arrival time among jobs not yet run: where the machine idled past it, a job was waiting.
        pending = np.minimum.accumulate(arrival[order][::-1])[::-1]
        idle = starts > np.maximum(ends, pending)
        if idle.any():
            k = int(idle.argmax())
            raise WrongAnswerError(
                f"instance {instance.name}: job {order[k]} was chosen at time {max(int(ends[k]), int(pending[k]))}, "
                f"but arrives at {starts[k]}"
            )
        objective = float((starts + p[order] - arrival[order]).sum())
        bound = instance.reference or 1.0
        return Judged(objective, 100 * (objective - bound) / bound)

    def anticipation_pairs(self, seed: int) -> Sequence[tuple[Instance, Instance, float]]:
        """Three pairs with the same first half of the jobs and different ones after it."""
        pairs = []
        for k in range(3):
            root = seed_from("online-flow-time-pairs", str(seed), str(k))
            p, arrival = even(root, 30, 1.0)
            until = int(arrival[14])
            known = int((arrival <= until).sum())
            later = Draws(root + 1).uniform(2, 30 - known)
            other_p, other_arrival = p.copy(), arrival.copy()
            other_p[known:] = np.trunc(1 + 99 * later[0])
            other_arrival[known:] = until + 1 + np.trunc(later[1] * 100).astype(np.int64).cumsum()
            one = _instance(f"pair-{seed}-{k}-a", "pair", p, arrival)
            pairs.append((one, _instance(f"pair-{seed}-{k}-b", "pair", other_p, other_arrival), float(until)))
        return pairs

    def decisions_before(self, instance: Instance, decisions: Any, time: float) -> Any:
        """The jobs started at or before ``time``, in order."""
        order = np.asarray(decisions)
        starts = start_times(instance.data["p"], instance.data["arrival"], order)
        return order[starts <= time].tolist()

    def situations(self, entry: EntryPoint) -> Mapping[str, np.ndarray] | None:
        """Arguments of ``priority`` in 64 made-up states of 8 waiting jobs: (64, 8), numbers of a state (64, 1)."""
        u = Draws(14_000).uniform(3, 64, 8)
        p = np.sort(np.trunc(1 + 99 * u[0]), axis=1)
        wait = np.trunc(u[1] * 400)
        t = np.trunc(400 + 2000 * u[2, :, :1])
        return {"p": p, "wait": wait, "t": t, "jobs": np.full((64, 1), 8.0), "work": p.sum(axis=1, keepdims=True)}

    def example(self, entry: EntryPoint, instance: Instance, objective: float) -> Example | None:
        """For export: the loop around the entry point and a doctest."""
        return example.example(instance, objective)

    def feedback(self, instances: Sequence[Instance], judged: Sequence[Judged]) -> str:
        """The instances lost most on, against the lower bound."""
        worst = sorted(zip(instances, judged, strict=True), key=lambda pair: -pair[1].score)[:3]
        return "; ".join(f"{i.name}: {j.objective:g} (lower bound {i.reference:g})" for i, j in worst)
