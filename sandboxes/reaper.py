"""Removing what a killed run left behind.

Its processes are gone already: the kernel ends a slot with the thread that started it, and a worker ends when its
host's pipe closes. Empty cgroups stay, named after the host process that made them.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from sandboxes.cgroups import PREFIX, hierarchies, remove, start_time

_NAME = re.compile(rf"{PREFIX}(\d+)-(\d+)-[0-9a-f]+")


def reap() -> list[Path]:
    """Remove the cgroups of host processes that are no more.

    A group that still holds a process is left alone: it may belong to a host in another pid namespace.

    Returns:
        The folders removed.
    """
    removed = []
    for hierarchy in hierarchies():
        for top, folders, _ in os.walk(hierarchy):
            ours = [name for name in folders if _NAME.fullmatch(name)]
            folders[:] = [name for name in folders if name not in ours]
            removed += [folder for name in ours if _is_orphan(name) and remove(folder := Path(top, name), patience=0.0)]
    return removed


def _is_orphan(name: str) -> bool:
    match = _NAME.fullmatch(name)
    return match is not None and start_time(int(match[1])) != int(match[2])
