"""The host's end of one slot: a worker behind a stream, whatever launched it."""

from __future__ import annotations

import json
import marshal
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache
from importlib.util import MAGIC_NUMBER
from typing import Any, Protocol

from sandboxes.cgroups import SlotGroup
from sandboxes.interface import MEBIBYTE, Gate, Job, Outcome, Reason
from sandboxes.kept import Kept
from sandboxes.worker.framing import END, GO, HELLO, JOB, LENGTH, RESPONSE, STOP, frame, join, split

_START_SECONDS = 60.0
_GRACE_SECONDS = 30.0
_MEMORY_SLACK = 3 * MEBIBYTE
_MEMORY_STEP = MEBIBYTE
_COPIES_OF_BINARY = 4  # the message, its field, the sealed file, and the file's pages as they are written


class WorkerError(Exception):
    """The worker died, fell silent or broke the protocol: an error of ours, never of a job."""


class Launched(Protocol):
    """A started worker and the stream to it."""

    def send(self, data: bytes) -> None:
        """Hand over all of ``data``."""
        ...

    def receive(self, size: int, seconds: float) -> bytes:
        """At most ``size`` bytes of what the worker says, empty when it is gone.

        Raises:
            TimeoutError: if it says nothing for ``seconds``.
        """
        ...

    def is_quiet(self) -> bool:
        """True while the worker is there and says nothing, as it must between jobs."""
        ...

    def diagnosis(self) -> str:
        """What the worker or its launcher printed on stderr."""
        ...

    def kill(self) -> None:
        """End everything in the slot."""
        ...

    def close(self) -> None:
        """End everything in the slot and release its descriptors."""
        ...


