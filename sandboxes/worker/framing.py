"""Length-prefixed bytes on pipes: the one encoding between host, supervisor and child.

A frame is a 32-bit little-endian length and that many bytes. A message is a frame whose bytes are again frames, its
fields. Nothing here interprets content, so hostile bytes can be no worse than wrong.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable

LENGTH = struct.Struct("<I")
JOB, GO, STOP = b"job", b"go", b"stop"
HELLO, RESPONSE, END, FAILED = b"hello", b"response", b"end", b"failed"


def join(fields: Iterable[bytes]) -> bytes:
    """The fields as consecutive frames."""
    parts = []
    for part in fields:
        parts.append(LENGTH.pack(len(part)))
        parts.append(part)
    return b"".join(parts)


def frame(*fields: bytes) -> bytes:
    """One message holding ``fields``."""
    return join([join(fields)])


def split(message: bytes) -> list[bytes]:
    """The fields of a message.

    Raises:
        ValueError: if the bytes are not whole frames.
    """
    fields = []
    at, end = 0, len(message)
    while at < end:
        if end - at < LENGTH.size:
            raise ValueError("message ends inside a length")
        (size,) = LENGTH.unpack_from(message, at)
        at += LENGTH.size
        if end - at < size:
            raise ValueError("message ends inside a field")
        fields.append(message[at : at + size])
        at += size
    return fields


def read_exactly(fd: int, size: int) -> bytes:
    """``size`` bytes from a blocking descriptor.

    Raises:
        EOFError: if the other side closed first.
    """
    chunk = os.read(fd, size)
    if len(chunk) == size:
        return chunk
    parts = bytearray(chunk)
    while len(parts) < size:
        chunk = os.read(fd, min(size - len(parts), 1 << 20))
        if not chunk:
            raise EOFError("the other side closed its end")
        parts += chunk
    return bytes(parts)


def read_frame(fd: int) -> bytes:
    """The next frame from a blocking descriptor.

    Raises:
        EOFError: if the other side closed first.
    """
    (size,) = LENGTH.unpack(read_exactly(fd, LENGTH.size))
    return read_exactly(fd, size) if size else b""


def write_all(fd: int, data: bytes) -> None:
    """All of ``data`` to a blocking descriptor."""
    written = os.write(fd, data)
    if written < len(data):
        view = memoryview(data)[written:]
        while view:
            view = view[os.write(fd, view) :]
