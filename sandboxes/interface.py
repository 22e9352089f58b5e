"""What a sandbox is given and what it gives back.

A sandbox runs one untrusted job at a time under limits and says exactly how it ended. It knows nothing of problems,
scores or verdicts: an :class:`Outcome` carries facts measured by the supervisor, and bytes the job wrote, which are
data to be distrusted.

A job has two sides:

* the **program**: Python source that runs in the candidate's own process. It defines ``load(files)``, which gets the
  candidate's files as ``{path: bytes}`` and returns a handler ``bytes -> bytes``. The handler is called once a request.
* for online problems the **simulator**: Python source that runs in a second process, which the candidate can neither
  see nor signal. It defines ``serve(request, ask)``: ``request`` is the whole instance, ``ask(observation)`` hands one
  observation to the program's handler and returns the decision, and the value returned answers the request. Values
  that are not yet revealed thus never enter the candidate's process. A decision is any bytes at all: a simulator that
  raises on one it dislikes has failed itself, so it must answer (say, with what was wrong) instead.

A job may be **native** instead: a compiled program, which gets its requests on descriptor 3 and answers on descriptor
4, each a 32-bit little-endian length and that many bytes; an empty answer before the first request says that it is
ready. It may make threads but no processes.

Without a simulator the requests go straight to the program's handler. Requests, observations, decisions and responses
are bytes. Only what the program's handler was sent lies in the candidate's memory, and it is sent a request only when
the previous one is answered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

MEBIBYTE = 1 << 20
BACKENDS = ("auto", "docker", "bubblewrap")


class SandboxUnavailableError(RuntimeError):
    """No backend can enforce the policy on this machine; the message is one sentence saying what to install."""


class Reason(StrEnum):
    """How a job ended. A fact, never a judgement."""

    FINISHED = "finished"  # every request answered, or the gate stopped it
    EXITED = "exited"  # the process ended before it had answered every request (exception, sys.exit, os._exit)
    SIGNALLED = "signalled"  # killed by a signal that was not ours
    CPU_LIMIT = "cpu_limit"
    WALL_LIMIT = "wall_limit"
    MEMORY_LIMIT = "memory_limit"
    PROCESS_LIMIT = "process_limit"
    UNASKED = "unasked"  # it answered a request that it had not been handed yet
    OUTPUT_LIMIT = "output_limit"  # responses or stdout over their cap
    DISK_LIMIT = "disk_limit"
    INTERNAL_ERROR = "internal_error"  # ours: the slot died or misbehaved; says nothing about the job


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one job.

    Attributes:
        cpu_seconds: CPU time of all processes of the job together.
        wall_seconds: elapsed time, waiting for the host's gate not counted.
        memory_bytes: memory of all processes together, tmpfs included (a cgroup's meaning; an address-space limit of
            each process where no cgroup can be written).
        processes: processes and threads at one time.
        open_files: descriptors of one process.
        disk_bytes: size of the work directory.
        inodes: files and folders in the work directory.
        response_bytes: all responses together.
        output_bytes: stdout; stderr keeps its last ``output_bytes`` and never ends a job.
    """

    cpu_seconds: float = 20.0
    wall_seconds: float = 40.0
    memory_bytes: int = 512 * MEBIBYTE
    processes: int = 32
    open_files: int = 64
    disk_bytes: int = 32 * MEBIBYTE
    inodes: int = 4096
    response_bytes: int = 16 * MEBIBYTE
    output_bytes: int = 64 * 1024


