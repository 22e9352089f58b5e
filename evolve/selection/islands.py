"""Islands: populations that search apart, send each other members now and then, and may become one later on.

A population soon agrees on one idea, and whether that idea leads far is luck. Islands (Tanese, 3rd International
Conference on Genetic Algorithms, 1989) each come to an idea of their own, in a fraction of the members and so the
sooner; once they are put together selection weighs the ideas against each other and crossover combines them. Along a
ring copies of the best go from each island to the next; one that has found nothing better for long begins anew from
the best of the others, as in FunSearch (Romera-Paredes et al., Nature 625, 2024).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from evolve.proposers.base import Member
from evolve.selection.population import Admission, Population
from evolve.selection.settings import PopulationSettings

Found = Callable[[PopulationSettings], Population]
"""Makes an empty population."""


@dataclass(frozen=True, slots=True)
class Move:
    """What happened between islands at a proposal: who lives where since, and which island began anew, if one did.

    Attributes:
        kind: ``migrated`` or ``reset``.
        ordinal: of the proposal before which it happened.
        island: the one that began anew; None of a migration.
        homes: candidate id -> bits of the islands it lives on now, of all it changed for (0: it is no member any more).
    """

    kind: str
    ordinal: int
    island: int | None = None
    homes: Mapping[str, int] = field(default_factory=dict)


class Islands:
    """As many populations as ``settings`` ask for, until they are put together. Thread-safe.

    Which island a proposal belongs to follows from its ordinal, and who lives where is on record, so that a resumed
    campaign has the same islands.

    Args:
        settings: of all populations together; each island has its share of ``size``.
        sign: +1 if smaller scores are better, else -1.
        fence: the most that counts of ``sign * score`` on one instance.
        epoch: ordinal after which they were founded.
        found: makes the populations; plain ones by default.
    """

    def __init__(
        self,
        settings: PopulationSettings,
        sign: float,
        fence: float = float("inf"),
        epoch: int = 0,
        found: Found | None = None,
    ) -> None:
        self.settings, self.sign, self.fence = settings, sign, fence
        self._new: Found = found or (lambda share: Population(share, sign, fence))
        self._lock = threading.RLock()
        self.found(epoch)

    def found(self, epoch: int) -> None:
        """Everybody leaves; proposals after ``epoch`` found new islands."""
        count = max(1, min(self.settings.islands, self.settings.size))
        share = replace(self.settings, size=self.settings.size // count)
        with self._lock:
            self.epoch = epoch
            self._migrated, self._began = epoch, [epoch] * count
            self._islands = [self._new(share) for _ in range(count)]

    def restore(self, members: Iterable[tuple[Member, int]], moves: Iterable[Move]) -> None:
        """Put back who lived where (bits of the islands), and when they last moved."""
        with self._lock:
            for member, homes in members:
                for number, island in enumerate(self._islands):
                    if homes >> number & 1 or len(self._islands) == 1:
                        island.admit(member)
            for move in moves:
                self._note(move)

    def _note(self, move: Move) -> None:
        if move.ordinal <= self.epoch:
            return
        if move.island is None:
            self._migrated = max(self._migrated, move.ordinal)
        elif move.island < len(self._began):
            self._began[move.island] = max(self._began[move.island], move.ordinal)

    @property
    def count(self) -> int:
        """How many there are now."""
        return len(self._islands)

    @property
    def best(self) -> Member | None:
        """The best member of all on ``train``, by winsorised mean."""
        with self._lock:
            found = [island.best for island in self._islands]
        return min((m for m in found if m is not None), key=self._place, default=None)

    def _place(self, member: Member) -> tuple[float, int]:
        return self.cost(member), member.ordinal

    def cost(self, member: Member) -> float:
        """Winsorised mean of the member's signed scores; the less the better."""
        return self._islands[0].cost(member)

    def home(self, ordinal: int) -> Population:
        """The population that proposal ``ordinal`` draws its parents from and wants to enter."""
        with self._lock:
            number = self.number(ordinal)  # first, as it may put the islands together
            return self._islands[number]

    def number(self, ordinal: int) -> int:
        """Place of that population among the islands, 0 when there is one only."""
        with self._lock:
            merge = self.settings.merge
            if len(self._islands) > 1 and merge and ordinal - self.epoch > merge:
                members = self.members()
                self._islands = [self._new(self.settings)]
                self._began = [ordinal]
                for member in members:
                    self._islands[0].admit(member)
            return ordinal % len(self._islands)

    def moves(self, ordinal: int) -> list[Move]:
        """What is due before proposal ``ordinal``, done: migration along the ring, islands that begin anew."""
        settings = self.settings
        with self._lock:
            if self.number(ordinal) < 0 or len(self._islands) < 2:
                return []
            done = []
            if settings.migrate and ordinal - self._migrated >= settings.migrate:
                done.append(self._migrate(ordinal))
            if settings.reset:
                stuck = self._stuck(ordinal)
                done += [] if stuck is None else [self._begin_anew(stuck, ordinal)]
            for move in done:
                self._note(move)
            return done

    def _migrate(self, ordinal: int) -> Move:
        leaving = [island.members()[: self.settings.migrants] for island in self._islands]
        changed: dict[str, None] = {}
        for number, members in enumerate(leaving):
            target = self._islands[(number + 1) % len(self._islands)]
            for member in members:
                admission = target.admit(member)
                if admission.entered:
                    changed[member.candidate_id] = None
                if admission.displaced is not None:
                    changed[admission.displaced] = None
        return Move("migrated", ordinal, None, {name: self.homes(name) for name in changed})

    def _stuck(self, ordinal: int) -> int | None:
        """The island that has gone longest without a new best, if that is too long and it is not the best one."""
        leader = self.best
        idle = []
        for number, island in enumerate(self._islands):
            best = island.best
            if leader is None or best is None or best.candidate_id == leader.candidate_id:
                continue
            since = ordinal - max(best.ordinal, self._began[number])
            if since >= self.settings.reset:
                idle.append((since, number))
        return max(idle)[1] if idle else None

    def _begin_anew(self, number: int, ordinal: int) -> Move:
        gone = self._islands[number].members()
        others = [island for k, island in enumerate(self._islands) if k != number]
        survivors = [member for island in others for member in island.members()[: self.settings.migrants]]
        self._islands[number] = self._new(self._islands[number].settings)
        for member in survivors:
            self._islands[number].admit(member)
        names = dict.fromkeys(member.candidate_id for member in [*gone, *survivors])
        return Move("reset", ordinal, number, {name: self.homes(name) for name in names})

    def homes(self, candidate_id: str) -> int:
        """Bits of the islands a candidate lives on; 0 if it is no member."""
        with self._lock:
            return sum(1 << number for number, island in enumerate(self._islands) if candidate_id in island)

    def admit(self, member: Member) -> Admission:
        """Let ``member`` into its island if it is good and different enough; a seed into every one."""
        with self._lock:
            wanted = [self.home(member.ordinal)] if member.ordinal > 0 else self._islands
            admissions = [island.admit(member) for island in wanted]
            entered = [admission for admission in admissions if admission.entered]
            if not entered:
                return admissions[0]
            gone = [a.displaced for a in entered if a.displaced is not None]
            return Admission(True, min(a.rank for a in entered), gone[0] if gone else None)

    def members(self) -> list[Member]:
        """All members, each once, best first."""
        with self._lock:
            found = {m.candidate_id: m for island in self._islands for m in island.members()}
        return sorted(found.values(), key=self._place)

    def find(self, ids: Iterable[str]) -> list[Member]:
        """Those of the named candidates that are members."""
        wanted = list(ids)
        with self._lock:
            return list({m.candidate_id: m for island in self._islands for m in island.find(wanted)}.values())

    def remove(self, candidate_id: str) -> None:
        """Take out a member found wanting after it had entered."""
        with self._lock:
            for island in self._islands:
                island.remove(candidate_id)
