"""The program of a build: it runs inside the walls, writes the sources, and runs the steps one after another.

Only its text is used on the host, by :mod:`sandboxes.building`; nothing but the standard library is at hand here.
"""

import json
import os
import struct
from collections.abc import Callable

_DIAGNOSTICS = "diagnostics.txt"


def load(files: dict[str, bytes]) -> Callable[[bytes], bytes]:
    """Write the sources into the work directory; the handler builds."""
    for name, content in files.items():
        folder = name.rpartition("/")[0]
        if folder:
            os.makedirs(folder, exist_ok=True)  # noqa: PTH103 - pathlib is slow to import
        with open(name, "wb") as out:  # noqa: PTH123
            out.write(content)
    return build


def build(request: bytes) -> bytes:
    """Run the steps of an order until one fails; header in JSON and artefacts, each preceded by its length."""
    order = json.loads(request)
    failed = code = None
    for number, step in enumerate(order["steps"]):
        code = _run(step["argv"], step["output"] or _DIAGNOSTICS)
        if code != 0:
            failed = number
            break
    said = _read(_DIAGNOSTICS, order["diagnostics_bytes"])
    header = {"failed": failed, "code": code, "diagnostics": said.decode("utf-8", "replace")}
    parts = [json.dumps(header).encode()]
    if failed is None:
        parts += [_read(name) for name in order["artefacts"]]
    return b"".join(struct.pack("<I", len(part)) + part for part in parts)


def _run(argv: list[str], output: str) -> int:
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
        (os.POSIX_SPAWN_OPEN, 2, _DIAGNOSTICS, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
    ]
    try:
        pid = os.posix_spawnp(argv[0], argv, os.environ, file_actions=actions)
    except FileNotFoundError:
        return 127
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _read(name: str, most: int = -1) -> bytes:
    try:
        with open(name, "rb") as source:  # noqa: PTH123
            return source.read(most)
    except FileNotFoundError:
        return b""
