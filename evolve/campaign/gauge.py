"""The bounds of a campaign, exact under concurrency: nothing starts that could overshoot.

Money and tokens are bounded where they are spent, in ``evolve.llm.budget``.
"""

from __future__ import annotations

import threading
import time

from evolve.campaign.config import Bounds


class Gauge:
    """Counts proposals and evaluations against the bounds, and running time over all resumes."""

    def __init__(self, bounds: Bounds, proposals: int = 0, evaluations: int = 0, seconds: float = 0.0) -> None:
        self.bounds = bounds
        self.proposals, self.evaluations = proposals, evaluations
        self._reserved = 0
        self._earlier, self._started = seconds, 0.0
        self._lock = threading.Lock()

    def begin(self) -> None:
        """Start the clock: loading models and judging baselines is not the campaign's running time."""
        self._started = time.monotonic()

    @property
    def seconds(self) -> float:
        """Running time so far, all resumes together."""
        return self._earlier + (time.monotonic() - self._started if self._started else 0.0)

    def spent(self) -> str | None:
        """Which bound is reached, or None. Reserved evaluations count as done."""
        bounds = self.bounds
        if self.time_is_up():
            return "minutes"
        if bounds.proposals is not None and self.proposals >= bounds.proposals:
            return "proposals"
        if bounds.evaluations is not None and self.evaluations + self._reserved >= bounds.evaluations:
            return "evaluations"
        return None

    def time_is_up(self) -> bool:
        """Whether the running time is used up."""
        return self.bounds.minutes is not None and self.seconds >= self.bounds.minutes * 60

    def start_proposal(self) -> int | None:
        """Reserve a proposal and one evaluation; its ordinal, or None if a bound is reached."""
        with self._lock:
            if self.spent() is not None:
                return None
            self.proposals += 1
            self._reserved += 1
            return self.proposals

    def reserve_evaluation(self) -> bool:
        """Reserve one more evaluation (a repair, or a proposal taken up again)."""
        with self._lock:
            limit = self.bounds.evaluations
            if limit is not None and self.evaluations + self._reserved >= limit:
                return False
            self._reserved += 1
            return True

    def settle(self, evaluated: bool) -> None:
        """A reserved evaluation happened, or did not."""
        with self._lock:
            self._reserved -= 1
            self.evaluations += evaluated

    @property
    def in_flight(self) -> int:
        """Evaluations reserved and not yet settled."""
        return self._reserved
