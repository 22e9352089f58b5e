"""Ctrl-C once (or SIGTERM) stops cleanly; twice stops at once. Nothing is lost either way."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def interruptible(stop: Callable[[], None], at_once: Callable[[], str]) -> Iterator[None]:
    """While this is open, the first signal calls ``stop`` and the second ends the process with code 130.

    Args:
        stop: has what is under way end by itself, and says so.
        at_once: called just before the process ends; returns how to go on.
    """
    signals = itertools.count(1)

    def on_signal(number: int, frame: object) -> None:
        if next(signals) == 1:
            stop()
            return
        os.write(2, f"\nevolve: stopped at once; nothing is lost, {at_once()}\n".encode())
        os._exit(130)

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
