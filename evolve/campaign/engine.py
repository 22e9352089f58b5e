"""Running a campaign: lanes that each take one candidate at a time through its life, until a bound is reached."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from evaluators.verdicts import Verdict
from evolve.archive.database import ArchiveError
from evolve.campaign.graph import compile_life
from evolve.campaign.history import Draft
from evolve.campaign.life import Life, SandboxBrokenError
from evolve.executors.base import Executor, ExecutorError, StoppedWaitingError
from evolve.llm.errors import BudgetExhaustedError, FatalLLMError, StoppedError
from evolve.proposers.registry import lanes, stop_calls, time_is_up

HEARTBEAT_SECONDS = 1.0
FRUITLESS_LIMIT = 400
"""Proposals in a row without an evaluation after which a campaign is exhausted."""


@dataclass(frozen=True, slots=True)
class Ending:
    """Why the search ended: ``state`` is done, stopped or failed."""

    state: str
    reason: str


class Engine:
    """Takes a campaign from where it is to its end."""

    def __init__(self, life: Life, executor: Executor, on_beat: Callable[[], None] = lambda: None) -> None:
        """Prepare.

        Args:
            life: the campaign's steps.
            executor: its slots say how many candidates are in flight at one time.
            on_beat: called about every tenth of a second from the calling thread while the search runs.
        """
        self.life, self.executor, self.on_beat = life, executor, on_beat
        self._live = compile_life(life)
        self._stop = threading.Event()
        self._ending: Ending | None = None
        self._lock = threading.Lock()
        self._fruitless = 0
        self._nothing_left = False

    @property
    def lanes(self) -> int:
        """Candidates in flight at one time; it changes as machines come and go."""
        return lanes(self.life.proposer, self.executor.slots)

    def stop(self, state: str = "stopped", reason: str = "interrupted") -> None:
        """Start nothing more; what is in flight goes on to its end."""
        with self._lock:
            if self._ending is None:
                self._ending = Ending(state, reason)
        self._stop.set()
        if state != "done":
            # Calls that wait for their turn give up; those on the way are paid for and come to their end.
            stop_calls(self.life.proposer)
            self.executor.stop()

    def search(self) -> Ending:
        """Run until a bound is reached or :meth:`stop` is called."""
        gc.freeze()  # modules and instances outlive the search: the collector need not go through them every few lives
        try:
            return self._search()
        finally:
            gc.unfreeze()

    def _search(self) -> Ending:
        life = self.life
        life.gauge.begin()
        pending = life.store.unfinished()
        life.drafts |= {draft.id: draft for draft in pending}
        seeds = [draft for draft in pending if draft.ordinal <= 0]
        with ThreadPoolExecutor(self.lanes, thread_name_prefix="seed") as executor:
            list(executor.map(lambda seed: self._guarded(lambda: self._live(seed, lambda: None)), seeds))
        pending = [draft for draft in pending if draft.ordinal > 0]
        pending += [life.new_draft(ordinal) for ordinal in life.store.missing(life.gauge.proposals)]
        for draft in pending:
            evaluated = draft.node in ("reflect", "admit") and draft.verdict not in (
                "", Verdict.REJECTED.value, Verdict.INTERNAL_ERROR.value,
            )  # fmt: skip
            if not evaluated:
                life.gauge.reserve_evaluation()
        waiting = iter(pending)
        threads: dict[int, threading.Thread] = {}
        beats = 0
        while True:
            threads = {k: thread for k, thread in threads.items() if thread.is_alive()}
            for k in range(0 if self._nothing_left else self.lanes):
                if k not in threads:
                    threads[k] = threading.Thread(target=self._lane, args=(k, waiting), name=f"lane-{k}", daemon=True)
                    threads[k].start()
            if not threads:
                break
            next(iter(threads.values())).join(0.1)
            beats += 1
            self._beat(write=beats % round(HEARTBEAT_SECONDS / 0.1) == 0)
            if life.gauge.time_is_up():
                time_is_up(life.proposer)
        ending = self._ending or Ending("done", life.gauge.spent() or "exhausted")
        life.store.heartbeat(life.gauge.seconds, "running" if ending.state == "done" else ending.state, ending.reason)
        return ending

    def _beat(self, write: bool) -> None:
        """Tell who watches, and write down the running time.

        If the archive does not take that, the lanes come to their end first, so that none is cut off.
        """
        try:
            self.on_beat()
            if write:
                self.life.store.heartbeat(self.life.gauge.seconds)
        except ArchiveError as error:
            self.stop("failed", str(error))

    def _next(self, lane: int, waiting: Iterator[Draft]) -> Draft | None:
        """What a lane takes up next; None ends it."""
        with self._lock:
            # Who holds the last evaluation there is must go on until it is used.
            if lane >= self.lanes and not self._nothing_left:
                self.life.turns.give()
                return None  # machines have gone; another lane takes this one's place if they come again
            if not self._stop.is_set():
                draft = next(waiting, None)
                if draft is not None:
                    return draft
            if self._stop.is_set() or self._fruitless >= FRUITLESS_LIMIT:
                self._nothing_left = True
                return None
        self.life.turns.take()
        with self._lock:
            ordinal = None if self._stop.is_set() else self.life.gauge.start_proposal()
            self._nothing_left = self._nothing_left or ordinal is None
        if ordinal is None:
            self.life.turns.give()
            return None
        return self.life.new_draft(ordinal)

    def _lane(self, number: int, waiting: Iterator[Draft]) -> None:
        """Live one life after the other; whatever goes wrong in one ends the search, and so the lane."""
        draft: Draft | None = None
        before = 0

        def follow() -> Draft | None:
            nonlocal draft, before
            if draft is not None:
                with self._lock:
                    self._fruitless = 0 if draft.evaluations > before else self._fruitless + 1
            draft = self._next(number, waiting)
            before = draft.evaluations if draft is not None else 0
            return draft

        def live() -> None:
            first = follow()
            try:
                if first is not None:
                    self._live(first, follow)
            except BudgetExhaustedError as error:
                assert draft is not None
                self.life.abandon(draft, str(error))
                self.stop("done", str(error))

        try:
            self._guarded(live)
        finally:
            self.life.turns.give()

    def _guarded(self, live: Callable[[], None]) -> None:
        """Live; what goes wrong ends the search."""
        try:
            live()
        except (StoppedError, StoppedWaitingError):
            return
        except (FatalLLMError, SandboxBrokenError, ExecutorError, ArchiveError) as error:
            self.stop("failed", str(error))
        except Exception as error:
            self.stop("failed", f"{type(error).__name__}: {error}")
            if os.environ.get("EVOLVE_DEBUG"):
                raise
