"""A campaign that the server starts: a process of its own, whose lines go to a file beside its prompts.

It outlives no server: when the server is gone, however it went, the campaign's standard input ends. Then it stops as on
Ctrl-C, and can be resumed. (The signal Linux sends at a parent's death would not do: it comes once for each of the
parent's threads, and a campaign that is told twice ends at once.)
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from evolve.inbox import InboxError

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
                    stdin=subprocess.PIPE,
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
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def stop_with_server() -> None:
    """Once nobody holds the other end of standard input, stop this process."""
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    from evolve.cli.main import main

    threading.Thread(target=stop_with_server, daemon=True).start()
    main()
