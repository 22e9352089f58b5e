"""Running a comparison: one campaign after the other, from wherever it is to its end."""

from __future__ import annotations

import threading
from typing import Protocol

from evolve.archive import Archive
from evolve.campaign import session
from evolve.campaign.session import Session
from evolve.compare.store import Cell, ComparisonStore


class Watcher(Protocol):
    """Is told how a comparison gets on."""

    def began(self, cell: Cell, number: int, of: int) -> None:
        """A campaign is being opened, the ``number``-th (from 1) ``of`` all."""
        ...

    def beat(self, session: Session) -> None:
        """About ten times a second during a campaign's search."""
        ...

    def ended(self, session: Session, left: int) -> None:
        """A campaign has come to its end; so many are left."""
        ...


class Driver:
    """Takes a comparison that is on record to its end."""

    def __init__(self, archive: Archive, store: ComparisonStore, watcher: Watcher) -> None:
        self.archive, self.store, self.watcher = archive, store, watcher
        self._stop = threading.Event()
        self._current: Session | None = None

    def stop(self) -> None:
        """Have the campaign under way end by itself, and begin no other."""
        self._stop.set()
        if self._current is not None:
            self._current.engine.stop()

    def run(self) -> str:
        """Run every campaign that is not done; why it ended before the last one, or an empty string.

        Raises:
            ComparisonError: if another process runs it.
            CampaignError, SandboxUnavailableError, ArchiveError: if a campaign cannot go on; one sentence each.
        """
        self.store.claim()
        try:
            cells = self.store.cells()
            for k, cell in enumerate(cells):
                if cell.state == "done":
                    continue
                self.watcher.began(cell, k + 1, len(cells))
                left = sum(other.state != "done" for other in cells[k + 1 :])
                reason = "interrupted" if self._stop.is_set() else self._campaign(cell, left)
                if reason:
                    return reason
            return ""
        finally:
            self.store.release()

    def _campaign(self, cell: Cell, left: int) -> str:
        """Begin or resume a campaign; why it did not come to its end, or an empty string."""

        def quiet(message: str) -> None:
            """Each campaign opens the sandbox and judges baselines; to say so dozens of times helps nobody."""

        plan = self.store.plan
        if cell.state:
            opening = session.resume(cell.campaign_id, self.archive, self.watcher.beat, quiet)
        else:
            config = plan.campaign(cell.proposer, cell.repeat)
            opening = session.start(config, self.archive, self.watcher.beat, quiet, cell.campaign_id)
        with opening as opened:
            self._current = opened
            if self._stop.is_set():
                opened.engine.stop()
            ending = opened.search()
            opened.finish(ending, plan.test)
            self._current = None
            if ending.state != "done":
                return ending.reason
            self.watcher.ended(opened, left)
        return ""
