"""Runs in the candidate's process: turns observations into decisions with its ``priority``.

Observation: time (float64), then processing times and waiting times, two int32 arrays of equal length.
Decision: a zero byte and the position of the chosen job (2 bytes, little-endian); or a one byte and a sentence saying
what the candidate did wrong.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from types import ModuleType

import numpy as np


def load(files: Mapping[str, bytes]) -> Callable[[bytes], bytes]:
    """The handler of observations, with the candidate's module executed once."""
    module = sys.modules["candidate"] = ModuleType("candidate")  # dataclasses look their own module up there
    space = vars(module)
    exec(compile(files["candidate.py"], "candidate.py", "exec", dont_inherit=True), space)  # noqa: S102
    priority = space["priority"]
    np.seterr(all="ignore")

    def handle(observation: bytes) -> bytes:
        t = np.frombuffer(observation, "<f8", 1)[0]
        p, wait = np.frombuffer(observation, "<i4", offset=8).reshape(2, -1).astype(float)
        p.flags.writeable = wait.flags.writeable = False
        values = np.asarray(priority(p, wait, t, np.float64(len(p)), p.sum()))
        complaint = ""
        if values.dtype.kind not in "fiub":
            complaint = "priority returned something that is not an array of numbers"
        elif values.shape not in ((), p.shape):
            complaint = f"priority returned an array of shape {values.shape} for {len(p)} waiting jobs at time {t:g}"
        elif np.isnan(values).any():
            complaint = f"priority returned NaN at time {t:g}"
        if complaint:
            return b"\x01" + complaint.encode()
        return b"\x00" + int(np.broadcast_to(values, p.shape).argmin()).to_bytes(2, "little")

    return handle
