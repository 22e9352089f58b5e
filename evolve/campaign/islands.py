"""Islands: populations that search apart at first and are one later on.

A population soon agrees on one idea, and whether that idea leads far is luck. Islands (Tanese, 3rd International
Conference on Genetic Algorithms, 1989) each come to an idea of their own, in a fraction of the members and so the
sooner; once they are put together selection weighs the ideas against each other and crossover combines them.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import replace

from evolve.campaign.config import PopulationSettings
from evolve.campaign.population import Admission, Population
from evolve.proposers.base import Member


class Islands:
    """As many populations as ``settings`` ask for, until they are put together. Thread-safe.

    Which island a proposal belongs to follows from its ordinal, so that a resumed campaign has the same islands.

    Args:
        settings: of all populations together; each island has its share of ``size``.
        sign: +1 if smaller scores are better, else -1.
        fence: the most that counts of ``sign * score`` on one instance.
        epoch: ordinal after which they were founded.
    """

    def __init__(self, settings: PopulationSettings, sign: float, fence: float = float("inf"), epoch: int = 0) -> None:
        self.settings, self.sign, self.fence = settings, sign, fence
        self._lock = threading.RLock()
        self.found(epoch)

    def found(self, epoch: int) -> None:
        """Everybody leaves; proposals after ``epoch`` found new islands."""
        count = max(1, min(self.settings.islands, self.settings.size))
        share = replace(self.settings, size=self.settings.size // count)
        with self._lock:
            self.epoch = epoch
            self._islands = [Population(share, self.sign, self.fence) for _ in range(count)]

    @property
    def count(self) -> int:
        """How many there are now."""
        return len(self._islands)

    @property
    def best(self) -> Member | None:
        """The best member of all on ``train``, by winsorised mean."""
        with self._lock:
            found = [island.best for island in self._islands]
        return min((m for m in found if m is not None), key=lambda m: (self.cost(m), m.ordinal), default=None)

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
            if len(self._islands) > 1 and ordinal - self.epoch > self.settings.merge:
                members = self.members()
                self._islands = [Population(self.settings, self.sign, self.fence)]
                for member in members:
                    self._islands[0].admit(member)
            return ordinal % len(self._islands)

    def admit(self, member: Member) -> Admission:
        """Let ``member`` into its island if it is good and different enough; a seed into every one."""
        with self._lock:
            wanted = [self.home(member.ordinal)] if member.ordinal > 0 else self._islands
            admissions = [island.admit(member) for island in wanted]
            entered = [admission for admission in admissions if admission.entered]
            if not entered:
                return admissions[0]
            gone = [a.displaced for a in entered if a.displaced is not None and not self.find([a.displaced])]
            return Admission(True, min(a.rank for a in entered), gone[0] if gone else None)

    def members(self) -> list[Member]:
        """All members, each once, best first."""
        with self._lock:
            found = {m.candidate_id: m for island in self._islands for m in island.members()}
        return sorted(found.values(), key=lambda m: (self.cost(m), m.ordinal))

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
