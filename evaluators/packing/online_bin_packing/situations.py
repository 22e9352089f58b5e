"""Made-up states in which rankings of a rule are looked at: an item and bins it fits into."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from evaluators.packing.online_bin_packing.instances import FAMILIES
from evaluators.scheduling.draws import Draws

SITUATIONS, BINS = 96, 10
_SEED = 25_000


@lru_cache(maxsize=1)
def sample() -> Mapping[str, np.ndarray]:
    """Argument of ``priority`` -> its values: ``bins`` (96, 10), ``item`` and ``capacity`` (96, 1).

    Items come from the two training families in turn. What one would leave in a bin, 0 included, is drawn with weight
    on little, where rules differ most; the last bin is empty, as in every state met while packing.
    """
    per_family = SITUATIONS // 2
    draws = Draws(_SEED)
    rows = []
    for k, name in enumerate(("uniform", "weibull")):
        family = FAMILIES[name]
        for item in family.draw(_SEED + 1 + k, 1, per_family)[0].tolist():
            spare = family.capacity - item
            left = np.trunc(draws.uniform(BINS - 1) ** 2 * max(spare, 1))
            rows.append((item, family.capacity, [*(item + left).tolist(), family.capacity]))
    rows = [rows[k // 2 + per_family * (k % 2)] for k in range(SITUATIONS)]
    return {
        "item": np.array([[row[0]] for row in rows], float),
        "bins": np.array([row[2] for row in rows], float),
        "capacity": np.array([[row[1]] for row in rows], float),
    }
