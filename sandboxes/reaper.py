"""Removing what a killed run left behind.

Its processes are gone already: the kernel ends a slot with the thread that started it, and a worker ends when its
host's pipe closes. Empty cgroups stay, named after the host process that made them.
"""

from __future__ import annotations

import re
from pathlib import Path

from sandboxes.cgroups import PREFIX, find_parents, remove, start_time

_NAME = re.compile(rf"{PREFIX}(\d+)-(\d+)-[0-9a-f]+")


def reap() -> list[Path]:
    """Remove the cgroups of host processes that are no more.

    A group that still holds a process is left alone: it may belong to a host in another pid namespace.

    Returns:
        The folders removed.
    """
    removed = []
    for folder in {place.folder for places in find_parents().values() for place in places}:
        for group in folder.glob(f"{PREFIX}*-*-*"):
            match = _NAME.fullmatch(group.name)
            if match is None or start_time(int(match[1])) == int(match[2]):
                continue
            if remove(group, patience=0.0):
                removed.append(group)
    return removed
