"""How soon everything of a job is gone."""

from __future__ import annotations

import time
from pathlib import Path

from sandboxes import Reason

SECONDS = 0.1
BEST_OF, TRIES = 3, 10
NAME = "bomb"
BOMB = f"""
import ctypes, os, time
def solve(request):
    ctypes.CDLL(None).prctl(15, b"{NAME}-" + request)
    told = False
    while True:
        try:
            os.fork()
        except OSError:
            if not told:
                os.write(1, b"%.6f\\n" % time.monotonic())
            told = True
"""


def alive(name: str) -> bool:
    """Whether a process of that name lives on the host."""
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                if (process / "comm").read_text().strip() == name:
                    return True
            except OSError:
                continue  # it ended meanwhile
    return False


def test_a_fork_bomb_is_gone_soon_after_it_hits_its_limit(run):
    """From the first fork refused to the outcome with no process left; the best of a few, since others may be busy."""
    taken = []
    for attempt in range(TRIES):
        outcome = run(BOMB, b"%d" % attempt)
        left = alive(f"{NAME}-{attempt}")
        finished = time.monotonic()
        assert outcome.reason is Reason.PROCESS_LIMIT, outcome
        assert not left
        assert outcome.orphans_killed > 0
        refused = [float(told) for told in outcome.stdout.split()]  # none, if it was gone before it could tell
        taken += [finished - min(refused)] if refused else []
        if len(taken) >= BEST_OF and min(taken) < SECONDS:
            break
    print(f"gone after {1000 * min(taken):.0f} ms")
    assert min(taken) < SECONDS
