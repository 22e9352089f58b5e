"""Runs in the candidate's process: answers questions with its ``priority`` and keeps its bins.

Questions and answers, numbers little-endian:

* ``T`` and a capacity (2 bytes): what is the value of every size with every remaining capacity it fits into? A zero
  byte and the values (float64), by size, then by remaining capacity.
* ``S`` and capacities (uint16): that many sequences begin, all bins empty. A zero byte.
* ``I`` and sizes (uint16), of the first so many sequences: into which bin goes the next item of each? A zero byte and
  the places of the bins (uint16), from 0 in the order in which bins are listed.

Or a one byte, to ``I`` the position of the sequence (4 bytes), and a sentence saying what the candidate did wrong.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

import numpy as np

EMPTY = 2
"""Empty bins behind the last one in use that are always listed."""


class WrongError(Exception):
    """What the candidate returned cannot be used: a sentence."""


def load(files: Mapping[str, bytes]) -> Callable[[bytes], bytes]:
    """The handler of questions, with the candidate's module executed once."""
    module = sys.modules["candidate"] = ModuleType("candidate")  # dataclasses look their own module up there
    space = vars(module)
    exec(compile(files["candidate.py"], "candidate.py", "exec", dont_inherit=True), space)  # noqa: S102
    priority = space["priority"]
    np.seterr(all="ignore")
    sequences: list[Sequence] = []

    def handle(question: bytes) -> bytes:
        if question[:1] == b"T":
            try:
                return b"\x00" + table(priority, int.from_bytes(question[1:], "little")).tobytes()
            except WrongError as error:
                return b"\x01" + str(error).encode()
        numbers = np.frombuffer(question, "<u2", offset=1).tolist()
        if question[:1] == b"S":
            sequences[:] = [Sequence(capacity) for capacity in numbers]
            return b"\x00"
        places = bytearray(b"\x00")
        for k, item in enumerate(numbers):
            try:
                places += sequences[k].put(priority, item).to_bytes(2, "little")
            except WrongError as error:
                return b"\x01" + k.to_bytes(4, "little") + str(error).encode()
        return bytes(places)

    return handle


def table(priority: Callable[..., Any], capacity: int) -> np.ndarray:
    """Values of a function shown to be elementwise for all pairs of a size and a remaining capacity."""
    item, left = np.triu_indices(capacity)
    item, left = item + 1.0, left + 1.0
    item.flags.writeable = left.flags.writeable = False
    return numbers(priority(item, left, np.float64(capacity)), item.shape).astype("<f8")


class Sequence:
    """The bins of one sequence.

    Args:
        capacity: of every bin.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = np.float64(capacity)
        self.left = np.full(64, self.capacity)
        self.listed = EMPTY

    def put(self, priority: Callable[..., Any], size: int) -> int:
        """Place of the bin that the next item goes into."""
        item = np.float64(size)
        fits = (self.left[: self.listed] >= item).nonzero()[0]
        bins = self.left[fits]
        bins.flags.writeable = False
        values = numbers(priority(item, bins, self.capacity), bins.shape)
        best = values.argmax()
        if np.isnan(values[best]):  # argmax stops at a NaN
            raise WrongError(
                f"priority returned NaN for an item of {size} and a bin with {bins[best]:.0f} of "
                f"{self.capacity:.0f} left"
            )
        place = int(fits[best])
        self.left[place] -= item
        if place + EMPTY >= self.listed:
            self.listed = place + EMPTY + 1
            if self.listed > len(self.left):
                self.left = np.concatenate([self.left, np.full(len(self.left), self.capacity)])
        return place


def numbers(values: Any, shape: tuple[int, ...]) -> np.ndarray:
    """What ``priority`` returned as an array of ``shape``; one number stands for all bins."""
    array = np.asarray(values)
    if array.dtype.kind not in "fiub":
        raise WrongError(f"priority returned {type(values).__name__} that is not an array of numbers")
    if array.shape not in ((), (1,), shape):
        raise WrongError(f"priority returned an array of shape {array.shape} for {shape[0]} bins")
    return array if array.shape == shape else np.broadcast_to(array, shape)
