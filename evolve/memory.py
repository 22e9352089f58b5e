"""Keeping the driver small: it runs for days beside the candidates it judges."""

from __future__ import annotations

import ctypes

_ARENA_MAX, _MMAP_THRESHOLD, _TRIM_THRESHOLD = -8, -3, -1


def limit_heap_growth() -> None:
    """Tell glibc's malloc to give memory back; a no-op elsewhere.

    Each lane's thread would get a heap of its own, and the threshold above which arrays are mapped, and so returned
    when freed, would creep up to 32 MB: together 30 MB of a driver that needs 110.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    mallopt(_ARENA_MAX, 1)
    mallopt(_MMAP_THRESHOLD, 1 << 20)
    mallopt(_TRIM_THRESHOLD, 4 << 20)
