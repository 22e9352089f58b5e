"""Exact solution of 1||sum T_j by decomposition with memory.

A set of jobs starting at time t is the whole state. In due-date order, a longest job k goes to some position h at or
after its own, the jobs up to h before it and the rest after it (Lawler, Annals of Discrete Mathematics 1, 1977).
Positions are ruled out by Potts & Van Wassenhove (Operations Research Letters 1(5), 1982), as stated by Szwarc, Grosso
& Della Croce (Journal of Scheduling 4(2), 2001). A due date below t + p can be raised to it without changing which
orders are optimal, which both reorders the jobs and rules out more positions. Sets are remembered by bit mask; memory
is what makes this fast (Szwarc, Della Croce & Grosso, Journal of Scheduling 2(2), 1999).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class NodeLimitError(RuntimeError):
    """The search visited as many sets as it was allowed to without finishing."""


@dataclass(frozen=True, slots=True)
class Solution:
    """An optimal order and its total tardiness.

    Attributes:
        order: job indices, first to last.
        value: total tardiness, proven least.
        nodes: sets of jobs the search looked at.
    """

    order: tuple[int, ...]
    value: int
    nodes: int


def solve(p: Sequence[int], d: Sequence[int], node_limit: int = 2_000_000) -> Solution:
    """The least total tardiness of jobs with processing times ``p`` >= 1 and due dates ``d``, up to 500 jobs.

    Raises:
        NodeLimitError: after ``node_limit`` sets of jobs.
    """
    search = _Search(p, d, node_limit)
    jobs = list(range(len(p)))
    mask = (1 << len(jobs)) - 1
    value = search.value(jobs, mask, 0)
    order: list[int] = []
    search.collect(jobs, mask, 0, order)
    return Solution(tuple(search.original[j] for j in order), value, len(search.values))


class _Search:
    """Jobs are renumbered by (p, d), so the longest job of a set is the highest bit of its mask."""

    def __init__(self, p: Sequence[int], d: Sequence[int], node_limit: int) -> None:
        self.original = sorted(range(len(p)), key=lambda j: (p[j], d[j], j))
        self.p = [int(p[j]) for j in self.original]
        self.d = [int(d[j]) for j in self.original]
        self.node_limit = node_limit
        self.values: dict[tuple[int, int], int] = {}
        self.cuts: dict[tuple[int, int], int] = {}

    def ordered(self, jobs: list[int], t: int) -> list[tuple[int, int]]:
        """``jobs`` as pairs (raised due date, job), by due date."""
        p, d = self.p, self.d
        pairs = [(due if (due := d[j]) > (least := t + p[j]) else least, j) for j in jobs]
        pairs.sort()
        return pairs

    def value(self, jobs: list[int], mask: int, t: int) -> int:
        """Least total tardiness of ``jobs`` (``mask`` as bits) from time ``t`` on.

        ``cuts`` keeps how it is reached: the position of the longest job, -1 for due-date order, or -1 - m where the
        first m jobs are to be solved and the rest follow in due-date order.
        """
        size = len(jobs)
        if size == 1:
            return max(0, t + self.p[jobs[0]] - self.d[jobs[0]])
        key = (t, mask)
        known = self.values.get(key)
        if known is not None:
            return known
        if len(self.values) >= self.node_limit:
            raise NodeLimitError(f"not solved after {self.node_limit} sets of jobs")
        p, d = self.p, self.d
        pairs = self.ordered(jobs, t)
        completion, clock, late = [], t, 0
        for due, j in pairs:
            clock += p[j]
            completion.append(clock)
            if clock > due:
                late += 1
        end = size
        if late <= 1:  # Due-date order has the least maximum tardiness; one late job makes that the sum.
            end = 0
        else:
            while pairs[end - 1][0] >= completion[end - 1]:  # On time even when last: it may as well be last.
                end -= 1
        if end < size:
            best = sum(c - d[j] for c, (_, j) in zip(completion[end:], pairs[end:], strict=True) if c > d[j])
            if end:
                head = [j for _, j in pairs[:end]]
                best += self.value(head, sum(1 << j for j in head), t)
            self.values[key], self.cuts[key] = best, -1 - end
            return best
        best, cut = self._split(pairs, completion, mask, t)
        self.values[key], self.cuts[key] = best, cut
        return best

    def _split(self, pairs: list[tuple[int, int]], completion: list[int], mask: int, t: int) -> tuple[int, int]:
        """Try every position of the longest job that is not ruled out: ``(least total tardiness, position)``."""
        p, size = self.p, len(pairs)
        longest = mask.bit_length() - 1
        others = mask ^ (1 << longest)
        jobs = [j for _, j in pairs]
        position = jobs.index(longest)
        before = jobs[:position]
        before_mask = sum(1 << j for j in before)
        wall = completion[0] - 1
        best, cut = -1, -1
        for h in range(position, size):
            if h > position:
                j = jobs[h]
                before.append(j)
                before_mask |= 1 << j
                wall = max(wall, pairs[h][0] + p[j])
            end = completion[h]
            if (h + 1 < size and end >= pairs[h + 1][0]) or end < wall:
                continue
            value = max(0, end - self.d[longest])
            if before and (best < 0 or value < best):
                value += self.value(before.copy(), before_mask, t)
            if 0 <= best <= value:
                break  # Both terms only grow with h.
            if h + 1 < size:
                value += self.value(jobs[h + 1 :], others ^ before_mask, end)
            if best < 0 or value < best:
                best, cut = value, h
        return best, cut

    def collect(self, jobs: list[int], mask: int, t: int, order: list[int]) -> None:
        """Append an optimal order of ``jobs``, whose value is known, to ``order``."""
        if len(jobs) < 2:
            order.extend(jobs)
            return
        cut = self.cuts[t, mask]
        sequence = [j for _, j in self.ordered(jobs, t)]
        if cut < 0:
            head = sequence[: -1 - cut]
            self.collect(head, sum(1 << j for j in head), t, order)
            order.extend(sequence[-1 - cut :])
            return
        longest = mask.bit_length() - 1
        before = [j for j in sequence[: cut + 1] if j != longest]
        self.collect(before, sum(1 << j for j in before), t, order)
        order.append(longest)
        after = sequence[cut + 1 :]
        end = t + sum(self.p[j] for j in sequence[: cut + 1])
        self.collect(after, sum(1 << j for j in after), end, order)
