"""Hard caps on dollars and tokens, held by reservation.

A call reserves the most it can cost before it is sent and settles what it did cost after. It does not own the caps on
evaluations and minutes: those are the campaign's.
"""

from __future__ import annotations

import threading
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
    """Caps shared by all calls of a campaign; thread-safe.

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
        self._changed = threading.Condition()

    @property
    def spent(self) -> Spend:
        """Settled so far, reservations excluded."""
        with self._changed:
            return self._spent

    @property
    def reserved(self) -> Spend:
        """Held by calls under way."""
        with self._changed:
            return self._reserved

    def reserve(self, amount: Spend) -> None:
        """Hold ``amount``; waits while only what other calls hold, and may give back, stands in the way.

        Raises:
            BudgetExhaustedError: if it exceeds what is left even after everything else has been given back.
        """
        with self._changed:
            while not self._fits(self._spent + self._reserved + amount):
                self._refuse_what_never_fits(amount)
                self._changed.wait()
            self._reserved += amount

    def reserve_now(self, amount: Spend) -> bool:
        """Hold ``amount`` if it fits beside what is held; whether it did.

        Raises:
            BudgetExhaustedError: as :meth:`reserve`.
        """
        with self._changed:
            fits = self._fits(self._spent + self._reserved + amount)
            if fits:
                self._reserved += amount
            else:
                self._refuse_what_never_fits(amount)
            return fits

    def _refuse_what_never_fits(self, amount: Spend) -> None:
        if not self._fits(self._spent + amount):
            raise BudgetExhaustedError(self._sentence(amount))

    def settle(self, reserved: Spend, actual: Spend) -> None:
        """Give ``reserved`` back and charge ``actual``."""
        with self._changed:
            self._reserved -= reserved
            self._spent += actual
            self._changed.notify_all()

    def _fits(self, total: Spend) -> bool:
        return (self.cap_nusd is None or total.nusd <= self.cap_nusd) and (
            self.cap_tokens is None or total.tokens <= self.cap_tokens
        )

    def _sentence(self, amount: Spend) -> str:
        if self.cap_nusd is not None and self._spent.nusd + amount.nusd > self.cap_nusd:
            spent, cap, call = (f"${n / NUSD_PER_USD:.4f}" for n in (self._spent.nusd, self.cap_nusd, amount.nusd))
            return f"{spent} of {cap} is spent and the next call could cost {call}"
        return f"{self._spent.tokens} of {self.cap_tokens} tokens are used and the next call could use {amount.tokens}"
