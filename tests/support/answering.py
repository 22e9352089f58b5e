"""Somebody who answers the prompts of an inbox: a thread that looks at the folder and writes files."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.support.scripted_answers import scripted_answer

QUIET = 0.3
"""Seconds between the two halves of an answer that is written in pieces; less than an inbox waits."""


def answer_file(folder: Path, number: int, suffix: str = ".md") -> Path:
    return folder / f"{number:06d}.answer{suffix}"


def open_prompts(folder: Path) -> dict[int, str]:
    """Number -> text of the prompts in a folder."""
    found = {}
    for path in sorted(folder.glob("??????.prompt.md")):
        with contextlib.suppress(FileNotFoundError):  # put away meanwhile
            found[int(path.name[:6])] = path.read_text(encoding="utf-8")
    return found


def rename_in(folder: Path, number: int, text: str) -> None:
    """As the page on agents says."""
    part = folder / f"elsewhere-{number}"
    part.write_text(text, encoding="utf-8")
    part.rename(answer_file(folder, number))


def save(folder: Path, number: int, text: str) -> None:
    """As an editor may."""
    answer_file(folder, number, ".txt").write_text(text, encoding="utf-8")


def in_pieces(folder: Path, number: int, text: str) -> None:
    """Half, a pause, all: half of a program would be read as one that is broken."""
    with answer_file(folder, number).open("w", encoding="utf-8") as file:
        for piece in (text[: len(text) // 2], text[len(text) // 2 :]):
            threading.Event().wait(QUIET)
            file.write(piece)
            file.flush()


Writing = Callable[[Path, int, str], None]


class Answering:
    """Answers each prompt once, in the order of the numbers.

    Args:
        folder: the inbox.
        turns: what is answered and how it is written, in turn.
    """

    def __init__(self, folder: Path, turns: Sequence[tuple[str, Writing]] = (("auto", rename_in),)) -> None:
        self.folder, self._turns = folder, turns
        self.prompts: dict[int, str] = {}
        self.most_open = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._answer, daemon=True)

    def _answer(self) -> None:
        while not self._stop.wait(0.05):
            found = open_prompts(self.folder)
            self.most_open = max(self.most_open, len(found))
            for number, text in found.items():
                if number not in self.prompts:
                    behaviour, write = self._turns[len(self.prompts) % len(self._turns)]
                    self.prompts[number] = text
                    write(self.folder, number, scripted_answer(behaviour, number, text))

    def __enter__(self) -> Answering:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
