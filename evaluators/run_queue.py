"""Waiting until the machine has cores to spare: elapsed time of a program that had to queue for a core is not its own.

What else runs on a machine is not ours to stop, but which moment a pair of runs begins at is. The run queue is the
kernel's count of threads that run or could run at this instant, of all users and containers, the fourth field of
``/proc/loadavg`` (proc(5)); load averages lag behind by a minute.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

LOADAVG = Path("/proc/loadavg")
PATIENCE = 2.0
"""Seconds waited for a pair at most."""
_LOOKS = 3
"""Looks in a row that must find the cores idle: whoever runs half of the time is missed by one look in two."""
_EACH = 0.005
"""Seconds between two looks."""


def runnable() -> int | None:
    """Threads on the run queue but for the one that asks; None where the kernel does not say."""
    try:
        running, _, _ = LOADAVG.read_text(encoding="ascii").split()[3].partition("/")
        return max(0, int(running) - 1)
    except (OSError, ValueError, IndexError):
        return None


class RunQueue:
    """Waits for idle cores before each pair.

    A machine that has kept a pair waiting in vain is likely to do so with the next: its patience is halved each time,
    and whole again when the cores were idle. So all pairs together wait at most about twice :data:`PATIENCE` in vain.

    Attributes:
        crowded: whether the last wait was in vain.
    """

    def __init__(self, cores: int) -> None:
        """Prepare to wait for ``cores`` idle cores, or all if the machine has fewer."""
        self.crowded = False
        self._others = max(0, (os.cpu_count() or 1) - cores)
        self._patience = PATIENCE

    def __call__(self) -> None:
        """Return when the cores are idle or patience has ended."""
        until = time.monotonic() + self._patience
        idle = 0
        while idle < _LOOKS:
            running = runnable()
            if running is None:
                break
            idle = idle + 1 if running <= self._others else 0
            if time.monotonic() >= until:
                break
            time.sleep(_EACH)
        self.crowded = running is not None and idle < _LOOKS
        self._patience = self._patience / 2 if self.crowded else PATIENCE
