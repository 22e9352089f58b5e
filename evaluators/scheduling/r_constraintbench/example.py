"""What an exported heuristic needs to stand alone: the harness's own serial scheme, as source text, and a count."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from typing import Any

from evaluators.problem import Example
from evaluators.scheduling.r_constraintbench.harness import serial

_IMPORTS = """
import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
"""

_COUNT = '''
def late_tasks(data):
    """How many tasks of the project ``data`` end after their deadline."""
    with np.errstate(all="ignore"):
        starts = schedule(priority, data)
    return sum(start + p > due for start, p, due in zip(starts, data["p"], data["deadline"]))
'''


def example(name: str, data: Mapping[str, Any], objective: float) -> Example:
    """Scheme, count and a doctest on an instance as a harness is told it, of which ``objective`` tasks were late."""
    parts = [inspect.getsource(part) for part in (serial.WrongError, serial.Places, serial.choose, serial.schedule)]
    return Example(
        code="\n\n".join([_IMPORTS, *parts, _COUNT]),
        doctest=f">>> data = json.loads('{json.dumps(data)}')\n>>> late_tasks(data)\n{objective:.0f}",
        note=f"instance {name}",
    )
