"""States met while rules of different kinds solve training instances: where rankings of a rule are looked at."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from evaluators.scheduling.single_machine_tardiness.harness import dispatch
from evaluators.scheduling.single_machine_tardiness.instances import BLOCKS, generate

SITUATIONS, ALTERNATIVES = 64, 10
_NAMES = set(dispatch.ARGUMENTS)


def _rules() -> list[Any]:
    """Earliest due date, shortest time, modified due date, slack, and a mixture that is none of them."""
    return [
        lambda s: s["d"],
        lambda s: s["p"],
        lambda s: np.maximum(s["t"] + s["p"], s["d"]),
        lambda s: s["d"] - s["p"],
        lambda s: s["p"] * np.maximum(s["t"] + s["p"], s["d"]),
    ]


@lru_cache(maxsize=1)
def sample() -> Mapping[str, np.ndarray]:
    """Argument of ``priority`` -> its values; arrays (64, 10) for ``p`` and ``d``, (64, 1) for the numbers of a state.

    A state is that of a whole instance part-way; of its waiting jobs ten are kept, still by (p, d). How far along is
    drawn evenly, since near the start and near the end rules agree most.
    """
    rng = np.random.default_rng(0)
    rules = _rules()
    columns: dict[str, list[np.ndarray]] = {name: [] for name in dispatch.ARGUMENTS}
    blocks = [generate(block) for block in BLOCKS["train"]]
    for k in range(SITUATIONS):
        times, due = blocks[k % len(blocks)]
        row = int(rng.integers(len(times)))
        stop = int(rng.integers(ALTERNATIVES, times.shape[1] + 1))
        state = _state_at(rules[k % len(rules)], times[row], due[row], stop)
        kept = np.sort(rng.permutation(stop)[:ALTERNATIVES])
        for name, value in state.items():
            columns[name].append(value[kept] if name in "pd" else value)
    return {name: np.stack(values) for name, values in columns.items()}


def _state_at(rule: Any, p: np.ndarray, d: np.ndarray, stop: int) -> dict[str, np.ndarray]:
    """The state in which ``stop`` jobs wait after ``rule`` has chosen the others."""
    listed = dispatch.presorted(p, d)
    p, d, t = p[listed].astype(float), d[listed].astype(float), np.zeros(1)
    while True:
        values = dispatch.state(_NAMES, p, d, t, p.sum(keepdims=True), d.sum(keepdims=True), len(p))
        state = {name: np.atleast_1d(value) for name, value in zip(dispatch.ARGUMENTS, values, strict=True)}
        if len(p) == stop:
            return state
        chosen = int(rule(state).argmin())
        t = t + p[chosen]
        p, d = np.delete(p, chosen), np.delete(d, chosen)
