"""The layered graph, one edge a level, and questions about precedences.

As published (arXiv 2508.15204): an edge leads to a later layer and is refused if a path already leads where it does,
so that level k has k edges none of which is implied. That test alone does not keep them so: a later edge may close a
path beside an earlier one (a -> c, then a -> b and b -> c). Edges that would do this are refused here too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from evaluators.rconstraintbench.dice import Dice

Edge = tuple[int, int]
_ATTEMPTS = 20


class LevelError(ValueError):
    """A level that cannot be reached; the message is one sentence."""


class Reach:
    """Which tasks lead to which, as bit sets; tasks are 1..n.

    Attributes:
        before: task -> set of all tasks that must end before it.
        after: task -> set of all tasks that must start after it.
        successors: task -> set of its direct successors.
    """

    def __init__(self, tasks: int, edges: Iterable[Edge] = ()) -> None:
        self.before = [0] * (tasks + 1)
        self.after = [0] * (tasks + 1)
        self.successors = [0] * (tasks + 1)
        for edge in edges:
            self.add(edge)

    def add(self, edge: Edge) -> None:
        """Add an edge and all that it implies."""
        first, second = edge
        self.successors[first] |= 1 << second
        heads, tails = self.before[first] | 1 << first, self.after[second] | 1 << second
        for task in members(heads):
            self.after[task] |= tails
        for task in members(tails):
            self.before[task] |= heads

    def ordered(self, one: int, other: int) -> bool:
        """True if a path leads from one of them to the other."""
        return bool((self.after[one] | self.before[one]) >> other & 1)

    def keeps_reduced(self, edge: Edge) -> bool:
        """True if ``edge`` is not implied and none of the edges would be implied if it were added."""
        first, second = edge
        if self.after[first] >> second & 1:
            return False
        tails = self.after[second] | 1 << second
        return not any(self.successors[task] & tails for task in members(self.before[first] | 1 << first))


def members(bits: int) -> list[int]:
    """Positions of the bits that are set, ascending."""
    found = []
    while bits:
        low = bits & -bits
        found.append(low.bit_length() - 1)
        bits ^= low
    return found


def draw_edges(dice: Dice, layers: Sequence[int], *, least: int, most: int) -> tuple[Edge, ...]:
    """The edges in the order in which levels add them: level k has the first k.

    An edge over d layers is drawn with weight 1/d (ours), so that chains grow long. A ramp that ends before ``most``
    with no edge left to add is drawn anew, ``_ATTEMPTS`` times, and then the longest is taken.

    Args:
        dice: the stream.
        layers: layer of task 1, 2, ….
        least: edges there must be.
        most: edges wanted.

    Raises:
        LevelError: if no attempt reached ``least``.
    """
    tasks = len(layers)
    pairs = [
        (i, j) for i in range(1, tasks + 1) for j in range(1, tasks + 1) if layers[i - 1] < layers[j - 1]
    ]  # fmt: skip
    weights = {(i, j): 1 / (layers[j - 1] - layers[i - 1]) for i, j in pairs}
    longest: list[Edge] = []
    for _ in range(_ATTEMPTS):
        reach, edges, free = Reach(tasks), list[Edge](), pairs
        while len(edges) < most:
            # What is refused once stays refused: paths only become more.
            free = [pair for pair in free if reach.keeps_reduced(pair)]
            if not free:
                break
            edge = dice.weighted(free, [weights[pair] for pair in free])
            reach.add(edge)
            edges.append(edge)
        longest = max(longest, edges, key=len)
        if len(longest) == most:
            break
    if len(longest) < least:
        raise LevelError(
            f"level {least} cannot be reached with {tasks} tasks in {max(layers)} layers: at most {len(longest)} "
            "precedences were found of which none is implied by others; take more tasks or lower levels"
        )
    return tuple(longest)
