"""A pool of slots: the one way the rest of the platform runs untrusted code."""

from __future__ import annotations

import atexit
import queue
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from types import TracebackType
from typing import Protocol

from sandboxes.bubblewrap import Bubblewrap
from sandboxes.docker_socket import answers
from sandboxes.interface import BACKENDS, Capabilities, Gate, Job, Outcome, Reason, SandboxUnavailableError
from sandboxes.reaper import reap
from sandboxes.slot import Slot

RECYCLE_AFTER = 500  # jobs; a slot's memory and its random state are then made anew
_CLOSE_SECONDS = 10.0
_START_PATIENCE_SECONDS = 30.0
_START_PAUSE_SECONDS = 0.2


class Launcher(Protocol):
    """A backend: what starts slots; made once a pool."""

    def start(self, number: int) -> Slot:
        """Start slot ``number``. The calling thread must outlive it.

        Raises:
            SandboxUnavailableError: if its worker does not come up.
        """
        ...

    def capabilities(self) -> Capabilities:
        """What the walls enforce here, by construction; known once a slot stands."""
        ...

    def close(self) -> None:
        """Remove what all slots shared; they must be closed by now."""
        ...


NATIVE_REFUSED = (
    "compiled programs and sanitizers need memory limits by cgroup, which this machine does not let us set: run as "
    "root, or in a cgroup delegated to you (systemd-run --user --scope -p Delegate=yes)"
)


class SandboxPool:
    """Slots that take jobs from any thread; a context manager.

    Made by :func:`open_pool`. A slot whose worker died gives its job ``internal_error`` once and is replaced.

    Attributes:
        slots: how many jobs can run at a time.
        capabilities: what the backend enforces on this machine, by its own account; :func:`sandboxes.probe.probe`
            puts it to the test.
    """

    def __init__(self, launcher: Launcher, slots: int) -> None:
        self.slots = slots
        self._launcher = launcher
        self._free: queue.SimpleQueue[Slot | SandboxUnavailableError] = queue.SimpleQueue()
        self._spares: queue.SimpleQueue[Slot] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._alive: set[Slot] = set()
        self._patient = False  # once a slot stood, until waiting was in vain
        self._started = 0
        self._spare_ordered = False
        self._closed = threading.Event()
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        # The kernel ends a slot when the thread that started it ends, so one thread starts them all.
        self._keeper = threading.Thread(target=self._keep, name="sandbox-keeper", daemon=True)
        self._keeper.start()
        for _ in range(slots):
            self._work.put(self._start_into(self._free))
        first = self._free.get()
        if isinstance(first, SandboxUnavailableError):
            self.close()
            raise first
        self.capabilities: Capabilities = launcher.capabilities()
        self._free.put(first)
        atexit.register(self.close)

    def run(self, job: Job, gate: Gate | None = None) -> Outcome:
        """Run ``job`` in the next free slot, waiting for one if need be. Raises only what ``gate`` raises.

        Raises:
            RuntimeError: if the pool is closed.
            SandboxUnavailableError: if the job is native and no cgroup limits memory here.
        """
        return self._run([job], gate)[0]

    def run_in_turn(self, jobs: Sequence[Job], ready: Callable[[], object] | None = None) -> list[Outcome]:
        """Run ``jobs`` one after another in one slot, so that their times can be compared.

        Fewer outcomes than jobs mean that the last of them took the slot with it. ``ready`` is called once the slot
        is there, before the first job: by then nothing more has to be waited for.

        Raises:
            RuntimeError, SandboxUnavailableError: as :meth:`run`.
        """
        return self._run(jobs, None, ready)

    def _run(self, jobs: Sequence[Job], gate: Gate | None, ready: Callable[[], object] | None = None) -> list[Outcome]:
        if self._closed.is_set():
            raise RuntimeError("the sandbox pool is closed")
        if any(job.native is not None for job in jobs) and self.capabilities.memory != "cgroup":
            raise SandboxUnavailableError(NATIVE_REFUSED)
        while True:
            slot = self._free.get()
            if isinstance(slot, SandboxUnavailableError):
                # with the pool closed, that is for whoever waits next as well
                self._free.put(slot) if self._closed.is_set() else self._work.put(self._start_into(self._free))
                return [Outcome(Reason.INTERNAL_ERROR, detail=str(slot), backend=self.capabilities.backend)]
            if slot.is_well():
                break
            self._give_back(slot)
        outcomes: list[Outcome] = []
        try:
            if ready is not None:
                ready()
            for job in jobs:
                if slot.broken:
                    break
                outcomes.append(slot.run(job, gate))
        finally:
            self._give_back(slot)
        return outcomes

    def close(self) -> None:
        """End all slots, at once; jobs still running end with an internal error."""
        with self._lock:
            if self._closed.is_set():
                return
            self._closed.set()
            for slot in self._alive:
                slot.interrupt()
        atexit.unregister(self.close)
        self._work.put(None)
        self._keeper.join(_CLOSE_SECONDS)
        self._launcher.close()
        self._free.put(SandboxUnavailableError("the sandbox pool is closed"))

    def __enter__(self) -> SandboxPool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _give_back(self, slot: Slot) -> None:
        if slot.broken:
            self._work.put(partial(self._end, slot))
            self._work.put(self._start_into(self._free))
            return
        if slot.jobs >= RECYCLE_AFTER:
            # The old slot goes on until its successor stands, so that recycling takes no capacity away.
            try:
                successor = self._spares.get_nowait()
            except queue.Empty:
                with self._lock:
                    order, self._spare_ordered = not self._spare_ordered, True
                if order:
                    self._work.put(self._start_into(self._spares))
            else:
                self._spare_ordered = False
                self._work.put(partial(self._end, slot))
                slot = successor
        self._free.put(slot)

    # ---- the keeper's thread ----------------------------------------------------------------------------------------

    def _keep(self) -> None:
        while (task := self._work.get()) is not None:
            task()
        for slot in list(self._alive):
            self._end(slot)

    def _start_into(
        self, target: queue.SimpleQueue[Slot] | queue.SimpleQueue[Slot | SandboxUnavailableError]
    ) -> Callable[[], None]:
        def start() -> None:
            until = time.monotonic() + _START_PATIENCE_SECONDS
            while not self._closed.is_set():
                self._started += 1
                try:
                    slot = self._launcher.start(self._started)
                except SandboxUnavailableError as failure:
                    # What has worked will work again, if it can at all: a restarted engine takes a few seconds.
                    if self._patient and time.monotonic() < until:
                        self._closed.wait(_START_PAUSE_SECONDS)
                        continue
                    self._patient = False
                    if target is self._free:
                        self._free.put(failure)
                    else:
                        self._spare_ordered = False  # the old slot goes on; its next job orders again
                    return
                with self._lock:
                    self._alive.add(slot)
                    self._patient = True
                target.put(slot)
                return

        return start

    def _end(self, slot: Slot) -> None:
        with self._lock:
            self._alive.discard(slot)
        slot.close()


