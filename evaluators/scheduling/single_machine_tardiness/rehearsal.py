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
    """Gaps in percent of trusted priorities, (rules, instances); infinite where one gives no number."""
    p, d, reference = _stock()
    drawn = rng.sample(range(len(p)), DRAWN)
    p, d, reference = p[drawn], d[drawn], reference[drawn]
    rows = []
    with np.errstate(all="ignore"):
        for rule in rules:
            try:
                totals = total_tardiness(p, d, dispatch.lockstep(rule, p, d))
            except dispatch.WrongError:
                totals = np.full(len(p), np.inf)
            rows.append(100 * (totals - reference) / np.maximum(reference, p.sum(axis=1) / 100))
    return np.stack(rows)
