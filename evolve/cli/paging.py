"""A pager for what is longer than the terminal."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator

from evolve.cli import common

_USUAL = ("less", "more")
_COLOURS = "FRX"  # of `less`: no page for little, colours but no other escape sequences, leave the text there

_COLOUR = re.compile(r"\x1b\[[\d;]*m")


@contextlib.contextmanager
def paged() -> Iterator[None]:
    """Show what is printed on stdout in ``$PAGER`` (else ``less``), if that is a terminal and too small for it."""
    command = _pager() if sys.stdout.isatty() else []
    if not command:
        yield
        return
    from rich.pager import Pager

    out = common.console()

    class Paged(Pager):
        def show(self, content: str) -> None:
            if content.count("\n") < out.height:
                sys.stdout.write(content)
                sys.stdout.flush()
            else:
                _show(command, content if _is_less(command) else _COLOUR.sub("", content))

    common.shared_console = out
    try:
        with out.pager(Paged(), styles=True):
            yield
    finally:
        common.shared_console = None


def _pager() -> list[str]:
    """The command; empty if there is none, or none is wanted (``PAGER=`` or ``PAGER=cat``)."""
    wanted = os.environ.get("PAGER")
    if wanted is None:
        return next(([found] for name in _USUAL if (found := shutil.which(name))), [])
    try:
        words = shlex.split(wanted)
    except ValueError:
        return []
    return words if words and words != ["cat"] and shutil.which(words[0]) else []


def _is_less(command: list[str]) -> bool:
    """Others may not know what to do with colours."""
    return os.path.basename(command[0]) == "less"  # noqa: PTH119 - the name of a command, not a path of ours


def _show(command: list[str], content: str) -> None:
    environment = {"LESS": _COLOURS, **os.environ}
    process = subprocess.Popen(command, stdin=subprocess.PIPE, env=environment, text=True, encoding="utf-8")
    with contextlib.suppress(BrokenPipeError):  # whoever reads may leave before the end
        process.communicate(content)
    while process.poll() is None:
        with contextlib.suppress(KeyboardInterrupt):  # it is the pager's to answer
            process.wait()
