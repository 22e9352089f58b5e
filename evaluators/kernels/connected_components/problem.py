"""Trusted part: graphs, and which vertices hang together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evaluators.kernels.graph_kernel import GraphKernel
from evaluators.kernels.inputs.graphs import GRAPHS, components
from evaluators.kernels.kernel import Drawn, Output
from evaluators.problem import WrongAnswerError


class Problem(GraphKernel):
    """Components, by labels of the kernel's own choice."""

    def draw(self, family: str, size: int, rng: np.random.Generator) -> Drawn:
        """A graph of ``size`` vertices."""
        graph = GRAPHS[family](size, rng)
        return Drawn((size, graph.offsets, graph.neighbours, Output("<u4", size)), components(graph))

    def check(self, drawn: Drawn, outputs: Sequence[np.ndarray]) -> None:
        """Equal in a component, different between components."""
        labels, least = outputs[0], drawn.known
        apart = np.flatnonzero(labels != labels[least])
        if len(apart):
            v = int(apart[0])
            raise WrongAnswerError(
                f"vertices {least[v]} and {v} hang together and have the labels {labels[least[v]]} and {labels[v]}"
            )
        roots = np.flatnonzero(least == np.arange(len(least)))
        order = roots[np.argsort(labels[roots], kind="stable")]
        same = np.flatnonzero(labels[order[1:]] == labels[order[:-1]])
        if len(same):
            one, other = order[same[0]], order[same[0] + 1]
            raise WrongAnswerError(f"vertices {one} and {other} do not hang together and both have label {labels[one]}")
