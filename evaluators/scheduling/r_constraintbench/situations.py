"""States met while rules of different kinds solve training instances: where rankings of a rule are looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from evaluators.scheduling.r_constraintbench.harness import serial

SITUATIONS, ALTERNATIVES = 64, 4
_RULES = ("latest", "p", "early", "follow", "load")


def sample(requests: Sequence[Mapping[str, Any]]) -> Mapping[str, np.ndarray]:
    """Argument of ``priority`` -> its values, (64, 4), and (64, 1) for ``left`` and ``horizon``.

    Of all states with as many alternatives, evenly spaced ones are taken, and of each the alternatives evenly spaced
    in its listing.

    Args:
        requests: instances as a harness is told them.
    """
    states: list[dict[str, np.ndarray]] = []
    for k, data in enumerate(requests):
        chosen_by = _RULES[k % len(_RULES)]

        def priority(*arguments: Any, rule: str = chosen_by) -> Any:
            state = dict(zip(serial.ARGUMENTS, arguments, strict=True))
            if len(state["p"]) >= ALTERNATIVES:
                states.append(state)
            return state[rule]

        serial.schedule(priority, data)
    picked = [states[k] for k in np.linspace(0, len(states) - 1, SITUATIONS).astype(int)]
    columns: dict[str, list[np.ndarray]] = {name: [] for name in serial.ARGUMENTS}
    for state in picked:
        kept = np.linspace(0, len(state["p"]) - 1, ALTERNATIVES).astype(int)
        for name, value in state.items():
            columns[name].append(value[kept] if np.ndim(value) else np.atleast_1d(value))
    return {name: np.stack(values) for name, values in columns.items()}
