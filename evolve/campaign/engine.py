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
from evolve.llm.errors import BudgetExhaustedError, FatalLLMError, StoppedError
from evolve.proposers.registry import stop_calls, time_is_up

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

    def __init__(self, life: Life, lanes: int, on_beat: Callable[[], None] = lambda: None) -> None:
        """Prepare.

        Args:
            life: the campaign's steps.
            lanes: candidates in flight at one time.
            on_beat: called about every tenth of a second from the calling thread while the search runs.
        """
        self.life, self.lanes, self.on_beat = life, lanes, on_beat
        self._live = compile_life(life)
        self._stop = threading.Event()
        self._ending: Ending | None = None
        self._lock = threading.Lock()
        self._fruitless = 0

    def stop(self, state: str = "stopped", reason: str = "interrupted") -> None:
        """Start nothing more; what is in flight goes on to its end."""
        with self._lock:
            if self._ending is None:
                self._ending = Ending(state, reason)
        self._stop.set()
        if state != "done":
            # Calls that wait for their turn give up; those on the way are paid for and come to their end.
            stop_calls(self.life.proposer)

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
            list(executor.map(lambda seed: self._live(seed, lambda: None), seeds))
        pending = [draft for draft in pending if draft.ordinal > 0]
        pending += [life.new_draft(ordinal) for ordinal in life.store.missing(life.gauge.proposals)]
        for draft in pending:
            evaluated = draft.node in ("reflect", "admit") and draft.verdict not in (
                "", Verdict.REJECTED.value, Verdict.INTERNAL_ERROR.value,
            )  # fmt: skip
            if not evaluated:
                life.gauge.reserve_evaluation()
        waiting = iter(pending)
        threads = [
            threading.Thread(target=self._lane, args=(waiting,), name=f"lane-{k}", daemon=True)
            for k in range(self.lanes)
        ]
        for thread in threads:
            thread.start()
        beats = 0
        while any(thread.is_alive() for thread in threads):
            next(t for t in [*threads, threads[0]] if t.is_alive() or t is threads[0]).join(0.1)
            self.on_beat()
            if life.gauge.time_is_up():
                time_is_up(life.proposer)
            beats += 1
            if beats % round(HEARTBEAT_SECONDS / 0.1) == 0:
                self._heartbeat()
        ending = self._ending or Ending("done", life.gauge.spent() or "exhausted")
        life.store.heartbeat(life.gauge.seconds, "running" if ending.state == "done" else ending.state, ending.reason)
        return ending

    def _heartbeat(self) -> None:
        """Write down the running time. If that fails the lanes come to their end first, so that none is cut off."""
        try:
            self.life.store.heartbeat(self.life.gauge.seconds)
        except ArchiveError as error:
            self.stop("failed", str(error))

    def _next(self, waiting: Iterator[Draft]) -> Draft | None:
        with self._lock:
            if self._stop.is_set():
                return None
            draft = next(waiting, None)
            if draft is not None:
                return draft
            if self._fruitless >= FRUITLESS_LIMIT:
                return None
        self.life.turns.take()
        ordinal = None if self._stop.is_set() else self.life.gauge.start_proposal()
        if ordinal is None:
            self.life.turns.give()
            return None
        return self.life.new_draft(ordinal)

    def _lane(self, waiting: Iterator[Draft]) -> None:
        """Live one life after the other; whatever goes wrong in one ends the search, and so the lane."""
        first = draft = self._next(waiting)
        if first is None:
            return
        before = first.evaluations

        def follow() -> Draft | None:
            nonlocal draft, before
            assert draft is not None
            with self._lock:
                self._fruitless = 0 if draft.evaluations > before else self._fruitless + 1
            draft = self._next(waiting)
            before = draft.evaluations if draft is not None else 0
            return draft

        try:
            self._live(first, follow)
        except StoppedError:
            return
        except BudgetExhaustedError as error:
            assert draft is not None
            self.life.abandon(draft, str(error))
            self.stop("done", str(error))
        except (FatalLLMError, SandboxBrokenError, ArchiveError) as error:
            self.stop("failed", str(error))
        except Exception as error:
            self.stop("failed", f"{type(error).__name__}: {error}")
            if os.environ.get("EVOLVE_DEBUG"):
                raise
        finally:
            self.life.turns.give()
