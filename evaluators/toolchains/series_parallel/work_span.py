"""Work, span and the speed-up they allow.

A program with work T1 and span T∞ takes at least ``max(T1 / p, T∞)`` on ``p`` processors, and a greedy scheduler takes
at most ``T1 / p + T∞`` (Brent, JACM 1974; Graham 1969). With the burdened span, in which every fork on the longest
chain pays for a steal, the second bound holds for work stealing (He, Leiserson and Leiserson, "The Cilkview scalability
analyzer", SPAA 2010).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PROCESSORS = (1, 2, 4, 8, 16, 32, 64, 128)
"""For which a curve is drawn."""


@dataclass(frozen=True, slots=True)
class WorkSpan:
    """What one run came to, in steps.

    A step is a basic block entered, a memory access (a range: one for each eight bytes begun), a function entered or a
    branch begun. The numbers depend on the program, its input and the compiler, never on the machine or its load.

    Attributes:
        work: steps in all.
        span: steps on the longest chain of dependent ones; n branches are spread by a tree of ceil(log2 n) steps.
        burdened_span: the same where each level of such a tree also costs ``burden``.
        burden: steps a steal is taken to cost; 0: not known.
        blocks: parallel constructs that were run.
        branches: their branches in all.
        depth: how deep constructs were nested.
    """

    work: int
    span: int
    burdened_span: int
    burden: int = 0
    blocks: int = 0
    branches: int = 0
    depth: int = 0

    @classmethod
    def of_facts(cls, facts: Mapping[str, float]) -> WorkSpan | None:
        """What the facts of a stage's result tell; None if that stage measured none."""
        names = ("work", "span", "burdened_span")
        return cls(*(int(facts[name]) for name in names)) if all(name in facts for name in names) else None

    @property
    def parallelism(self) -> float:
        """Processors that can be kept busy on average; 1 for a serial program."""
        return self.work / self.span if self.span else 1.0

    def predicted(self, processors: int) -> tuple[float, float]:
        """Least and greatest speed-up over one processor.

        Raises:
            ValueError: if ``processors`` is below 1.
        """
        if processors < 1:
            raise ValueError(f"processors must be at least 1, not {processors}")
        if not self.work:
            return 1.0, 1.0
        low = self.work / (self.work / processors + self.burdened_span)
        return low, min(float(processors), self.parallelism)

    def curve(self) -> dict[int, tuple[float, float]]:
        """Least and greatest speed-up on each of :data:`PROCESSORS`."""
        return {processors: self.predicted(processors) for processors in PROCESSORS}
