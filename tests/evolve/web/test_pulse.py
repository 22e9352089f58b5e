"""What is sent to open pages: made once for all of them, and not too often."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from pathlib import Path

from evolve.archive import Archive
from evolve.archive.reading import ReadOnlyArchive
from evolve.web.live import SHARE, Pulse


def commit(path: Path) -> None:
    with Archive(path) as archive, archive.write() as connection:
        connection.execute("UPDATE campaigns SET active_seconds = active_seconds + 1")


async def told(pulse: Pulse, make: object, since: str, events: int) -> list[dict[str, str]]:
    """The first so many events of a stream."""
    found: list[dict[str, str]] = []
    stream = pulse.stream("one", lambda: ([make], lambda: None), since)  # type: ignore[list-item, return-value]
    async for piece in stream:
        if b"data: " in piece:
            found.append(json.loads(piece.decode().split("data: ")[1]))
            if len(found) == events:
                break
    await stream.aclose()  # type: ignore[attr-defined]
    return found


def test_what_two_pages_show_is_made_once(filled: Path, tmp_path: Path) -> None:
    path = tmp_path / "evolve.db"
    shutil.copy(filled, path)
    made: list[float] = []

    def make() -> dict[str, str]:
        made.append(time.monotonic())
        return {"same": "always", "other": str(len(made))}

    async def watch() -> list[list[dict[str, str]]]:
        pulse = Pulse(ReadOnlyArchive(path))
        pages = [asyncio.create_task(told(pulse, make, pulse.version(), 2)) for _ in range(2)]
        for _ in range(3):
            await asyncio.sleep(1.1)
            commit(path)
        return list(await asyncio.wait_for(asyncio.gather(*pages), 20))

    first, second = asyncio.run(watch())
    assert first == second == [{"same": "always", "other": "1"}, {"other": "2"}]
    assert len(made) <= 3


def test_a_page_from_before_a_change_is_told_at_once(filled: Path, tmp_path: Path) -> None:
    path = tmp_path / "evolve.db"
    shutil.copy(filled, path)

    async def watch() -> list[dict[str, str]]:
        pulse = Pulse(ReadOnlyArchive(path))
        since = pulse.version()
        commit(path)
        return await asyncio.wait_for(told(pulse, lambda: {"part": "new"}, since, 1), 20)

    assert asyncio.run(watch()) == [{"part": "new"}]


def test_what_takes_long_is_made_less_often(filled: Path, tmp_path: Path) -> None:
    path = tmp_path / "evolve.db"
    shutil.copy(filled, path)
    cost = 0.02
    made = 0

    def make() -> dict[str, str]:
        nonlocal made
        made += 1
        until = time.thread_time() + cost
        while time.thread_time() < until:
            pass
        return {"part": str(made)}

    async def watch(seconds: float) -> None:
        pulse = Pulse(ReadOnlyArchive(path))
        page = asyncio.create_task(told(pulse, make, pulse.version(), 1000))
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            commit(path)
            await asyncio.sleep(0.2)
        pulse.close()
        await asyncio.wait_for(page, 20)

    asyncio.run(watch(4.5))
    assert 2 <= made <= 1 + 4.5 / (cost / SHARE) + 1
