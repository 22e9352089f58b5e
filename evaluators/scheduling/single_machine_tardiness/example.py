"""What an exported heuristic needs to stand alone: the dispatching loop and the objective, as source text."""

from __future__ import annotations

from evaluators.problem import EntryPoint, Example, Instance

_OBJECTIVE = '''
def total_tardiness(p, d):
    """Total tardiness of ``schedule(p, d)``."""
    finished = np.cumsum([p[j] for j in schedule(p, d)])
    due = np.array([d[j] for j in schedule(p, d)])
    return int(np.maximum(finished - due, 0).sum())
'''

_DISPATCH = '''
def schedule(p, d):
    """Order of the jobs with processing times ``p`` and due dates ``d``: the least ``priority`` goes next."""
    p, d = np.asarray(p, float), np.asarray(d, float)
    waiting = np.lexsort((d, p))
    t, order = np.float64(0.0), []
    while len(waiting):
        wp, wd = p[waiting], d[waiting]
        overdue = t + wp - wd
        with np.errstate(all="ignore"):
            values = priority(
                wp, wd, t, wp.sum(), np.float64(len(wp)), wp.sum() / len(wp), wp.max(), wp.min(), wd.sum() / len(wd),
                np.float64((overdue > 0).sum()), np.maximum(overdue, 0).sum(),
            )
        chosen = int(np.argmin(np.broadcast_to(values, wp.shape)))
        order.append(int(waiting[chosen]))
        t += wp[chosen]
        waiting = np.delete(waiting, chosen)
    return order
'''

_SEQUENCE = '''
def schedule(p, d):
    """Order of the jobs with processing times ``p`` and due dates ``d``."""
    return [int(j) for j in sequence(np.asarray(p), np.asarray(d))]
'''


def example(entry: EntryPoint, instance: Instance, objective: float) -> Example:
    """Loop, objective and a doctest on ``instance``, where the judged total tardiness was ``objective``."""
    p, d = instance.data["p"].tolist(), instance.data["d"].tolist()
    loop = _SEQUENCE if entry.name == "sequence" else _DISPATCH
    return Example(
        code=f"import numpy as np\n\n{loop}\n{_OBJECTIVE}",
        doctest=f">>> p = {p}\n>>> d = {d}\n>>> total_tardiness(p, d)\n{objective:.0f}",
        note=f"instance {instance.name}, best known {instance.reference:.0f}",
    )
