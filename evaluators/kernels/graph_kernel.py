"""What kernels on graphs have in common: families and sizes of their inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from evaluators.declaration import Split
from evaluators.kernels.inputs.graphs import GRAPHS
from evaluators.kernels.kernel import Kernel


class GraphKernel(Kernel):
    """A kernel on an undirected graph; sizes count vertices, of which there is at least one."""

    families = tuple(GRAPHS)
    small = (1, 2, 3, 17, 1_000, 5_003)
    raced = (1, 30, 2_000)
    threaded = 60
    spanned = ("rmat", 20_000)
    timed_inputs: ClassVar[Mapping[Split, tuple[tuple[str, int], ...]]] = {
        "train": (("rmat", 150_000), ("grid", 250_000)),
        "validation": (("random", 120_000), ("pieces", 300_000)),
        "test": (("rmat", 131_072), ("random", 160_009), ("comb", 200_009), ("star", 250_007)),
    }
