"""Trusted part: sparse matrices, and their products with a vector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from evaluators.kernels.inputs.matrices import MATRICES
from evaluators.kernels.kernel import Drawn, Kernel, Output
from evaluators.problem import Split, WrongAnswerError

_ERROR = 1e-12


class Problem(Kernel):
    """Sparse matrix-vector product in compressed rows."""

    families = tuple(MATRICES)
    small = (0, 1, 2, 3, 17, 1_000, 5_003)
    raced = (1, 30, 2_000)
    threaded = 60
    spanned = ("uniform", 20_000)
    timed_inputs: ClassVar[Mapping[Split, tuple[tuple[str, int], ...]]] = {
        "train": (("uniform", 100_000), ("skewed", 100_000)),
        "validation": (("banded", 130_000), ("hollow", 100_000)),
        "test": (("uniform", 80_021), ("skewed", 130_003), ("banded", 90_001), ("hollow", 131_071)),
    }

    def draw(self, family: str, size: int, rng: np.random.Generator) -> Drawn:
        """A matrix of ``size`` rows and a vector."""
        matrix = MATRICES[family](size, rng)
        x = rng.uniform(-1.0, 1.0, size)
        arguments = (size, matrix.offsets, matrix.columns, matrix.values, x, Output("<f8", size))
        return Drawn(arguments, (matrix.times(x), matrix.magnitude(x)))

    def check(self, drawn: Drawn, outputs: Sequence[np.ndarray]) -> None:
        """Each entry, up to rounding."""
        expected, magnitude = drawn.known
        wrong = np.flatnonzero(~(np.abs(outputs[0] - expected) <= _ERROR * magnitude))
        if len(wrong):
            i = int(wrong[0])
            raise WrongAnswerError(f"entry {i} of {len(expected)} must be {expected[i]!r}, not {outputs[0][i]!r}")
