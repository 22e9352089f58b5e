"""Trusted part: graphs, and whether a set of vertices is independent and maximal."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evaluators.kernels.graph_kernel import GraphKernel
from evaluators.kernels.inputs.graphs import GRAPHS
from evaluators.kernels.kernel import Drawn, Output
from evaluators.problem import WrongAnswerError


class Problem(GraphKernel):
    """Any independent set to which nothing can be added."""

    def draw(self, family: str, size: int, rng: np.random.Generator) -> Drawn:
        """A graph of ``size`` vertices."""
        graph = GRAPHS[family](size, rng)
        ends = (graph.sources().astype(np.uint32), graph.neighbours)
        return Drawn((size, graph.offsets, graph.neighbours, Output("<u1", size)), ends)

    def check(self, drawn: Drawn, outputs: Sequence[np.ndarray]) -> None:
        """Zeros and ones, independence, maximality."""
        chosen = outputs[0]
        one, other = drawn.known
        strange = np.flatnonzero(chosen > 1)
        if len(strange):
            raise WrongAnswerError(f"vertex {strange[0]} must be 0 or 1, not {chosen[strange[0]]}")
        beside = chosen[other] == 1
        both = np.flatnonzero(beside & (chosen[one] == 1))
        if len(both):
            raise WrongAnswerError(f"the neighbours {one[both[0]]} and {other[both[0]]} are both chosen")
        covered = chosen == 1
        covered[one[beside]] = True
        if not covered.all():
            v = int(np.flatnonzero(~covered)[0])
            raise WrongAnswerError(f"vertex {v} could be added: neither it nor any of its neighbours is chosen")
