"""Stopping and resuming campaigns: what Ctrl-C and `evolve resume` do, asked for in a page."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from typing import IO

from evolve.archive.database import Archive
from evolve.campaign.store import is_driven, process_mark

LAST_WORDS = 2000  # bytes of what a process said on its way out
ENDING_SECONDS = 10.0  # between letting go of a campaign and being gone


@dataclass(frozen=True, slots=True)
class Told:
    """What became of an action, in a sentence."""

    said: str
    wrong: bool = False


@dataclass(slots=True)
class _Launched:
    process: subprocess.Popen[bytes]
    output: IO[bytes]

    def last_words(self) -> str:
        """The last line it wrote."""
        size = os.fstat(self.output.fileno()).st_size
        text = os.pread(self.output.fileno(), LAST_WORDS, max(0, size - LAST_WORDS)).decode("utf-8", "replace")
        return next((line for line in reversed(text.splitlines()) if line.strip()), "")


@dataclass
class Steering:
    """Acts on the processes that run the campaigns of an archive; the archive itself they write, not we."""

    archive: Archive
    _asked: dict[str, str] = field(default_factory=dict)  # campaign -> mark of the process that was asked to stop
    _launched: dict[str, _Launched] = field(default_factory=dict)
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)  # a button may be pressed twice at once

    def stop(self, campaign: str) -> None:
        """Send the process that runs a campaign what Ctrl-C sends: what is being judged is finished first.

        Once: a second signal would end it at once.
        """
        with self._one_at_a_time:
            self._stop(campaign)

    def _stop(self, campaign: str) -> None:
        driver = self._driver(campaign)
        if not is_driven(driver) or self._asked.get(campaign) == driver:
            return
        # By a handle of the process, which stays its own: a number alone may be another's by the time it is used.
        with contextlib.suppress(ProcessLookupError):
            handle = os.pidfd_open(int(driver.partition(":")[0]))
            try:
                if process_mark(int(driver.partition(":")[0])) == driver:
                    signal.pidfd_send_signal(handle, signal.SIGINT)
                    self._asked[campaign] = driver
            finally:
                os.close(handle)

    def resume(self, campaign: str) -> None:
        """Go on with a campaign in a process of its own, which outlives this one."""
        with self._one_at_a_time:
            self._resume(campaign)

    def _resume(self, campaign: str) -> None:
        if self._is_ending(campaign):  # it has let go of the campaign, and is about to be gone
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._launched[campaign].process.wait(ENDING_SECONDS)
        if is_driven(self._driver(campaign)) or self._under_way(campaign):
            return
        self._forget(campaign)
        output = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the process
        command = [
            sys.executable, "-m", "evolve", "resume", campaign, "--archive", str(self.archive.path.resolve()),
            "--plain",
        ]  # fmt: skip
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
        self._launched[campaign] = _Launched(process, output)

    def told(self, campaign: str) -> Told | None:
        """What there is to say of the last action on a campaign."""
        launched = self._launched.get(campaign)
        if launched is not None:
            code = launched.process.poll()
            if code is not None and code < 0:
                return Told(f"`evolve resume` was ended by signal {-code}.", wrong=True)
            if code is not None and code not in (0, 1, 130):
                return Told(launched.last_words() or f"`evolve resume` ended with code {code}.", wrong=True)
            if code is None and not is_driven(self._driver(campaign)) and not self._is_ending(campaign):
                return Told("It is being resumed.")
        driver = self._driver(campaign)
        if is_driven(driver) and self._asked.get(campaign) == driver:
            return Told("It is being stopped: what is being judged is finished first.")
        return None

    def _under_way(self, campaign: str) -> bool:
        launched = self._launched.get(campaign)
        return launched is not None and launched.process.poll() is None

    def _is_ending(self, campaign: str) -> bool:
        """Whether the process that was launched for it was asked to stop."""
        asked = self._asked.get(campaign, "").partition(":")[0]
        return self._under_way(campaign) and asked == str(self._launched[campaign].process.pid)

    def _forget(self, campaign: str) -> None:
        launched = self._launched.pop(campaign, None)
        if launched is not None:
            launched.output.close()

    def _driver(self, campaign: str) -> str:
        row = self.archive.row("SELECT driver FROM campaigns WHERE id = ?", (campaign,))
        return "" if row is None else row["driver"] or ""
