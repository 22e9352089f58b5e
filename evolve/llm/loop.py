"""The event loop on which calls to models are under way: one a process, on a thread of its own, from the first use on.

All calls on one loop share connections and commits, whichever threads and however many clients they are made for.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_starting = threading.Lock()
_loop: asyncio.AbstractEventLoop | None = None


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """What ``coroutine`` returns, run on the loop; blocks, and must not be called on the loop's own thread."""
    return asyncio.run_coroutine_threadsafe(coroutine, _started()).result()


def call_soon(callback: Callable[[], object]) -> None:
    """Have ``callback`` called on the loop, if there is one; takes no lock, so that a signal handler may ask for it."""
    if _loop is not None:
        _loop.call_soon_threadsafe(callback)


def _started() -> asyncio.AbstractEventLoop:
    global _loop
    with _starting:
        if _loop is None:
            _loop = asyncio.new_event_loop()
            threading.Thread(target=_loop.run_forever, name="calls", daemon=True).start()
        return _loop