class Slot:
    """One slot; implements :class:`sandboxes.interface.Sandbox`.

    Args:
        worker: started worker.
        group: the slot's cgroup, or None where none can be written.
        backend: name for outcomes.

    Attributes:
        jobs: how many it has run.
        broken: True after an internal error, or after a job that took the slot with it; it must not be used again.

    Raises:
        WorkerError: if the worker does not say hello.
    """

    def __init__(self, worker: Launched, group: SlotGroup | None, backend: str) -> None:
        self.jobs = 0
        self.broken = False
        self._running = threading.Lock()
        self._kept = Kept()
        self._worker, self._group, self._backend = worker, group, backend
        word, *rest = self._receive(_START_SECONDS)
        if word != HELLO:
            raise WorkerError(f"worker said {word[:40]!r} instead of hello")
        self.hello: dict[str, Any] = json.loads(rest[0])
        self._resident = group.resident_bytes() if group is not None else 0

    def run(self, job: Job, gate: Gate | None = None) -> Outcome:
        """Run ``job`` in a fresh process and say how it ended. Raises only what ``gate`` raises."""
        with self._running:
            self.jobs += 1
            try:
                return self._run(job, gate)
            except (WorkerError, OSError, ValueError) as failure:
                self.broken = True
                detail = f"{failure}; {self._worker.diagnosis()}".strip("; ")
                return Outcome(Reason.INTERNAL_ERROR, detail=detail, backend=self._backend)

    def is_well(self) -> bool:
        """True if it can run another job; a worker that died since the last one is noticed here and costs none."""
        self.broken = self.broken or not self._worker.is_quiet()
        return not self.broken

    def interrupt(self) -> None:
        """End the slot from another thread: a job running in it ends with an internal error."""
        self.broken = True
        self._worker.kill()

    def close(self) -> None:
        """End the slot, once its job has noticed :meth:`interrupt`, and remove everything it made on the host."""
        with self._running:
            self._worker.close()
        if self._group is not None:
            self._group.close()

    def _run(self, job: Job, gate: Gate | None) -> Outcome:
        told, requests = self._kept.plan(job)
        self._set_limits(job)
        self._worker.send(_encode(job, told, requests, gate is not None, self.hello["bytecode"] == MAGIC_NUMBER.hex()))
        responses: list[bytes] = []
        patience = job.limits.wall_seconds + _GRACE_SECONDS
        while True:
            word, *fields = self._receive(patience)
            if word == RESPONSE and gate is not None:
                responses += fields
                self._ask(gate, responses, len(fields), patience)
            elif word == END:
                break
            else:
                raise WorkerError(b"; ".join([word, *fields]).decode("utf-8", "replace")[:500])
        header, stdout, stderr, *rest = fields
        report = json.loads(header)
        responses += rest
        if gate is not None:
            _shown(gate, responses, len(rest))
        self.broken = self.broken or not report.pop("slot_is_fit")
        report["reason"] = Reason(report["reason"])
        for spans in ("response_seconds", "response_cpu_seconds"):
            report[spans] = tuple(report[spans])
        if job.native is not None and job.native.shared_bytes:
            report["shared"] = self._read(job.native.shared_bytes, time.monotonic() + patience)
        peak = self._group.peak_bytes() if self._group is not None else None
        if peak is not None:
            report["peak_memory_bytes"] = max(0, peak - self._resident - self._kept.bytes)
        return Outcome(
            **report,
            responses=tuple(responses),
            stdout=stdout.decode("utf-8", "replace"),
            stderr=stderr.decode("utf-8", "replace"),
            backend=self._backend,
        )

    def _ask(self, gate: Gate, responses: list[bytes], new: int, patience: float) -> None:
        try:
            go = _shown(gate, responses, new)
        except BaseException:
            self._worker.send(frame(STOP))
            self._receive(patience)  # leave the slot fit for its next job
            raise
        self._worker.send(frame(GO if go else STOP))

    def _set_limits(self, job: Job) -> None:
        if self._group is None:
            return
        held = self._kept.bytes + sum(map(len, job.requests))  # by the supervisor, which shares the slot's group
        extra = int(job.simulator is not None)
        if job.native is not None:
            held += _COPIES_OF_BINARY * len(job.native.binary)
            extra += 1  # the first process of its pid namespace
        wanted = self._resident + _MEMORY_SLACK + job.limits.memory_bytes + held
        self._group.limit_memory(-(-wanted // _MEMORY_STEP) * _MEMORY_STEP)
        self._group.limit_processes(self.hello["base_tasks"] + job.limits.processes + extra)
        self._group.reset_peak()

    def _receive(self, patience: float) -> list[bytes]:
        """The next message.

        Raises:
            WorkerError: if none comes within ``patience`` seconds, or the worker is gone.
        """
        until = time.monotonic() + patience
        (size,) = LENGTH.unpack(self._read(LENGTH.size, until))
        return split(self._read(size, until))

    def _read(self, size: int, until: float) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            try:
                chunk = self._worker.receive(min(size - len(parts), 1 << 20), max(0.0, until - time.monotonic()))
            except TimeoutError:
                raise WorkerError("the worker fell silent") from None
            if not chunk:
                raise WorkerError("the worker died")
            parts += chunk
        return bytes(parts)


def _shown(gate: Gate, responses: list[bytes], new: int) -> bool:
    """What the gate says of the last ``new`` responses, up to the first it does not let pass."""
    return all(gate(i, responses[i]) for i in range(len(responses) - new, len(responses)))


@lru_cache(maxsize=16)
def _compiled(source: str, name: str) -> bytes:
    """The code of a trusted module, so that no process need compile it again; empty if it is none."""
    try:
        return marshal.dumps(compile(source, name, "exec", dont_inherit=True))
    except (SyntaxError, ValueError):
        return b""  # the job's own process says what is wrong


def _encode(job: Job, kept: Mapping[str, Any], requests: Sequence[bytes], gated: bool, same_python: bool) -> bytes:
    def module(source: str, name: str) -> list[bytes]:
        return [source.encode(), _compiled(source, name) if same_python else b""]

    looks = range(len(job.requests) - 1) if job.looks is None else sorted(job.looks)
    header: dict[str, Any] = {
        "limits": asdict(job.limits), "looks": list(looks) if gated else [], "simulator": job.simulator is not None,
        "requests": len(requests), **kept,
    }  # fmt: skip
    if job.native is not None:
        header["shared_bytes"] = job.native.shared_bytes
        variables = [f"{name}={value}".encode() for name, value in job.native.environment.items()]
        return frame(JOB, json.dumps(header).encode(), frame(*variables), job.native.binary, *requests)
    files = [part for path, content in job.files.items() for part in (path.encode(), content)]
    candidate = join([*module(job.program, "program.py"), *files])
    if job.simulator is None:
        setup = join([candidate])
    else:
        setup = frame(*module(job.simulator, "simulator.py"), b"%d" % job.limits.response_bytes, candidate)
    return frame(JOB, json.dumps(header).encode(), setup, *requests)