@dataclass(frozen=True, slots=True)
class Native:
    """A compiled program that is run instead of Python source.

    It is run from sealed memory, since nothing in a work directory can be executed, in a slot whose memory is limited
    by a cgroup.

    Attributes:
        binary: an ELF executable for the machine inside the walls.
        environment: variables it gets beside those every job has.
        shared_bytes: size of a region it may map from descriptor 5, part of its memory. What the region holds once no
            process of the job is left is :attr:`Outcome.shared`; nothing done after the last answer can be in it.
    """

    binary: bytes
    environment: Mapping[str, str] = field(default_factory=dict)
    shared_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Job:
    """One untrusted job: the candidate's files, the program beside them, the requests it is to answer.

    Attributes:
        program: Python source defining ``load(files) -> handler``; runs in the candidate's process.
        files: the candidate's files, passed to ``load``.
        requests: answered in order, each by one response.
        simulator: Python source defining ``serve(request, ask) -> bytes``, or None for offline problems.
        limits: of this job alone.
        native: the compiled program of a native job, whose ``program`` and ``files`` are empty.
        looks: requests (by position) whose answers a gate is shown before the next request is handed over, along with
            the answers since its last look; None: each. What is left it is shown at the end.
        kept: position of a request -> name under which its slot may keep it for later jobs, so that it is sent once;
            whoever gives the name warrants that it always means the same bytes.
    """

    program: str
    files: Mapping[str, bytes]
    requests: tuple[bytes, ...]
    simulator: str | None = None
    limits: Limits = field(default_factory=Limits)
    native: Native | None = None
    looks: frozenset[int] | None = None
    kept: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one job ended, as its supervisor saw it.

    Attributes:
        reason: how it ended.
        responses: one entry an answered request, in order (fewer than the requests if it ended early).
        response_seconds: seconds from handing over request i to receiving its response, on the supervisor's clock;
            loading the program comes before the first.
        response_cpu_seconds: native jobs: CPU time of all threads in the same spans, to the nanosecond. The last span
            ends when the process has been stopped, so that work left for after the answer counts.
        exit_code: of the main process, None if a signal or the supervisor ended it.
        signal: number of the signal that ended the main process, if it was not the supervisor's, or None.
        cpu_seconds: user + system time of all processes of the job, its walls included, a simulator's not.
        wall_seconds: elapsed time, gate waits excluded.
        run_delay_seconds: time its main thread was runnable but not running (schedstat).
        peak_memory_bytes: of the cgroup where it can be reset, else the largest resident set.
        oom_kills: kernel out-of-memory kills in the slot during the job.
        orphans_killed: processes that were still alive when the job ended.
        stopped_by_gate: True when the host's gate ended it early.
        in_simulator: True when what failed was the trusted simulator (a defect of ours or of the problem's author),
            not the candidate's process.
        stdout: head of what the candidate printed, decoded with replacement.
        shared: what a native job's shared region held in the end.
        stderr: tail of stderr; for an uncaught exception, its traceback.
        detail: for ``internal_error``, what went wrong on our side.
        backend: "bubblewrap" or "docker".
    """

    reason: Reason
    responses: tuple[bytes, ...] = ()
    response_seconds: tuple[float, ...] = ()
    response_cpu_seconds: tuple[float, ...] = ()
    exit_code: int | None = None
    signal: int | None = None
    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0
    run_delay_seconds: float = 0.0
    peak_memory_bytes: int = 0
    oom_kills: int = 0
    orphans_killed: int = 0
    stopped_by_gate: bool = False
    in_simulator: bool = False
    shared: bytes = b""
    stdout: str = ""
    stderr: str = ""
    detail: str = ""
    backend: str = ""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a backend really enforces on this machine, probed by small attacks, never assumed.

    Attributes:
        backend: "bubblewrap" or "docker".
        version: of the launcher (bwrap or engine).
        isolation: "userns" (own uid a job, all in a user namespace, nobody outside it), "root" (own uid a job, beside
            a worker that is root) or "user" (one uid, in an unprivileged user namespace).
        memory: "cgroup" | "rlimit" | "none".
        cpu: "cgroup" | "rlimit" | "none".
        processes: "cgroup" | "rlimit" | "none".
        network: "none" when a job cannot reach any network (what we demand), else "open".
        probes: name of each probing attack -> True if it was contained.
    """

    backend: str
    version: str
    isolation: str
    memory: str
    cpu: str
    processes: str
    network: str
    probes: Mapping[str, bool] = field(default_factory=dict)


Gate = Callable[[int, bytes], bool]
"""Called on the host with (index, response) as each response arrives; False ends the job without sending the rest."""


class Sandbox(Protocol):
    """One slot: one resident fork server inside one set of walls, running one job at a time."""

    def run(self, job: Job, gate: Gate | None = None) -> Outcome:
        """Run ``job`` in a fresh process and say how it ended. Never raises for anything the job does."""
        ...

    def close(self) -> None:
        """End the slot and remove everything it made on the host."""
        ...
