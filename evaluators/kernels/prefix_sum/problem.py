"""Trusted part: makes the arrays, and says whether sums are right."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import numpy as np

from evaluators.problem import EntryPoint, Instance, Judged, Request, Split, Timed, WrongAnswerError
from evaluators.problem import Problem as ProblemBase

TIMED_NUMBERS = 1 << 21
"""Numbers scanned in one timed run, over all copies of an array."""
_WORD = struct.Struct("<Q")
_ANSWER, _READY, _GO = (_WORD.pack(word) for word in range(3))
_LENGTHS: dict[Split, tuple[int, ...]] = {
    "train": (1 << 12, 1 << 16, 1 << 20),
    "validation": (5_000, 100_003, 300_000, 1_500_000),
    "test": (4_099, 131_101, 400_009, 2_000_003),
}
_SEEDS: dict[Split, int] = {"train": 11, "validation": 12, "test": 13}
_SMALL = (0, 1, 2, 3, 7, 8, 9, 31, 1_000)
_RACED = (1, 100, 70_001, 300_000)
"""Lengths under ThreadSanitizer: long enough for a candidate to think that threads pay."""


class Problem(ProblemBase):
    """Inclusive scan."""

    def instances(self, split: Split, secret: str | None = None) -> Sequence[Instance]:
        """Arrays of fixed lengths and seeds; with a secret ``test`` has as many again from other seeds."""
        fixed = [_instance(f"{split}-{n}", "fixed", n, _SEEDS[split]) for n in _LENGTHS[split]]
        if secret is None or split != "test":
            return fixed
        seed = int(secret, 16)
        shifts = np.random.default_rng(seed).integers(0, 1_000, len(fixed)).tolist()
        drawn = [n + shift for n, shift in zip(_LENGTHS[split], shifts, strict=True)]
        return [*fixed, *(_instance(f"fresh-{n}", "fresh", n, seed) for n in drawn)]

    def smoke(self) -> Sequence[Instance]:
        """Short arrays, the empty one among them, with numbers whose sums wrap around."""
        return [_instance(f"small-{n}", "small", n, 1) for n in _SMALL]

    def inspected(self, stage: str) -> Sequence[Instance]:
        """Short arrays and some that are worth threads."""
        lengths = _RACED if stage == "races" else (*_SMALL, 70_001)
        return [_instance(f"{stage}-{n}", "small", n, 2) for n in lengths]

    def requests(self, instances: Sequence[Instance], entry: EntryPoint, elementwise: bool) -> list[Request]:
        """One frame an instance: the numbers, to be answered by the sums."""
        found = []
        for k, instance in enumerate(instances):
            numbers = _numbers(instance)
            found.append(Request(_ANSWER + _WORD.pack(len(numbers)) + numbers.tobytes(), (k,)))
        return found

    def decode(self, request: Request, response: bytes) -> list[Any]:
        """The sums, int64."""
        if len(response) % 8:
            raise WrongAnswerError("the answer is not a whole number of 64-bit integers")
        return [np.frombuffer(response, "<i8")]

    def score(self, instance: Instance, decisions: Any) -> Judged:
        """Right or wrong; what a right answer is worth is measured, not judged."""
        _compare(np.asarray(decisions), np.cumsum(_numbers(instance)), instance.name)
        return Judged(0.0, 0.0)

    def effort(self, instances: Sequence[Instance]) -> float:
        """Every run has the same limits, whatever the split."""
        return 1.0

    def timed(self, instance: Instance) -> Timed:
        """As many rotations of the array as make up :data:`TIMED_NUMBERS`, each scanned once."""
        numbers = _numbers(instance)
        n = len(numbers)
        copies = max(1, TIMED_NUMBERS // n)
        expected = np.concatenate([np.cumsum(np.roll(numbers, -(k * n // copies))) for k in range(copies)])

        def check(shared: bytes) -> None:
            _compare(np.frombuffer(shared, "<i8"), expected, instance.name)

        ready = _READY + _WORD.pack(n) + _WORD.pack(copies) + numbers.tobytes()
        return Timed((ready, _GO), expected.nbytes, check)

    def feedback(self, instances: Sequence[Instance], judged: Sequence[Judged]) -> str:
        """Where it is slowest beside the serial scan."""
        worst = sorted(zip(instances, judged, strict=True), key=lambda pair: -pair[1].score)
        return "; ".join(f"{i.data['n']} numbers: {j.score:.1f} %" for i, j in worst[:3])


def _instance(name: str, part: str, n: int, seed: int) -> Instance:
    return Instance(name, part, {"n": n, "seed": seed})


def _numbers(instance: Instance) -> np.ndarray:
    """The array, int64 (n,), over the whole range."""
    n, seed = instance.data["n"], instance.data["seed"]
    numbers: np.ndarray = np.random.default_rng((seed, n)).integers(-(1 << 63), (1 << 63) - 1, n, dtype=np.int64)
    return numbers


def _compare(found: np.ndarray, expected: np.ndarray, name: str) -> None:
    if found.shape != expected.shape:
        raise WrongAnswerError(f"{name}: {len(found)} sums where there must be {len(expected)}")
    if not np.array_equal(found, expected):
        k = int(np.flatnonzero(found != expected)[0])
        raise WrongAnswerError(
            f"{name}: the sum up to number {k} of {len(expected)} must be {expected[k]}, not {found[k]}"
        )
