"""Headers that go into the sandbox with a C++ candidate: the drivers', and ParlayLib's interface if it asks for it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from evaluators.toolchains.parlaylib import ParlayLib

FOLDER = "include"
"""Where headers lie beside the candidate in the sandbox."""
_DRIVERS = Path(__file__).parent / "include"
_LIBRARY = Path(__file__).parents[1] / "kernels" / "include"
_ASKED = re.compile(rb"^[ \t]*#[ \t]*include[ \t]*[<\"]parlay/", re.MULTILINE)


def headers(source: bytes, library: ParlayLib | None = None) -> Mapping[str, bytes]:
    """What ``source`` and a driver are compiled beside: path below the work directory -> content.

    Args:
        source: of the candidate.
        library: whose headers it is given if it asks for any; None: ours.
    """
    if not _ASKED.search(source):
        return _tree(_DRIVERS)
    asked = _tree(_LIBRARY) if library is None else {f"{FOLDER}/{name}": text for name, text in library.files.items()}
    return {**_tree(_DRIVERS), **asked}


def digest(library: ParlayLib | None = None) -> str:
    """Hash of all headers of which :func:`headers` takes some."""
    return _own_digest() if library is None else f"{_own_digest()} {library.digest}"


@cache
def _own_digest() -> str:
    total = hashlib.sha256()
    for name, content in sorted({**_tree(_DRIVERS), **_tree(_LIBRARY)}.items()):
        total.update(f"{name}\0{len(content)}\0".encode() + content)
    return total.hexdigest()


@cache
def _tree(folder: Path) -> Mapping[str, bytes]:
    return {
        f"{FOLDER}/{path.relative_to(folder).as_posix()}": path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.suffix in (".h", ".hpp")
    }
