"""Build results on disk, by what they were made from.

Under ``$EVOLVE_CACHE``, else ``$XDG_CACHE_HOME/evolve``, else ``~/.cache/evolve``. A file that cannot be written costs
only time; one that is damaged is not used.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MOST_BYTES = 256 << 20
"""Size beyond which the oldest results are removed."""
_SWEEP_EVERY = 64


def folder() -> Path:
    """Where the results lie."""
    given = os.environ.get("EVOLVE_CACHE")
    if given:
        return Path(given) / "builds"
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "evolve" / "builds"


def key(parts: Mapping[str, bytes | str]) -> str:
    """Hash of named parts."""
    digest = hashlib.sha256()
    for name in sorted(parts):
        part = parts[name]
        data = part.encode() if isinstance(part, str) else part
        digest.update(f"{name}\0{len(data)}\0".encode() + data)
    return digest.hexdigest()


def read(name: str) -> tuple[dict[str, Any], bytes] | None:
    """Facts and binary kept under a key, or None."""
    try:
        data = (folder() / name).read_bytes()
    except OSError:
        return None
    checksum, _, content = data.partition(b"\n")
    if checksum.decode("ascii", "replace") != hashlib.sha256(content).hexdigest():
        return None
    facts, _, binary = content.partition(b"\n")
    found: dict[str, Any] = json.loads(facts)
    return found, binary


def write(name: str, facts: Mapping[str, Any], binary: bytes) -> None:
    """Keep facts and binary under a key."""
    content = json.dumps(dict(facts)).encode() + b"\n" + binary
    place = folder()
    with contextlib.suppress(OSError):
        place.mkdir(parents=True, exist_ok=True)
        fd, temporary = tempfile.mkstemp(dir=place, prefix=".new-")
        with os.fdopen(fd, "wb") as out:
            out.write(hashlib.sha256(content).hexdigest().encode() + b"\n" + content)
        Path(temporary).replace(place / name)
        if int(name[:4], 16) % _SWEEP_EVERY == 0:
            _sweep(place)


def _sweep(place: Path) -> None:
    entries = [(path.stat().st_mtime, path.stat().st_size, path) for path in place.iterdir()]
    total = sum(size for _, size, _ in entries)
    for _, size, path in sorted(entries):
        if total <= MOST_BYTES:
            return
        path.unlink(missing_ok=True)
        total -= size
