"""Sequences and candidates of online bin packing, run in this process."""

from __future__ import annotations

import numpy as np

from evaluators.packing.online_bin_packing.harness import policy, simulator
from evaluators.packing.online_bin_packing.instances import FAMILIES
from evaluators.packing.online_bin_packing.problem import instance
from evaluators.registry import load_problem

PROBLEM = load_problem("packing/online-bin-packing")
ENTRY = PROBLEM.spec.entry_point()
HEADER = "import numpy as np\ndef priority(item, bins, capacity):\n    return "


def sequence(items, capacity=10, name="x"):
    return instance(name, "any", np.array(items), capacity)


def drawn(family, count, items, seed=7):
    sizes = FAMILIES[family].draw(seed, count, items)
    return [sequence(row, FAMILIES[family].capacity, f"{family}-{k}") for k, row in enumerate(sizes)]


def files(source):
    return {"candidate.py": source.encode()}


def places(candidate, instances, elementwise):
    """Chosen bins, in the order of the instances."""
    found = [None] * len(instances)
    for request in PROBLEM.requests(instances, ENTRY, elementwise):
        response = simulator.serve(request.payload, policy.load(candidate))
        for i, decisions in zip(request.indices, PROBLEM.decode(request, response), strict=True):
            found[i] = decisions.tolist()
    return found


def with_all_bins_open(source, items, capacity):
    """Chosen bins as the literature simulates: as many bins as items, and enough more, open from the start."""
    space = {}
    exec(source, space)
    left, chosen = np.full(2 * len(items), float(capacity)), []
    for item in items:
        fits = np.flatnonzero(left >= item)
        with np.errstate(all="ignore"):
            values = np.broadcast_to(space["priority"](np.float64(item), left[fits], float(capacity)), fits.shape)
        chosen.append(int(fits[np.argmax(values)]))
        left[chosen[-1]] -= item
    return chosen
