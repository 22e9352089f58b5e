"""A cheap trial run for priorities a proposer is about to propose: few small instances, drawn anew each time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from random import Random
from typing import Any

import numpy as np

from evaluators.scheduling.single_machine_tardiness import references
from evaluators.scheduling.single_machine_tardiness.harness import dispatch
from evaluators.scheduling.single_machine_tardiness.instances import BLOCKS, total_tardiness

DRAWN = 40
"""Instances of a rehearsal."""


@lru_cache(maxsize=1)
def _stock() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Processing times, due dates and references of the small instances that neither of two rules solves.

    Where the order by due date or that by processing time is optimal, good rules hardly differ.
    """
    (block,) = BLOCKS["rehearsal"]
    known = references.load("rehearsal", block)
    p, d, values = known.p.astype(np.int64), known.d.astype(np.int64), known.values
    simple = [total_tardiness(p, d, np.argsort(key, axis=1, kind="stable")) for key in (d, p)]
    hard = np.minimum.reduce(simple) > values
    return p[hard], d[hard], values[hard].astype(float)


def costs(rules: Sequence[Callable[..., Any]], rng: Random) -> np.ndarray:
    """Gaps in percent of trusted priorities, (rules, instances); infinite where one gives what is no number."""
    p, d, reference = _stock()
    drawn = rng.sample(range(len(p)), DRAWN)
    p, d, reference = (np.concatenate([array[drawn]] * len(rules)) for array in (p, d, reference))
    together = _Together(rules)
    with np.errstate(all="ignore"):
        totals = total_tardiness(p, d, dispatch.lockstep(together.priority, p, d))
    gaps = 100 * (totals - reference) / np.maximum(reference, p.sum(axis=1) / 100)
    found: np.ndarray = gaps.reshape(len(rules), DRAWN)
    found[together.failed] = np.inf
    return found


class _Together:
    """Rules that solve the same instances side by side: what numpy charges for a call is paid once for all of them."""

    def __init__(self, rules: Sequence[Callable[..., Any]]) -> None:
        self._rules = [(rule, slice(k * DRAWN, (k + 1) * DRAWN)) for k, rule in enumerate(rules)]
        self.failed = np.zeros(len(rules), bool)

    def priority(self, *arguments: Any) -> np.ndarray:
        """The first rule's priorities on the first rows, the next one's on the next."""
        values = np.empty(arguments[0].shape)
        for rule, rows in self._rules:
            values[rows] = rule(*[a if a.ndim == 0 else a[rows] for a in arguments])
        if np.isnan(values).any():
            self.failed |= np.isnan(values).reshape(len(self._rules), -1).any(axis=1)
            values[np.isnan(values)] = 0.0
        return values
