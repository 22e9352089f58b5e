"""Running a compiled program: the trusted process above it inside its walls, and the supervisor's hold on it.

The first process of a pid namespace is deaf to most signals, its own ``abort`` included, so a program that is to be
seen crashing must not be the first. The first is a copy of the zygote: it starts the program, waits, and passes the
kernel's word on through a pipe that the program does not hold.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import struct
import time
from collections.abc import Callable
from typing import NoReturn

from . import counters, seccomp
from .framing import read_frame, split, write_all

REQUESTS, ANSWERS, SHARED = 3, 4, 5
_PROGRAM = 6
_MAX_DESCRIPTOR = 64
_STATUS = struct.Struct("<i")
_SETTLE_SECONDS = 0.0005
_SETTLE_TRIES = 40
_CHUNK = 1 << 20


def run(requests: int, answers: int, binary: int, shared: int, status: int) -> NoReturn:
    """Start the program in ``binary`` on these descriptors, wait for its end, pass its wait status on."""
    pid = os.fork()
    if pid == 0:
        try:
            _execute(requests, answers, binary, shared)
        except BaseException as failure:
            os.write(2, f"the program could not be started: {failure}\n".encode())
        os._exit(127)
    for fd in (1, 2, requests, answers, binary, shared):
        os.close(fd)
    _, ending = os.waitpid(pid, 0)
    os.write(status, _STATUS.pack(ending))
    os._exit(0)


def _execute(requests: int, answers: int, binary: int, shared: int) -> NoReturn:
    variables = split(read_frame(requests))
    # out of the way first: a number wanted may be one of those given
    given = [fcntl.fcntl(fd, fcntl.F_DUPFD, _PROGRAM + 1) for fd in (requests, answers, shared, binary)]
    for fd, number in zip(given, (REQUESTS, ANSWERS, SHARED, _PROGRAM), strict=True):
        os.dup2(fd, number)
    os.set_inheritable(_PROGRAM, False)
    os.closerange(_PROGRAM + 1, _MAX_DESCRIPTOR)
    for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT):  # the interpreter's own settings
        signal.signal(number, signal.SIG_DFL)
    environment = dict(os.environb)
    for variable in variables:
        name, _, value = variable.partition(b"=")
        environment[name] = value
    seccomp.NATIVE.install()
    os.execve(_PROGRAM, ["program"], environment)


class Native:
    """The supervisor's hold on one compiled program.

    Args:
        binary: the executable.
        shared_bytes: size of the region it may share with us.
    """

    def __init__(self, binary: bytes, shared_bytes: int) -> None:
        self._shared_bytes = shared_bytes
        self._binary = _sealed("program", binary, len(binary))
        self._shared = _sealed("shared", b"", shared_bytes)
        self._status, self._status_child = os.pipe2(os.O_NONBLOCK)
        self._pid: int | None = None
        self._cpu_seconds = 0.0

    def descriptors(self) -> list[int]:
        """Those the child is given after its pipes; they may be closed once it has them."""
        return [self._binary, os.dup(self._shared), self._status_child]

    def found(self, init: int) -> None:
        """Tell that the program has started below ``init``."""
        self._pid = counters.only_child(init)

    def cpu_seconds(self) -> float:
        """CPU time of all its threads so far."""
        if self._pid is not None:
            with contextlib.suppress(OSError):  # it has ended; its account of a moment ago is the best there is
                self._cpu_seconds = counters.process_cpu_seconds(self._pid)
        return self._cpu_seconds

    def stop(self) -> None:
        """Stop all its threads where they are."""
        if self._pid is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGSTOP)
        _until_constant(self.cpu_seconds)

    def ending(self) -> tuple[int | None, int | None]:
        """Exit code and signal it ended with by itself, as far as it did."""
        try:
            packed = os.read(self._status, _STATUS.size)
        except BlockingIOError:
            packed = b""
        if len(packed) < _STATUS.size:
            return None, None
        (status,) = _STATUS.unpack(packed)
        return (None, os.WTERMSIG(status)) if os.WIFSIGNALED(status) else (os.WEXITSTATUS(status), None)

    def send_shared(self, out: int) -> None:
        """Write the region to ``out`` piece by piece, for a whole copy might not fit the slot; then forget it."""
        for at in range(0, self._shared_bytes, _CHUNK):
            write_all(out, os.pread(self._shared, min(_CHUNK, self._shared_bytes - at), at))
        os.close(self._shared)
        os.close(self._status)


def _until_constant(read: Callable[[], float]) -> None:
    before = read()
    for _ in range(_SETTLE_TRIES):
        time.sleep(_SETTLE_SECONDS)
        now = read()
        if now == before:
            return
        before = now


def _sealed(name: str, content: bytes, size: int) -> int:
    """Memory with ``content`` that nobody can resize, nor, if it has any content, change."""
    fd = os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.ftruncate(fd, size)
    if content:
        write_all(fd, content)
    seals = fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, seals | (fcntl.F_SEAL_WRITE if content else 0))
    return fd
