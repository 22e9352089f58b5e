"""The supervisor's ends of a child's pipes, none of which may ever block it."""

from __future__ import annotations

import os
from collections import deque

from .framing import LENGTH
from .program import CAUSE

_CHUNK = 1 << 16


class OverCapError(Exception):
    """The child wrote more than it may."""


class Outbox:
    """Bytes on their way to a child."""

    def __init__(self, fd: int) -> None:
        os.set_blocking(fd, False)
        self.fd = fd
        self._pending: deque[memoryview] = deque()

    def push(self, data: bytes) -> None:
        """Queue ``data`` and write what fits."""
        self._pending.append(memoryview(data))
        self.flush()

    def flush(self) -> bool:
        """Write what fits into the pipe; if nobody reads it any more, forget the rest. Always True: go on watching."""
        try:
            while self._pending:
                rest = self._pending[0][os.write(self.fd, self._pending[0]) :]
                if rest:
                    self._pending[0] = rest
                else:
                    self._pending.popleft()
        except BlockingIOError:
            return True
        except BrokenPipeError:
            self._pending.clear()
        return True

    @property
    def empty(self) -> bool:
        """True when all was written."""
        return not self._pending


class Answers:
    """Frames from a child, bounded in number and in size all together.

    Attributes:
        cause: what the child says made it fail (``program.CAUSE_*``), or empty. A hint, not a fact.
    """

    def __init__(self, fd: int, frames: int, cap: int) -> None:
        os.set_blocking(fd, False)
        self.fd = fd
        self.cause = b""
        self._frames_left = frames
        self._bytes_left = cap
        self._buffer = bytearray()
        self._size: int | None = None
        self._frames: deque[bytes] = deque()

    def receive(self) -> bool:
        """Read a piece of what is there, never more, lest a flood keep the supervisor here; False at the end.

        Raises:
            OverCapError: if a frame, whole or only announced, is one too many or exceeds what is left of the cap.
        """
        try:
            chunk = os.read(self.fd, _CHUNK)
        except BlockingIOError:
            return True
        if not chunk:
            return False
        if not self.cause:
            self._buffer += chunk
            self._parse()
        return True

    def begun(self) -> bool:
        """True if some of the next frame is here already.

        Raises:
            OverCapError: as :meth:`receive`.
        """
        self.receive()
        return not self.cause and bool(self._frames or self._buffer or self._size is not None)

    def next(self) -> bytes | None:
        """The next whole frame, or None."""
        return self._frames.popleft() if self._frames else None

    def _parse(self) -> None:
        while True:
            if self._size is None:
                if len(self._buffer) < LENGTH.size:
                    return
                (self._size,) = LENGTH.unpack_from(self._buffer)
                del self._buffer[: LENGTH.size]
                if self._size != CAUSE:
                    self._frames_left -= 1
                    self._bytes_left -= self._size
                    if self._frames_left < 0 or self._bytes_left < 0:
                        raise OverCapError
            wanted = 1 if self._size == CAUSE else self._size
            if len(self._buffer) < wanted:
                return
            content = bytes(self._buffer[:wanted])
            del self._buffer[:wanted]
            if self._size == CAUSE:
                self.cause = content
                return
            self._frames.append(content)
            self._size = None


class Text:
    """What a child prints: the first ``cap`` bytes with an error beyond them, or the last ``cap`` bytes for ever."""

    def __init__(self, fd: int, cap: int, tail: bool) -> None:
        os.set_blocking(fd, False)
        self.fd = fd
        self._cap = cap
        self._tail = tail
        self._buffer = bytearray()

    def receive(self) -> bool:
        """Read a piece of what is there; False at the end.

        Raises:
            OverCapError: if this is a head and it is full.
        """
        try:
            chunk = os.read(self.fd, _CHUNK)
        except BlockingIOError:
            return True
        if not chunk:
            return False
        self._buffer += chunk
        excess = len(self._buffer) - self._cap
        if excess > 0:
            if self._tail:
                del self._buffer[:excess]
            else:
                del self._buffer[self._cap :]
                raise OverCapError
        return True

    def content(self) -> bytes:
        """What was kept."""
        return bytes(self._buffer)