def open_pool(
    backend: str = "auto", slots: int = 2, preload: Sequence[str] = ("numpy",), shown: Sequence[str] = ()
) -> SandboxPool:
    """A pool of ``slots`` slots; returns when the first one stands.

    Args:
        backend: ``docker``, ``bubblewrap``, or ``auto``: docker where an engine answers at once and can build the
            walls, else bubblewrap.
        slots: jobs at a time.
        preload: packages that candidates may import, imported once in each slot.
        shown: further packages that candidates may import, each with what it requires; none is imported ahead.

    Raises:
        SandboxUnavailableError: if the backend is unknown or cannot enforce its walls here; one sentence saying what
            to do about it.
    """
    if backend not in BACKENDS:
        raise SandboxUnavailableError(f"unknown sandbox backend {backend!r}; choose {', '.join(BACKENDS)}")
    if backend == "docker":
        return _open(_docker, slots, preload, shown)
    if backend == "auto" and answers():
        try:
            return _open(_docker, slots, preload, shown)
        except SandboxUnavailableError as refused:
            try:
                return _open(_bubblewrap, slots, preload, shown)
            except SandboxUnavailableError as failure:
                raise SandboxUnavailableError(f"{failure}; and Docker: {refused}") from None
    return _open(_bubblewrap, slots, preload, shown)


def _open(
    launch: Callable[[Sequence[str], Sequence[str]], Launcher], slots: int, preload: Sequence[str], shown: Sequence[str]
) -> SandboxPool:
    launcher = launch(preload, shown)
    try:
        reap()  # after the launcher, which may have ended what was left in the groups
        return SandboxPool(launcher, slots)
    except BaseException:
        launcher.close()
        raise


def _bubblewrap(preload: Sequence[str], shown: Sequence[str]) -> Launcher:
    return Bubblewrap(preload, shown)


def _docker(preload: Sequence[str], shown: Sequence[str]) -> Launcher:
    from sandboxes.docker_engine import DockerEngine  # it imports the docker SDK, which takes its time

    return DockerEngine(preload, shown)
