"""One job from its first byte to its last process, as its supervisor sees it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import time
from collections.abc import Callable, Mapping
from typing import Any

from . import program
from .accounts import Accounts
from .channels import Answers, Outbox, OverCapError, Text
from .children import Child, Slot, kill_all
from .framing import GO, LENGTH, RESPONSE, frame, read_frame, split, write_all
from .native import Native

HOST_IN, HOST_OUT = 0, 1
_TICK_SECONDS = 0.02
_LONGEST_TICK_SECONDS = 0.1
_APART = 1 << 16
_PIPE_CHUNKS = 17  # reads that surely empty a pipe


def wide_pipe() -> tuple[int, int]:
    """A pipe that holds most requests and answers in one piece; the usual 64 KiB where the user may have no more."""
    reading, writing = os.pipe()
    with contextlib.suppress(OSError):
        fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 256 << 10)
    return reading, writing


class Supervision:
    """One job.

    Args:
        slot: what all jobs share.
        header: ``limits`` (fields of the host's Limits), ``looks`` (requests after which the host's gate is asked),
            ``simulator`` (boolean), and of a native job ``shared_bytes``.
        fields: setup of the program (or of the simulator, the program's in it), for a native job the binary, then
            the requests.

    Attributes:
        reason: how it ended (a value of the host's Reason, or ``ended`` if a child ended by itself), None before.
        in_simulator: True if the simulator failed.
        stopped_by_gate: True if the host's gate ended it.
        responses, seconds: what was answered, and how long each answer took.
        cpu_seconds: of a native job, CPU time each answer took.
        native: the hold on a native job's program, else None.
        streamed: how many of the responses the host already has.
        wall_seconds: elapsed, gate waits excluded.
    """

    def __init__(self, slot: Slot, header: Mapping[str, Any], fields: list[bytes]) -> None:
        self.reason: str | None = None
        self.in_simulator = False
        self.stopped_by_gate = False
        self.responses: list[bytes] = []
        self.seconds: list[float] = []
        self.cpu_seconds: list[float] = []
        self.streamed = 0
        self.wall_seconds = 0.0
        self.simulator: Child | None = None
        self._looks = frozenset(header["looks"])
        self._setup, self._requests = fields[0], fields[1:]
        self.native: Native | None = None
        if "shared_bytes" in header:
            self.native = Native(self._requests.pop(0), header["shared_bytes"])
        self._loaded = False
        self._handed_over = self._cpu_then = 0.0
        self._gate_since: float | None = None
        self._gate_seconds = 0.0
        self._limits: Mapping[str, Any] = header["limits"]
        self._slot = slot
        self.accounts = Accounts(slot, self._limits)
        self._start(slot, bool(header["simulator"]))

    def _start(self, slot: Slot, with_simulator: bool) -> None:
        cap = self._limits["output_bytes"]
        out, out_child = os.pipe()
        err, err_child = os.pipe()
        requests_child, requests = wide_pipe()
        answers, answers_child = wide_pipe()
        self._open = [out, err, requests, answers]
        self._started = time.monotonic()
        pipes = [out_child, err_child, requests_child, answers_child]
        if self.native is not None:
            pipes += self.native.descriptors()
        self.candidate = Child.launch(slot, pipes, self._limits, simulator=False, native=self.native is not None)
        self.stdout, self.stderr = Text(out, cap, tail=False), Text(err, cap, tail=True)
        self.simulator_text: Text | None = None
        if with_simulator:
            # Only the simulator holds the other ends of the candidate's pipes.
            observations, decisions = requests, answers
            talk, talk_child = os.pipe()
            requests_child, requests = wide_pipe()
            answers, answers_child = wide_pipe()
            self._open = [out, err, talk, requests, answers]
            pipes = [talk_child, os.dup(talk_child), requests_child, answers_child, observations, decisions]
            self.simulator = Child.launch(slot, pipes, self._limits, simulator=True)
            self.simulator_text = Text(talk, cap, tail=True)
        self._outbox = Outbox(requests)
        # the first frame only says that the program is loaded
        self._answers = Answers(answers, len(self._requests) + 1, self._limits["response_bytes"])
        self._outbox.push(self._setup)

    def run(self) -> None:
        """Watch the job until it is finished, ended or over a limit; the children still stand then."""
        self._poller = select.poll()
        self._handlers: dict[int, Callable[[], bool]] = {}
        self._watch(HOST_IN, self._on_host)
        self._watch(self._answers.fd, self._on_answers)
        self._watch(self.stdout.fd, self.stdout.receive)
        self._watch(self.stderr.fd, self.stderr.receive)
        self._watch(self.candidate.pidfd, self._on_candidate_end)
        if self.simulator is not None and self.simulator_text is not None:
            self._watch(self.simulator_text.fd, self.simulator_text.receive)
            self._watch(self.simulator.pidfd, self._on_simulator_end)
        pause = self._pause()
        tick = time.monotonic() + pause
        while self.reason is None:
            self._watch_outbox()
            for fd, _ in self._poller.poll(max(0.0, tick - time.monotonic()) * 1000 + 1):
                self._handle(fd)
                if self.reason is not None:
                    break
            if self.reason is None and time.monotonic() >= tick:
                self._check_limits()
                tick = time.monotonic() + pause
        self.wall_seconds = time.monotonic() - self._started - self._gate_seconds

    def _pause(self) -> float:
        """Seconds between looks at what the job has used: a hundredth of its time where the kernel watches the rest."""
        if not self.accounts.kernel_counts:
            return _TICK_SECONDS
        shortest = min(float(self._limits["cpu_seconds"]), float(self._limits["wall_seconds"]))
        return min(max(_TICK_SECONDS, shortest / 100), _LONGEST_TICK_SECONDS)

    def close(self) -> None:
        """End the children, keep what they last printed, close everything."""
        self._handlers.clear()  # they refer to this object, and a cycle would keep its bytes alive for a while
        if self.reason not in ("finished", "ended"):
            kill_all(self._slot.known)
        self.candidate.end()
        if self.simulator is not None:
            self.simulator.end()
        if self.reason in ("finished", "ended"):
            self.reason, before = None, self.reason  # it may have printed too much just before
            self._drain(self.stdout.receive)
            self.reason = self.reason or before
        for text in (self.stdout, self.stderr, self.simulator_text):
            if text is not None:
                self._drain(text.receive)
        for fd in self._open:
            os.close(fd)

    def over_cpu(self, cpu_seconds: float) -> bool:
        """True if ``cpu_seconds`` exceed the job's limit."""
        return cpu_seconds > float(self._limits["cpu_seconds"])

    def slot_is_fit(self) -> bool:
        """False if the slot can run no further job; to be asked when nothing of this one is left.

        What a killed candidate had written to its work directory goes on filling the slot's memory until the last who
        holds that directory has let go. If anybody needs a page meanwhile, the kernel's next victim is the zygote.
        """
        return not self.accounts.oom_kills or self._slot.is_fit()

    @property
    def cause(self) -> bytes:
        """What the program said made it fail."""
        return self._answers.cause

    # ---- events; each says whether to go on watching ----------------------------------------------------------------

    def _on_host(self) -> bool:
        try:
            (word,) = split(read_frame(HOST_IN))
        except EOFError:
            os._exit(0)  # the host is gone; as the first of the slot's pid namespace we take all others with us
        if self._gate_since is not None:
            self._gate_seconds += time.monotonic() - self._gate_since
            self._gate_since = None
            if word == GO:
                self._hand_over()
                self._on_buffered_answers()
            else:
                self.stopped_by_gate = True
                self.reason = "finished"
        return True

    def _on_answers(self) -> bool:
        more = self._answers.receive()
        self._on_buffered_answers()
        return more

    def _on_buffered_answers(self) -> None:
        while self.reason is None and self._gate_since is None:
            answer = self._answers.next()
            if answer is None:
                return
            if not self._loaded:
                self._loaded = True
                if self.native is not None:
                    self.native.found(self.candidate.pid)
                self._hand_over()
                continue
            self.seconds.append(time.monotonic() - self._handed_over)
            self.responses.append(answer)
            if self.native is not None:
                if len(self.responses) == len(self._requests):
                    self.native.stop()
                self.cpu_seconds.append(self.native.cpu_seconds() - self._cpu_then)
            if len(self.responses) - 1 in self._looks and len(self.responses) < len(self._requests):
                self._gate_since = time.monotonic()
                new, self.streamed = self.responses[self.streamed :], len(self.responses)
                write_all(HOST_OUT, frame(RESPONSE, *new))
            else:
                self._hand_over()

    def _hand_over(self) -> None:
        """Hand over the next request; with none left the job is finished."""
        done = len(self.responses)
        if done == len(self._requests):
            self.reason = "finished"
            return
        if self._answers.begun():  # it cannot be an answer to what nobody has seen yet
            self.reason = "unasked"
            return
        request = self._requests[done]
        if self.native is not None:
            self._cpu_then = self.native.cpu_seconds()
        self._handed_over = time.monotonic()
        if len(request) > _APART:  # not to be copied for the sake of one system call
            self._outbox.push(LENGTH.pack(len(request)))
            self._outbox.push(request)
        else:
            self._outbox.push(LENGTH.pack(len(request)) + request)

    def _on_candidate_end(self) -> bool:
        if self.simulator is None:
            self._drain(self._on_answers)
            self.reason = self.reason or "ended"
        # a simulator will notice at its next question, or has none left to ask
        return False

    def _on_simulator_end(self) -> bool:
        self._drain(self._on_answers)
        ending = self.simulator.ending() if self.simulator is not None else None
        if self.reason is None and ending is not None:
            code = ending.si_status if ending.si_code == os.CLD_EXITED else None
            if code == program.EXIT_DECISIONS_OVER_CAP:
                self.reason = "output_limit"
            else:
                self.reason = "ended"
                self.in_simulator = code != program.EXIT_CANDIDATE_GONE
        return False

    # ---- helpers of the loop ----------------------------------------------------------------------------------------

    def _watch(self, fd: int, handler: Callable[[], bool], events: int = select.POLLIN) -> None:
        self._poller.register(fd, events)
        self._handlers[fd] = handler

    def _watch_outbox(self) -> None:
        watched = self._outbox.fd in self._handlers
        if not self._outbox.empty and not watched:
            self._watch(self._outbox.fd, self._outbox.flush, select.POLLOUT)
        elif self._outbox.empty and watched:
            self._unwatch(self._outbox.fd)

    def _unwatch(self, fd: int) -> None:
        self._poller.unregister(fd)
        del self._handlers[fd]

    def _handle(self, fd: int) -> None:
        try:
            if fd in self._handlers and not self._handlers[fd]():
                self._unwatch(fd)
        except OverCapError:
            self.reason = "output_limit"

    def _drain(self, receive: Callable[[], bool]) -> None:
        """Take what an ended child left in a pipe."""
        try:
            for _ in range(_PIPE_CHUNKS):
                if not receive():
                    return
        except OverCapError:
            self.reason = self.reason or "output_limit"

    def _check_limits(self) -> None:
        if self._gate_since is None:
            elapsed = time.monotonic() - self._started - self._gate_seconds
            if elapsed >= self._limits["wall_seconds"]:
                self.reason = "wall_limit"
        self.reason = self.accounts.exceeded(self.simulator) or self.reason
