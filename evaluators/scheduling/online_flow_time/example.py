"""What an exported policy needs to stand alone: the simulation loop and the objective, as source text."""

from __future__ import annotations

from evaluators.problem import Example, Instance

_CODE = '''
import numpy as np


def total_flow_time(p, arrival):
    """Total flow time when the waiting job of least ``priority`` is run whenever the machine is free."""
    order = sorted(range(len(p)), key=lambda j: arrival[j])
    t = total = 0
    waiting = []
    while order or waiting:
        if not waiting:
            t = max(t, arrival[order[0]])
        while order and arrival[order[0]] <= t:
            waiting.append(order.pop(0))
        waiting.sort(key=lambda j: (p[j], arrival[j], j))
        times = np.array([p[j] for j in waiting], float)
        waits = np.array([t - arrival[j] for j in waiting], float)
        with np.errstate(all="ignore"):
            values = priority(times, waits, np.float64(t), np.float64(len(waiting)), times.sum())
        job = waiting.pop(int(np.argmin(np.broadcast_to(values, times.shape))))
        t += p[job]
        total += t - arrival[job]
    return total
'''


def example(instance: Instance, objective: float) -> Example:
    """Loop, objective and a doctest on ``instance``, where the judged total flow time was ``objective``."""
    p, arrival = instance.data["p"].tolist(), instance.data["arrival"].tolist()
    return Example(
        code=_CODE,
        doctest=f">>> p = {p}\n>>> arrival = {arrival}\n>>> total_flow_time(p, arrival)\n{objective:.0f}",
        note=f"instance {instance.name}, preemptive lower bound {instance.reference:.0f}",
    )
