"""A problem cut down to a few small instances, judged by its own trusted part: what attacks are run against."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any

import numpy as np

from evaluators.declaration import SPLITS, EntryPoint, Split
from evaluators.problem import Example, Instance, Judged, Problem, Request, Timed
from sandboxes import Limits

INSTANCES = 4
_SOURCE_LIMIT = 200_000
"""Bytes; an attack is longer than a candidate, since it brings an honest one along."""


class Excerpt(Problem):
    """``whole`` with ``count`` of the least laborious instances of each split; everything else is its own.

    A time is taken once, not in several pairs.
    """

    def __init__(self, whole: Problem, count: int = INSTANCES) -> None:
        timing = None if whole.spec.timing is None else replace(whole.spec.timing, pairs=1)
        longest = max(whole.spec.source_limit, _SOURCE_LIMIT)
        super().__init__(replace(whole.spec, source_limit=longest, timing=timing))
        self.whole = whole
        self._count = count
        self._kept: dict[Split, list[Instance]] = {}

    def within(self, most: Mapping[str, float]) -> Excerpt:
        """The same excerpt with limits no higher than ``most`` (:class:`sandboxes.Limits`)."""
        own = Limits(**self.spec.limits)
        lower = {name: min(getattr(own, name), value) for name, value in most.items()}
        found = copy.copy(self)
        found.spec = replace(self.spec, limits={**self.spec.limits, **lower})
        return found

    def instances(self, split: Split, secret: str | None = None) -> Sequence[Instance]:
        """The few of a split; none is ever drawn from a secret."""
        if split not in SPLITS:
            raise ValueError(f"no split {split!r}")
        if split not in self._kept:
            every = list(self.whole.instances(split))
            self._kept[split] = sorted(every, key=lambda i: self.whole.effort([i]))[: self._count]
        return self._kept[split]

    def smoke(self) -> Sequence[Instance]:
        """As of the whole."""
        return self.whole.smoke()

    def inspected(self, stage: str) -> Sequence[Instance]:
        """As of the whole."""
        return self.whole.inspected(stage)

    def farewell(self) -> bytes | None:
        """As of the whole."""
        return self.whole.farewell()

    def timed(self, instance: Instance) -> Timed:
        """As of the whole."""
        return self.whole.timed(instance)

    def score(self, instance: Instance, decisions: Any) -> Judged:
        """As of the whole."""
        return self.whole.score(instance, decisions)

    def audit_views(self, instances: Sequence[Instance], seed: int) -> tuple[list[Instance], list[int]]:
        """As of the whole."""
        return self.whole.audit_views(instances, seed)

    def anticipation_pairs(self, seed: int) -> Sequence[tuple[Instance, Instance, float]]:
        """As of the whole."""
        return self.whole.anticipation_pairs(seed)

    def decisions_before(self, instance: Instance, decisions: Any, time: float) -> Any:
        """As of the whole."""
        return self.whole.decisions_before(instance, decisions, time)

    def requests(self, instances: Sequence[Instance], entry: EntryPoint, elementwise: bool) -> list[Request]:
        """As of the whole."""
        return self.whole.requests(instances, entry, elementwise)

    def decode(self, request: Request, response: bytes) -> list[Any]:
        """As of the whole."""
        return self.whole.decode(request, response)

    def judge(self, request: Request, response: bytes, instances: Sequence[Instance]) -> Sequence[Judged]:
        """As of the whole."""
        return self.whole.judge(request, response, instances)

    def effort(self, instances: Sequence[Instance]) -> float:
        """As of the whole."""
        return self.whole.effort(instances)

    def situations(self, entry: EntryPoint) -> Mapping[str, np.ndarray] | None:
        """As of the whole."""
        return self.whole.situations(entry)

    def rehearse(self, entry: EntryPoint, rules: Sequence[Callable[..., Any]], rng: Random) -> np.ndarray | None:
        """As of the whole."""
        return self.whole.rehearse(entry, rules, rng)

    def example(self, entry: EntryPoint, instance: Instance, objective: float) -> Example | None:
        """As of the whole."""
        return self.whole.example(entry, instance, objective)

    def feedback(self, instances: Sequence[Instance], judged: Sequence[Judged]) -> str:
        """As of the whole."""
        return self.whole.feedback(instances, judged)
