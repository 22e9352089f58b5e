"""A campaign that the server starts: a process of its own, whose lines go to a file beside its prompts.

It outlives no server: when the server is gone, however it went, the campaign stops and can be resumed.
"""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from evolve.inbox import InboxError
from sandboxes.worker.syscalls import PR_SET_PDEATHSIG, prctl

LOG = "campaign.log"
DONE, NO_WINNER = 0, 1
"""Exit codes of a campaign that came to its end."""
STOP_SECONDS = 20.0


class ChildCampaign:
    """``evolve run`` or ``evolve resume``.

    Args:
        arguments: of the command, the verb first.
        inbox: of the campaign; made if it is not there.

    Raises:
        InboxError: if the folder cannot be made.
    """

    def __init__(self, arguments: Sequence[str], inbox: Path) -> None:
        try:
            inbox.mkdir(parents=True, exist_ok=True)
            self._log = inbox / LOG
            with self._log.open("wb") as log:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", __name__, *arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=log,
                    start_new_session=True,  # what a terminal or a client sends to all its processes is not for it
                )
        except OSError as error:
            raise InboxError(f"{inbox}: cannot be an inbox: {error.strerror}") from None

    def code(self) -> int | None:
        """Its exit code; None while it runs."""
        return self._process.poll()

    def last_words(self) -> str:
        """The last line it wrote."""
        lines = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1].removeprefix("evolve: ") if lines else f"it ended with code {self.code()}"

    def stop(self) -> None:
        """Stop it as Ctrl-C does; it can be resumed."""
        if self.code() is None:
            self._process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_SECONDS)
        if self.code() is None:
            self._process.kill()
            self._process.wait()


if __name__ == "__main__":
    from evolve.cli.main import main

    prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    main()
