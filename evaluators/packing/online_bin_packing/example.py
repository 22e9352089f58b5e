"""What an exported heuristic needs to stand alone: the packing loop and the count, as source text."""

from __future__ import annotations

from evaluators.problem import Example, Instance

_CODE = '''
import numpy as np


def pack(items, capacity):
    """Number of bins when each item goes at once where ``priority`` is greatest; two empty bins are always there."""
    left = [float(capacity)] * 2
    for item in items:
        fits = [k for k, room in enumerate(left) if room >= item]
        bins = np.array([left[k] for k in fits])
        with np.errstate(all="ignore"):
            values = priority(np.float64(item), bins, np.float64(capacity))
        left[fits[int(np.argmax(np.broadcast_to(values, bins.shape)))]] -= item
        while min(left[-2:]) < capacity:
            left.append(float(capacity))
    return sum(room < capacity for room in left)
'''


def example(instance: Instance, objective: float) -> Example:
    """Loop, count and a doctest on ``instance``, where the judged number of bins was ``objective``."""
    items, capacity = instance.data["items"].tolist(), instance.data["capacity"]
    return Example(
        code=_CODE,
        doctest=f">>> items = {items}\n>>> pack(items, {capacity})\n{objective:.0f}",
        note=f"instance {instance.name}, lower bound {instance.reference:.0f}",
    )
