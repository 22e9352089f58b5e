"""Trusted part: graphs, and distances from a vertex."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from evaluators.declaration import Split
from evaluators.kernels.graph_kernel import GraphKernel
from evaluators.kernels.inputs.graphs import GRAPHS, distances
from evaluators.kernels.kernel import Drawn, Output, require_equal


class Problem(GraphKernel):
    """Distances in numbers of edges."""

    timed_inputs: ClassVar[Mapping[Split, tuple[tuple[str, int], ...]]] = {
        **GraphKernel.timed_inputs,
        "validation": (("random", 120_000), ("grid", 160_000)),  # of many pieces a search sees one
    }

    def draw(self, family: str, size: int, rng: np.random.Generator) -> Drawn:
        """A graph of ``size`` vertices, and a vertex to begin at: an end of an edge, if there is one.

        A vertex drawn among all is alone in many an R-MAT graph, and there would be nothing to search.
        """
        graph = GRAPHS[family](size, rng)
        ends = graph.neighbours if len(graph.neighbours) else np.arange(size)
        source = int(rng.choice(ends))
        arguments = (size, graph.offsets, graph.neighbours, source, Output("<i4", size))
        return Drawn(arguments, distances(graph, source))

    def check(self, drawn: Drawn, outputs: Sequence[np.ndarray]) -> None:
        """Each distance."""
        require_equal(outputs[0], drawn.known, "the distance of vertex")
