"""The population: a bounded set of the best members found, from which parents are drawn.

Steady state (Whitley 1989): a child enters if it is better than the worst member, which then leaves. At most
``same_fitness`` members may have equal scores on every train instance, so that one behaviour cannot take over.
"""

from __future__ import annotations

import bisect
import hashlib
import random
import threading
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from evolve.campaign.config import PopulationSettings
from evolve.proposers.base import Member


def fitness_key(instance_scores: np.ndarray) -> str:
    """Digest of per-instance scores: members with the same key behave alike on ``train``."""
    return hashlib.blake2b(np.ascontiguousarray(instance_scores, "<f8").tobytes(), digest_size=12).hexdigest()


@dataclass(frozen=True, slots=True)
class Admission:
    """What happened to a child at the door of the population.

    Attributes:
        entered: whether it is a member now.
        rank: 1 = best of the population; 0 if it did not enter.
        displaced: candidate id of the member that had to leave, if any.
        reason: why it did not enter.
    """

    entered: bool
    rank: int = 0
    displaced: str | None = None
    reason: str = ""


class Population:
    """Members sorted from best to worst. Thread-safe."""

    def __init__(self, settings: PopulationSettings, sign: float) -> None:
        self.settings, self.sign = settings, sign
        self._members: list[Member] = []
        self._order: list[tuple[float, int]] = []  # (signed score, ordinal): ties go to the older
        self._keys: dict[str, str] = {}  # candidate id -> fitness key
        self._counts: dict[str, int] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._members)

    @property
    def best(self) -> Member | None:
        """The best member on ``train``."""
        with self._lock:
            return self._members[0] if self._members else None

    def members(self) -> list[Member]:
        """All members, best first."""
        with self._lock:
            return list(self._members)

    def find(self, ids: Iterable[str]) -> list[Member]:
        """Those of the named candidates that are members."""
        wanted = set(ids)
        with self._lock:
            return [member for member in self._members if member.candidate_id in wanted]

    def admit(self, member: Member) -> Admission:
        """Let ``member`` in if it is good and different enough."""
        key = fitness_key(member.instance_scores)
        place = (self.sign * member.score, member.ordinal)
        with self._lock:
            if member.candidate_id in self._keys:
                return Admission(False, reason="already a member")
            if self._counts.get(key, 0) >= self.settings.same_fitness:
                return Admission(False, reason="same scores as other members")
            full = len(self._members) >= self.settings.size
            if full and place > self._order[-1]:
                return Admission(False, reason="worse than every member")
            displaced = self._remove(len(self._members) - 1) if full else None
            at = bisect.bisect(self._order, place)
            self._order.insert(at, place)
            self._members.insert(at, member)
            self._keys[member.candidate_id] = key
            self._counts[key] = self._counts.get(key, 0) + 1
            return Admission(True, at + 1, displaced)

    def remove(self, candidate_id: str) -> None:
        """Take out a member found wanting after it had entered."""
        with self._lock:
            for at, member in enumerate(self._members):
                if member.candidate_id == candidate_id:
                    self._remove(at)
                    return

    def _remove(self, at: int) -> str:
        del self._order[at]
        gone = self._members.pop(at).candidate_id
        key = self._keys.pop(gone)
        self._counts[key] -= 1
        if not self._counts[key]:
            del self._counts[key]
        return gone

    def draw(self, rng: random.Random, count: int) -> tuple[Member, ...]:
        """``count`` winners of independent tournaments (with repeats)."""
        with self._lock:
            size = len(self._members)
            if not size:
                return ()
            # Members are sorted, so the winner of a tournament is the smallest of its positions.
            chosen = [min(rng.randrange(size) for _ in range(self.settings.tournament)) for _ in range(count)]
            return tuple(self._members[i] for i in chosen)

    def bar(self) -> np.ndarray | None:
        """Per-instance scores of the member a child must come near to, once the population is full."""
        with self._lock:
            if len(self._members) < self.settings.size:
                return None
            return self._members[
                min(len(self._members) - 1, int(self.settings.race_rank * len(self._members)))
            ].instance_scores
