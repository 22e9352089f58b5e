"""What kernels have in common: one function of arrays and numbers, families of inputs, checked outputs.

A kernel's problem says how the arguments of an instance are drawn and what is right; how arguments travel to the driver
and back, which sizes each stage sees, and that the outputs of *timed* runs are checked is settled here.
"""

from __future__ import annotations

import struct
import threading
from abc import abstractmethod
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from evaluators.declaration import EntryPoint, Split
from evaluators.problem import Instance, Judged, Request, Timed, WrongAnswerError
from evaluators.problem import Problem as ProblemBase

_WORD, _REAL = struct.Struct("<q"), struct.Struct("<d")
_ANSWER, _READY, _GO, _END, _WARM = (_WORD.pack(word) for word in range(5))
_BOUNDARY = 64
"""Each array in the shared region begins on a multiple of this, as the driver lays them out."""
_KEPT = 12
"""Drawn instances kept: those of a split that is timed again and again."""
_SEEDS: Mapping[Split, int] = {"train": 1, "validation": 2, "test": 3}
_INSPECTED_SEED = 4
_WARMING = 1 << 32
"""Added to a seed: an input like the one that is timed, from which nothing about it can be learnt."""


@dataclass(frozen=True, slots=True)
class Output:
    """An array the kernel writes.

    Attributes:
        dtype: of its elements.
        count: how many there is room for; the kernel is given zeros.
    """

    dtype: str
    count: int

    @property
    def size(self) -> int:
        """In bytes."""
        return np.dtype(self.dtype).itemsize * self.count


Argument = np.ndarray | int | float | Output


@dataclass(frozen=True, slots=True)
class Drawn:
    """An instance with its arguments.

    Attributes:
        arguments: in the order of the signature.
        known: what the checker needs to know besides, worked out once.
    """

    arguments: tuple[Argument, ...]
    known: Any


class Kernel(ProblemBase):
    """A kernel.

    A subclass names its families and sizes, draws instances and checks outputs.
    """

    families: ClassVar[tuple[str, ...]]
    """Kinds of inputs; all of them are tried small, before anything is timed."""
    small: ClassVar[tuple[int, ...]]
    """Sizes at which answers are checked and memory errors looked for: nothing, one, and what lies about a block."""
    raced: ClassVar[tuple[int, ...]]
    """Sizes at which races are looked for serially."""
    threaded: ClassVar[int]
    """Size at which they are looked for on threads: small, as each branch there costs the making of a thread."""
    spanned: ClassVar[tuple[str, int]]
    """Family and size of the input on which work and span are measured."""
    timed_inputs: ClassVar[Mapping[Split, tuple[tuple[str, int], ...]]]
    """Split -> family and size of each instance that is timed."""

    def __init__(self, spec: Any) -> None:
        super().__init__(spec)
        self._drawn: OrderedDict[tuple[str, int, int], Drawn] = OrderedDict()
        self._lock = threading.Lock()

    @abstractmethod
    def draw(self, family: str, size: int, rng: np.random.Generator) -> Drawn:
        """The arguments of an instance, and what its checker needs to know.

        Args:
            family: one of :attr:`families`.
            size: of the input; what it counts is the kernel's own.
            rng: draws them.
        """

    @abstractmethod
    def check(self, drawn: Drawn, outputs: Sequence[np.ndarray]) -> None:
        """Say what is wrong with what the kernel wrote.

        Args:
            drawn: the instance.
            outputs: arrays written, in the order of the signature.

        Raises:
            WrongAnswerError: naming the first place where they are wrong.
        """

    # ---- instances --------------------------------------------------------------------------------------------------

    def instances(self, split: Split, secret: str | None = None) -> Sequence[Instance]:
        """Families and sizes of a split from fixed seeds; with a secret ``test`` has as many again from other seeds."""
        inputs = self.timed_inputs[split]
        fixed = [_instance(f"{split}-{family}-{n}", family, n, _SEEDS[split]) for family, n in inputs]
        if secret is None or split != "test":
            return fixed
        seed = int(secret, 16)
        return [*fixed, *(_instance(f"fresh-{family}-{n}", family, n, seed) for family, n in inputs)]

    def smoke(self) -> Sequence[Instance]:
        """All families, small."""
        return self._of_sizes("small", self.small)

    def inspected(self, stage: str) -> Sequence[Instance]:
        """All families at the sizes of the stage; for ``span`` one input, large enough to be worth many cores.

        ``races`` is what ThreadSanitizer gets, ``series-parallel`` what the serial detector does.
        """
        if stage == "span":
            family, size = self.spanned
            return [_instance(f"span-{family}-{size}", family, size, _INSPECTED_SEED)]
        sizes = {"races": (self.threaded,), "series-parallel": self.raced}
        return self._of_sizes(stage, sizes.get(stage, self.small))

    def drawn(self, instance: Instance) -> Drawn:
        """The instance with its arguments; those last asked for are kept."""
        key = (instance.data["family"], instance.data["size"], instance.data["seed"])
        with self._lock:
            found = self._drawn.get(key)
            if found is not None:
                self._drawn.move_to_end(key)
                return found
        family, size, seed = key
        rng = np.random.default_rng([seed, size, *family.encode()])
        found = self.draw(family, size, rng)
        with self._lock:
            self._drawn[key] = found
            while len(self._drawn) > _KEPT:
                self._drawn.popitem(last=False)
        return found

    def effort(self, instances: Sequence[Instance]) -> float:
        """Every run has the same limits, whatever the split."""
        return 1.0

    # ---- asking and judging -----------------------------------------------------------------------------------------

    def requests(self, instances: Sequence[Instance], entry: EntryPoint, elementwise: bool) -> list[Request]:
        """One frame an instance: its arguments, to be answered by what the kernel wrote."""
        return [Request(_ANSWER + _packed(self.drawn(i).arguments), (k,)) for k, i in enumerate(instances)]

    def decode(self, request: Request, response: bytes) -> list[Any]:
        """The bytes of all arrays written."""
        return [response]

    def score(self, instance: Instance, decisions: Any) -> Judged:
        """Right or wrong; what a right answer is worth is measured, not judged."""
        drawn = self.drawn(instance)
        outputs = _unpacked(drawn.arguments, decisions, boundary=1)
        self._check(instance, drawn, outputs)
        return Judged(0.0, 0.0)

    def farewell(self) -> bytes | None:
        """The driver's word for it."""
        return _END

    def timed(self, instance: Instance) -> Timed:
        """One call of the kernel, whose outputs are checked, after one on another input of the same family and size.

        So neither pages that are touched for the first time nor threads that are started are on the clock.
        """
        drawn = self.drawn(instance)
        other = self.drawn(replace(instance, data={**instance.data, "seed": instance.data["seed"] + _WARMING}))

        def check(shared: bytes) -> None:
            self._check(instance, drawn, _unpacked(drawn.arguments, shared, boundary=_BOUNDARY))

        room = sum(_ceiling(a.size, _BOUNDARY) for a in drawn.arguments if isinstance(a, Output))
        ready = (_WARM + _packed(other.arguments), _READY + _packed(drawn.arguments))
        return Timed((*ready, _GO), room, check)

    def feedback(self, instances: Sequence[Instance], judged: Sequence[Judged]) -> str:
        """Where it is slowest beside the baseline."""
        worst = sorted(zip(instances, judged, strict=True), key=lambda pair: -pair[1].score)
        return "; ".join(f"{i.part} of size {i.data['size']}: {j.score:.1f} %" for i, j in worst)

    def _check(self, instance: Instance, drawn: Drawn, outputs: Sequence[np.ndarray]) -> None:
        try:
            self.check(drawn, outputs)
        except WrongAnswerError as error:
            data = instance.data
            raise WrongAnswerError(f"{data['family']} input of size {data['size']}: {error}") from None

    def _of_sizes(self, stage: str, sizes: Sequence[int]) -> list[Instance]:
        return [
            _instance(f"{stage}-{family}-{n}", family, n, _INSPECTED_SEED) for n in sizes for family in self.families
        ]


