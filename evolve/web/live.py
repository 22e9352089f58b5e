"""What changes while a page is open, sent to it: one look at the database a second for all pages together.

SQLite keeps a number that changes when another connection commits; to read it costs microseconds, and only after it
has changed is anything read. What pages show is made once for all that show it, and only so often that making it takes
a hundredth of the time: pages of a campaign that writes without pause cost the machine it runs on next to nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from evolve.archive.database import ArchiveError
from evolve.archive.reading import ReadOnlyArchive

LOOK_SECONDS = 1.0
SHARE = 0.01
"""Of one processor that making what pages show may take, all parts that are looked at together."""
ALIVE_SECONDS = 20.0
"""Between signs of life, by which a connection whose browser has gone is found out."""


Make = Callable[[], dict[str, str]]


@dataclass(slots=True)
class Part:
    """Some elements of a page that change, made together.

    Attributes:
        make: element's id -> its markup; called on a thread.
        due: when it may be made next, on the monotonic clock.
        sent: what was sent last.
        stale: whether something changed since it was made.
    """

    make: Make
    due: float = 0.0
    sent: dict[str, str] = field(default_factory=dict)
    stale: bool = False


@dataclass(slots=True)
class Topic:
    """What one kind of page shows, and who looks at it.

    Attributes:
        parts: of the page.
        besides: a value that changes with what the database does not tell, such as that a process has gone.
        listeners: pages that are open.
        before: the last of ``besides``.
    """

    parts: list[Part]
    besides: Callable[[], object]
    listeners: set[Listener] = field(default_factory=set)
    before: object = None


class Listener:
    """An open page: what it has not been sent yet."""

    def __init__(self) -> None:
        self.waiting: dict[str, str] = {}
        self.news = asyncio.Event()

    def tell(self, elements: Mapping[str, str]) -> None:
        """A newer state of an element replaces one that has not been sent."""
        self.waiting.update(elements)
        self.news.set()


Making = Callable[[], tuple[Sequence[Make], Callable[[], object]]]
"""Makes a topic: how each part is made, and what else to watch."""


class Pulse:
    """Looks at the database as long as somebody listens."""

    def __init__(self, archive: ReadOnlyArchive) -> None:
        self.archive = archive
        self.topics: dict[str, Topic] = {}
        self.closed = asyncio.Event()
        self._word = secrets.token_hex(4)  # tells what this process counted from what an earlier one did
        self._task: asyncio.Task[None] | None = None

    def version(self) -> str:
        """Of the database, as this process sees it; while it cannot be read, another than ever before and after."""
        try:
            return f"{self._word}-{self.archive.changes()}"
        except ArchiveError:
            return ""

    def close(self) -> None:
        """End all streams, so that the server can end."""
        self.closed.set()
        for topic in self.topics.values():
            for listener in topic.listeners:
                listener.news.set()

    async def stream(self, name: str, making: Making, since: str) -> AsyncIterator[bytes]:
        """Server-sent events of a topic: JSON, element's id -> its markup.

        Args:
            name: of the topic.
            making: makes it, if nobody listens to it yet.
            since: version of the database that the page shows; if it is another one by now, all parts are sent.
        """
        listener = Listener()
        topic = self.topics.get(name)
        if topic is None:
            parts, besides = making()
            topic = self.topics[name] = Topic([Part(make) for make in parts], besides)
            with contextlib.suppress(ArchiveError):
                topic.before = besides()
        topic.listeners.add(listener)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look())
        try:
            yield b"retry: 2000\n\n"
            if since != self.version():
                for part in topic.parts:
                    part.sent, part.stale = {}, True
            while not self.closed.is_set():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(listener.news.wait(), ALIVE_SECONDS)
                listener.news.clear()
                told, listener.waiting = listener.waiting, {}
                yield f"id: {self.version()}\ndata: {json.dumps(told)}\n\n".encode() if told else b": alive\n\n"
        finally:
            topic.listeners.discard(listener)
            if not topic.listeners and self.topics.get(name) is topic:
                del self.topics[name]

    async def _look(self) -> None:
        """Once a second, until nobody listens."""
        seen: int | None = None
        with contextlib.suppress(ArchiveError):
            seen = self.archive.changes()
        while self.topics and not self.closed.is_set():
            await asyncio.sleep(LOOK_SECONDS)
            try:
                changed = self.archive.changes()
                for topic in list(self.topics.values()):
                    await self._pass_on(topic, changed != seen)
            except ArchiveError:
                continue  # it is being moved or restored; the pages stay as they are until it can be read again
            seen = changed

    async def _pass_on(self, topic: Topic, changed: bool) -> None:
        besides = topic.besides()
        changed, topic.before = changed or besides != topic.before, besides
        for part in topic.parts:
            part.stale = part.stale or changed
            if not part.stale or time.monotonic() < part.due:
                continue
            part.stale = False
            try:
                made, seconds = await asyncio.to_thread(_timed, part.make)
            except Exception:
                logging.getLogger(__name__).exception("a part of a page cannot be made")
                continue
            part.due = time.monotonic() + seconds * self._parts() / SHARE
            news = {id: markup for id, markup in made.items() if part.sent.get(id) != markup}
            part.sent = made
            if news:
                for listener in topic.listeners:
                    listener.tell(news)

    def _parts(self) -> int:
        return sum(len(topic.parts) for topic in self.topics.values())


def _timed(make: Make) -> tuple[dict[str, str], float]:
    """What it makes, and the processor time that took on this thread."""
    started = time.thread_time()
    return make(), time.thread_time() - started
