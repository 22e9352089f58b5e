"""Turning away what is nearly the same program as a member, before it is run.

The normal form catches what differs in names and layout only, and equal scores on every instance are noticed once a
program has run; between them are programs with a word changed here and there, as models like to send. They are told by
the token sequences they share with members of the population (see :mod:`evolve.archive.shingles`).
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass

from evolve.archive.shingles import shingles, similarity
from evolve.proposers.base import Member


@dataclass(frozen=True, slots=True)
class Resemblance:
    """The member most like a program, and the share of token sequences in common."""

    candidate_id: str
    share: float

    def __str__(self) -> str:
        return f"shares {self.share:.0%} of its token sequences with member {self.candidate_id[:12]}"


class Novelty:
    """Compares programs with members. Thread-safe.

    Args:
        threshold: share of token sequences in common from which a program is no longer new.
    """

    def __init__(self, threshold: float) -> None:
        self.threshold = threshold
        self._known: dict[str, frozenset[int]] = {}
        self._lock = threading.Lock()

    def resembles(self, source: str, members: Iterable[Member]) -> Resemblance | None:
        """The member that ``source`` is nearly the same as, or None."""
        mine = shingles(source)
        with self._lock:
            known = {m.candidate_id: self._known.get(m.candidate_id) or shingles(m.source) for m in members}
            self._known = known
        found = max(
            (Resemblance(name, similarity(mine, theirs)) for name, theirs in known.items()),
            key=lambda resemblance: resemblance.share,
            default=None,
        )
        return found if found is not None and found.share >= self.threshold else None
