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
    """What the candidate returned cannot be used: a sentence, and the position of the sequence."""

    def __init__(self, text: str, sequence: int = 0) -> None:
        super().__init__(text)
        self.sequence = sequence


def load(files: Mapping[str, bytes]) -> Callable[[bytes], bytes]:
    """The handler of questions, with the candidate's module executed once."""
    module = sys.modules["candidate"] = ModuleType("candidate")  # dataclasses look their own module up there
    space = vars(module)
    exec(compile(files["candidate.py"], "candidate.py", "exec", dont_inherit=True), space)  # noqa: S102
    np.seterr(all="ignore")
    return Packer(space["priority"]).answer


class Packer:
    """Answers questions. While a decision is taken no variable up the stack speaks of any other sequence.

    Args:
        priority: the candidate's function.
    """

    def __init__(self, priority: Callable[..., Any]) -> None:
        self.priority = priority
        self.sequences: list[Sequence] = []

    def answer(self, question: bytes) -> bytes:
        """The answer to one question."""
        kind = question[:1]
        try:
            if kind == b"T":
                return b"\x00" + table(self.priority, int.from_bytes(question[1:], "little")).tobytes()
            self.tell(question)
            del question
            return b"\x00" + b"".join(sequence.put() for sequence in self.sequences if kind == b"I")
        except WrongError as error:
            position = b"" if kind == b"T" else error.sequence.to_bytes(4, "little")
            return b"\x01" + position + str(error).encode()

    def tell(self, question: bytes) -> None:
        """Begin sequences, or hand each its next item; those for which there is none have ended."""
        numbers = np.frombuffer(question, "<u2", offset=1).tolist()
        if question[:1] == b"S":
            self.sequences = [Sequence(self.priority, k, capacity) for k, capacity in enumerate(numbers)]
            return
        del self.sequences[len(numbers) :]
        for sequence, item in zip(self.sequences, numbers, strict=True):
            sequence.item = np.float64(item)


def table(priority: Callable[..., Any], capacity: int) -> np.ndarray:
    """Values of a function shown to be elementwise for all pairs of a size and a remaining capacity."""
    item, left = np.triu_indices(capacity)
    item, left = item + 1.0, left + 1.0
    item.flags.writeable = left.flags.writeable = False
    return numbers(priority(item, left, np.float64(capacity)), item.shape).astype("<f8")


class Sequence:
    """The bins of one sequence.

    Args:
        priority: chooses among them.
        position: of the sequence.
        capacity: of every bin.
    """

    def __init__(self, priority: Callable[..., Any], position: int, capacity: int) -> None:
        self.priority, self.position = priority, position
        self.item, self.capacity = np.float64(0), np.float64(capacity)
        self.left = np.full(64, self.capacity)
        self.listed = EMPTY

    def put(self) -> bytes:
        """Place of the bin that the item told goes into."""
        fits = (self.left[: self.listed] >= self.item).nonzero()[0]
        bins = self.left[fits]
        bins.flags.writeable = False
        values = numbers(self.priority(self.item, bins, self.capacity), bins.shape, self.position)
        best = values.argmax()
        if np.isnan(values[best]):  # argmax stops at a NaN
            raise WrongError(
                f"priority returned NaN for an item of {self.item:.0f} and a bin with {bins[best]:.0f} of "
                f"{self.capacity:.0f} left",
                self.position,
            )
        place = int(fits[best])
        self.left[place] -= self.item
        if place + EMPTY >= self.listed:
            self.listed = place + EMPTY + 1
            if self.listed > len(self.left):
                self.left = np.concatenate([self.left, np.full(len(self.left), self.capacity)])
        return place.to_bytes(2, "little")


def numbers(values: Any, shape: tuple[int, ...], sequence: int = 0) -> np.ndarray:
    """What ``priority`` returned as an array of ``shape``; one number stands for all bins."""
    array = np.asarray(values)
    if array.dtype.kind not in "fiub":
        raise WrongError(f"priority returned {type(values).__name__} that is not an array of numbers", sequence)
    if array.shape not in ((), (1,), shape):
        raise WrongError(f"priority returned an array of shape {array.shape} for {shape[0]} bins", sequence)
    return array if array.shape == shape else np.broadcast_to(array, shape)
