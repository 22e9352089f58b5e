"""The population: a bounded set of the best members found, from which parents are drawn.

Steady state with crowding: once the population is full, a child enters if it is better than the member most like it of
some drawn at random, which then leaves (restricted tournament selection: Harik, 6th International Conference on Genetic
Algorithms, 1995). Who is alike is told by the scores on each instance. So a second idea lives on beside the first one
until it has been worked out; if the worst member left instead, the first good idea would soon be the only one. At most
``same_fitness`` members may have equal scores on every train instance.

Who is better is told by a winsorised mean: on one instance a member loses no more than a fence, beyond which a score
says more about the instance (an optimum of next to nothing, so that any gap is huge) than about the member. With the
plain mean a few such instances decide who survives. Validation, which picks the winner, is on the plain mean.
"""

from __future__ import annotations

import bisect
import hashlib
import random
import threading
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from evolve.proposers.base import Member
from evolve.selection.parents import Standing, selection_of
from evolve.selection.settings import PopulationSettings


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


@dataclass(frozen=True, slots=True)
class Room:
    """Whether there is room for a child: who leaves for it (a position), if anybody; or why it may not enter."""

    leaves: int | None = None
    refused: str = ""


@dataclass(frozen=True, slots=True)
class _Resident:
    """A member, its winsorised mean and its fitness key."""

    member: Member
    cost: float
    key: str


class Population:
    """Members sorted from best to worst. Thread-safe.

    Args:
        settings: how many, and how parents are drawn.
        sign: +1 if smaller scores are better, else -1.
        fence: the most that counts of ``sign * score`` on one instance.
    """

    def __init__(self, settings: PopulationSettings, sign: float, fence: float = float("inf")) -> None:
        self.settings, self.sign, self.fence = settings, sign, fence
        self._selection = selection_of(settings)
        self._members: list[Member] = []
        self._residents: dict[str, _Resident] = {}
        self._order: list[tuple[float, int]] = []  # (cost, ordinal): ties go to the older
        self._counts: dict[str, int] = {}
        # Scores by row, smaller is better; which row a member has does not depend on its place.
        self._table = np.zeros((0, 0), np.float32)
        self._rows = np.zeros(0, np.int64)  # row of the member at each position
        self._free: list[int] = []
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._members)

    @property
    def best(self) -> Member | None:
        """The best member on ``train``, by winsorised mean."""
        with self._lock:
            return self._members[0] if self._members else None

    def members(self) -> list[Member]:
        """All members, best first."""
        with self._lock:
            return list(self._members)

    def find(self, ids: Iterable[str]) -> list[Member]:
        """Those of the named candidates that are members."""
        with self._lock:
            return [self._residents[name].member for name in dict.fromkeys(ids) if name in self._residents]

    def __contains__(self, candidate_id: str) -> bool:
        return candidate_id in self._residents

    def admit(self, member: Member) -> Admission:
        """Let ``member`` in if it is good and different enough."""
        key = fitness_key(member.instance_scores)
        with self._lock:
            if member.candidate_id in self._residents:
                return Admission(False, reason="already a member")
            if self._counts.get(key, 0) >= self.settings.same_fitness:
                return Admission(False, reason="same scores as other members")
            room = self._room(member)
            if room.refused:
                return Admission(False, reason=room.refused)
            displaced = None if room.leaves is None else self._remove(room.leaves)
            place = self._rank_of(member)
            at = bisect.bisect(self._order, place)
            self._order.insert(at, place)
            self._members.insert(at, member)
            self._place(at, member)
            self._residents[member.candidate_id] = _Resident(member, place[0], key)
            self._counts[key] = self._counts.get(key, 0) + 1
            return Admission(True, at + 1, displaced)

    def _room(self, member: Member) -> Room:
        """Who leaves for the member, or why it may not enter; here: crowding."""
        if len(self._members) < self.settings.size:
            return Room()
        rival = self._rival(member)
        if self._rank_of(member) > self._order[rival]:
            return Room(refused="worse than a member like it")
        return Room(rival)

    def _rank_of(self, member: Member) -> tuple[float, int]:
        return self.cost(member), member.ordinal

    def _rival(self, member: Member) -> int:
        """Position of the member most like the one that wants to enter, of some drawn by its id."""
        size = len(self._members)
        drawn = random.Random(member.candidate_id).sample(range(size), min(self.settings.crowd, size))
        return drawn[int(self._distances(member, drawn).argmin())]

    def _distances(self, member: Member, positions: list[int]) -> np.ndarray:
        """How unlike the member those at the positions are: differences of scores, summed over instances."""
        theirs = np.minimum(self._table[self._rows[positions]], self.fence)
        own = np.minimum(self.sign * member.instance_scores, self.fence).astype(np.float32)
        distances: np.ndarray = np.abs(theirs - own).sum(axis=1)
        return distances

    def cost(self, member: Member) -> float:
        """Winsorised mean of the member's signed scores, by which members are ordered; the less the better."""
        resident = self._residents.get(member.candidate_id)
        if resident is not None:
            return resident.cost
        if self.fence == float("inf"):
            return self.sign * member.score
        return float(np.minimum(self.sign * member.instance_scores, self.fence).mean())

    def remove(self, candidate_id: str) -> None:
        """Take out a member found wanting after it had entered."""
        with self._lock:
            for at, member in enumerate(self._members):
                if member.candidate_id == candidate_id:
                    self._remove(at)
                    return

    def _place(self, at: int, member: Member) -> None:
        """Give the member now at position ``at`` a row of the score table."""
        scores = self.sign * member.instance_scores
        if self._table.shape[1] != len(scores):
            self._table = np.zeros((self.settings.size + 1, len(scores)), np.float32)
        row = self._free.pop() if self._free else len(self._rows)
        self._table[row] = scores
        self._rows = np.insert(self._rows, at, row)

    def _remove(self, at: int) -> str:
        self._free.append(int(self._rows[at]))
        self._rows = np.delete(self._rows, at)
        del self._order[at]
        gone = self._members.pop(at).candidate_id
        key = self._residents.pop(gone).key
        self._counts[key] -= 1
        if not self._counts[key]:
            del self._counts[key]
        return gone

    def draw(self, rng: random.Random, count: int) -> tuple[Member, ...]:
        """``count`` parents (with repeats), each by its own run of the configured selection."""
        with self._lock:
            if not self._members:
                return ()
            standing = Standing(len(self._members), self._table, self._rows, lambda: [o for _, o in self._order])
            return tuple(self._members[position] for position in self._selection.choose(standing, rng, count))

    def unlike(self, rng: random.Random, parent: Member, count: int) -> tuple[Member, ...]:
        """Up to ``count`` others that solve other instances well than ``parent`` does, each from a draw of its own."""
        with self._lock:
            others = [k for k, member in enumerate(self._members) if member.candidate_id != parent.candidate_id]
            chosen: dict[str, Member] = {}
            for _ in range(count):
                if not others:
                    break
                drawn = rng.sample(others, min(len(others), self.settings.tournament))
                found = self._members[self._most_unlike(parent, drawn)]
                chosen.setdefault(found.candidate_id, found)
            return tuple(chosen.values())

    def _most_unlike(self, parent: Member, positions: list[int]) -> int:
        return positions[int(self._distances(parent, positions).argmax())]

    def bar(self) -> np.ndarray | None:
        """Per-instance scores of the member a child must come near to, once the population is full."""
        with self._lock:
            if len(self._members) < self.settings.size:
                return None
            return self._members[
                min(len(self._members) - 1, int(self.settings.race_rank * len(self._members)))
            ].instance_scores
