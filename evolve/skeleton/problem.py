"""The trusted part: instances, and what decisions are worth. Never enters a sandbox."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from typing import Any

import evaluators.problem
from evaluators.problem import Instance, Judged, Split, WrongAnswerError


def _instances(label: str, seed: int, count: int, jobs: int, machines: int) -> list[Instance]:
    rng = random.Random(seed)
    found = []
    for k in range(count):
        p = [rng.randint(1, 100) for _ in range(jobs)]
        bound = max(max(p), -(-sum(p) // machines))  # no machine can be idle for less
        found.append(Instance(f"{label}-{k:03d}", f"m{machines}", {"p": p, "m": machines}, float(bound)))
    return found


class Problem(evaluators.problem.Problem):
    """Makespan on identical parallel machines."""

    def instances(self, split: Split, secret: str | None = None) -> Sequence[Instance]:
        """Different seeds for each split; `test` also has another size, and fresh instances with a secret."""
        if split == "train":
            return _instances("train", 1, 20, 30, 4)
        if split == "validation":
            return _instances("validation", 2, 20, 60, 6)
        found = _instances("test", 3, 20, 30, 4) + _instances("test-large", 4, 20, 60, 6)
        if secret is not None:
            seed = int.from_bytes(hashlib.sha256(secret.encode()).digest()[:8], "big")
            found += _instances("fresh", seed, 20, 60, 6)
        return found

    def score(self, instance: Instance, decisions: Any) -> Judged:
        """Gap to the lower bound, in percent. Everything in ``decisions`` is distrusted."""
        p, m = instance.data["p"], instance.data["m"]
        if not isinstance(decisions, list) or len(decisions) != len(p):
            raise WrongAnswerError(f"{instance.name}: the answer must be a list with one machine for each job")
        load = [0] * m
        for job, machine in enumerate(decisions):
            if type(machine) is not int or not 0 <= machine < m:
                raise WrongAnswerError(f"{instance.name}: job {job} is on machine {machine!r}; there are 0 to {m - 1}")
            load[machine] += p[job]
        bound = instance.reference or 1.0
        return Judged(float(max(load)), 100.0 * (max(load) - bound) / bound)
