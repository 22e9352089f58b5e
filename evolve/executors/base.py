"""What an executor is: sandboxes somewhere, and judges that use them. It never sees the archive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from evaluators.declaration import EntryPoint
from evaluators.judge import Judge
from sandboxes import Capabilities


class ExecutorError(RuntimeError):
    """Nothing can be judged any more, through no fault of a candidate's; the message is one sentence."""


class StoppedWaitingError(Exception):
    """There was no slot, and :meth:`Executor.stop` said not to wait for one: the evaluation has not begun."""


@dataclass(frozen=True, slots=True)
class News:
    """Something that happened to the machines.

    Attributes:
        kind: of the event that the archive keeps of it.
        said: one sentence for people.
        data: plain values for the event.
    """

    kind: str
    said: str
    data: dict[str, Any] = field(default_factory=dict)


class Executor(Protocol):
    """Where candidates are judged. Made and closed by :func:`evolve.executors.opening.open_executor`."""

    @property
    def capabilities(self) -> Capabilities:
        """What its sandboxes enforce."""
        ...

    @property
    def slots(self) -> int:
        """Candidates that can be judged at one time, now; at least one."""
        ...

    def judge(self, entry: EntryPoint) -> Judge:
        """Judges candidates for ``entry``. Its calls wait for a free slot; any thread may make them.

        They raise :class:`ExecutorError` when there is no hope for a slot, and :class:`StoppedWaitingError` when there
        is none after :meth:`stop`.
        """
        ...

    def environments(self) -> Mapping[str, Mapping[str, str]]:
        """Environment -> what it is, for all that evaluations have been made in, or may be made in next."""
        ...

    def stop(self) -> None:
        """Wait no longer for machines that may come; what is being judged goes on."""
        ...

    def news(self) -> list[News]:
        """What has happened since the last call."""
        ...

    def document(self) -> dict[str, Any]:
        """Where candidates were judged, as plain values."""
        ...
