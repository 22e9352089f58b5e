"""Runs in a process of its own: knows the whole instance and reveals only jobs that have arrived.

Request: processing times and arrival times, two int32 arrays of equal length, by arrival.
Response: a zero byte and the order in which jobs were run, a uint16 array; or a one byte and a sentence saying what the
candidate did wrong.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def serve(request: bytes, ask: Callable[[bytes], bytes]) -> bytes:
    """Simulate one instance, asking for a decision whenever the machine is free and several jobs wait."""
    p, arrival = (row.tolist() for row in np.frombuffer(request, "<i4").reshape(2, -1))
    waiting: list[tuple[int, int, int]] = []
    order: list[int] = []
    t = seen = 0
    while len(order) < len(p):
        if not waiting and seen < len(p):
            t = max(t, arrival[seen])
        while seen < len(p) and arrival[seen] <= t:
            waiting.append((p[seen], arrival[seen], seen))
            seen += 1
        waiting.sort()
        position = 0
        if len(waiting) > 1:
            times = np.array([(job[0], t - job[1]) for job in waiting], dtype="<i4").T
            decision = ask(np.float64(t).tobytes() + np.ascontiguousarray(times).tobytes())
            if decision[:1] == b"\x01":
                return b"\x01" + decision[1:501]
            position = int.from_bytes(decision[1:], "little")
            if decision[:1] != b"\x00" or len(decision) != 3 or position >= len(waiting):
                return b"\x01" + b"the decision is not the position of a waiting job"
        time, _, job = waiting.pop(position)
        order.append(job)
        t += time
    return b"\x00" + np.array(order, dtype="<u2").tobytes()
