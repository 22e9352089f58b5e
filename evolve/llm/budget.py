"""Hard caps on dollars and tokens, held by reservation.

A call reserves the most it can cost before it is sent and settles what it did cost after. It does not own the caps on
evaluations and minutes: those are the campaign's.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from dataclasses import dataclass

from evolve.llm.errors import BudgetExhaustedError
from evolve.llm.pricing import NUSD_PER_USD


@dataclass(frozen=True, slots=True)
class Spend:
    """An amount of money (nano-dollars) and of tokens (prompt and answer together)."""

    nusd: int = 0
    tokens: int = 0

    def __add__(self, other: Spend) -> Spend:
        return Spend(self.nusd + other.nusd, self.tokens + other.tokens)

    def __sub__(self, other: Spend) -> Spend:
        return Spend(self.nusd - other.nusd, self.tokens - other.tokens)


class Budget:
    """Caps shared by all calls of a campaign; thread-safe, as those in batches are not made on the event loop.

    Args:
        cap_nusd: nano-dollars that may be spent in all, or None for no cap.
        cap_tokens: tokens that may be used in all, or None for no cap.
        spent: what earlier runs of the campaign have spent (``Ledger.spent``).
    """

    def __init__(self, cap_nusd: int | None = None, cap_tokens: int | None = None, spent: Spend | None = None) -> None:
        self.cap_nusd = cap_nusd
        self.cap_tokens = cap_tokens
        self._spent = spent or Spend()
        self._reserved = Spend()
        self._lock = threading.Lock()
        self._waiting: list[Future[None]] = []

    @property
    def spent(self) -> Spend:
        """Settled so far, reservations excluded."""
        with self._lock:
            return self._spent

    @property
    def reserved(self) -> Spend:
        """Held by calls under way."""
        with self._lock:
            return self._reserved

    async def reserve(self, amount: Spend) -> None:
        """Hold ``amount``; waits while only what other calls hold, and may give back, stands in the way.

        Raises:
            BudgetExhaustedError: if it exceeds what is left even after everything else has been given back.
        """
        while (given_back := self._held_or_waiting(amount)) is not None:
            await asyncio.wrap_future(given_back)

    def reserve_now(self, amount: Spend) -> bool:
        """Hold ``amount`` if it fits beside what is held; whether it did.

        Raises:
            BudgetExhaustedError: as :meth:`reserve`.
        """
        with self._lock:
            return self._hold(amount)

    def settle(self, reserved: Spend, actual: Spend) -> None:
        """Give ``reserved`` back and charge ``actual``."""
        with self._lock:
            self._reserved -= reserved
            self._spent += actual
            waiting, self._waiting = self._waiting, []
        for given_back in waiting:
            given_back.set_result(None)

    def _held_or_waiting(self, amount: Spend) -> Future[None] | None:
        """None if ``amount`` is held now, else what is done when something has been given back."""
        with self._lock:
            if self._hold(amount):
                return None
            given_back: Future[None] = Future()
            self._waiting.append(given_back)
            return given_back

    def _hold(self, amount: Spend) -> bool:
        if self._fits(self._spent + self._reserved + amount):
            self._reserved += amount
            return True
        if not self._fits(self._spent + amount):
            raise BudgetExhaustedError(self._sentence(amount))
        return False

    def _fits(self, total: Spend) -> bool:
        return (self.cap_nusd is None or total.nusd <= self.cap_nusd) and (
            self.cap_tokens is None or total.tokens <= self.cap_tokens
        )

    def _sentence(self, amount: Spend) -> str:
        if self.cap_nusd is not None and self._spent.nusd + amount.nusd > self.cap_nusd:
            spent, cap, call = (f"${n / NUSD_PER_USD:.4f}" for n in (self._spent.nusd, self.cap_nusd, amount.nusd))
            return f"{spent} of {cap} is spent and the next call could cost {call}"
        return f"{self._spent.tokens} of {self.cap_tokens} tokens are used and the next call could use {amount.tokens}"