def require_equal(found: np.ndarray, expected: np.ndarray, what: str) -> None:
    """Compare arrays element by element.

    Raises:
        WrongAnswerError: naming the first that differs: ``what`` 17 must be 4, not 5.
    """
    differ = np.flatnonzero(found != expected)
    if len(differ):
        k = int(differ[0])
        raise WrongAnswerError(f"{what} {k} of {len(expected)} must be {expected[k]}, not {found[k]}")


def _instance(name: str, family: str, size: int, seed: int) -> Instance:
    return Instance(name, family, {"family": family, "size": size, "seed": seed})


def _packed(arguments: Sequence[Argument]) -> bytes:
    """As the driver reads them."""
    parts: list[bytes] = []
    for argument in arguments:
        if isinstance(argument, Output):
            parts.append(_WORD.pack(argument.size))
        elif isinstance(argument, np.ndarray):
            parts += [_WORD.pack(argument.nbytes), argument.tobytes()]
        elif isinstance(argument, float):
            parts.append(_REAL.pack(argument))
        else:
            parts.append(_WORD.pack(argument))
    return b"".join(parts)


def _unpacked(arguments: Sequence[Argument], data: bytes, boundary: int) -> list[np.ndarray]:
    """The arrays written, from bytes in which each begins on a multiple of ``boundary``.

    Raises:
        WrongAnswerError: if the bytes are too few or too many.
    """
    outputs = [argument for argument in arguments if isinstance(argument, Output)]
    expected = sum(_ceiling(output.size, boundary) for output in outputs)
    if len(data) != expected:
        raise WrongAnswerError(f"the answer is of {len(data)} bytes where there must be {expected}")
    found, at = [], 0
    for output in outputs:
        found.append(np.frombuffer(data, output.dtype, output.count, at))
        at += _ceiling(output.size, boundary)
    return found


def _ceiling(size: int, boundary: int) -> int:
    return -(-size // boundary) * boundary
