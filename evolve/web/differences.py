"""What differs between two programs, line beside line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from markupsafe import Markup

from evaluators.candidate import Candidate
from evolve.web.text import code_lines

CONTEXT = 3
"""Equal lines shown around each difference."""
MOST_LINES = 4000
"""Of both programs together: comparing takes the product of their lengths at worst."""


MOST_CHARACTERS = 200_000


@dataclass(frozen=True, slots=True)
class Row:
    """A line of each program; None where one has none. Numbers from 1.

    Attributes:
        kind: ``equal``, ``changed``, ``removed``, ``added``, or ``skipped``, for ``count`` equal lines left out.
    """

    kind: str
    left_number: int | None = None
    left: Markup | None = None
    right_number: int | None = None
    right: Markup | None = None
    count: int = 0


@dataclass(frozen=True, slots=True)
class FileDifference:
    """A file of both programs, or of one.

    Attributes:
        path: of it.
        rows: none if nothing differs.
        too_long: whether it was not compared.
    """

    path: str
    rows: tuple[Row, ...]
    too_long: bool = False


def differences(one: Candidate, other: Candidate) -> list[FileDifference]:
    """File by file, in the order of their paths."""
    found = []
    for path in sorted({*one.files, *other.files}):
        texts = [candidate.files.get(path, b"").decode("utf-8") for candidate in (one, other)]
        raw = [text.splitlines() for text in texts]
        if sum(map(len, raw)) > MOST_LINES or sum(map(len, texts)) > MOST_CHARACTERS:
            found.append(FileDifference(path, (), too_long=texts[0] != texts[1]))
            continue
        marked = [_marked(lines, one.language) for lines in raw]
        found.append(FileDifference(path, tuple(_rows(raw[0], raw[1], marked[0], marked[1]))))
    return found


def _marked(lines: list[str], language: str) -> list[Markup]:
    """As many lines as there are, also where the last are empty."""
    found = code_lines("\n".join(lines), language)
    return [*found, *[Markup()] * (len(lines) - len(found))]


def _rows(
    before: Sequence[str], after: Sequence[str], left: Sequence[Markup], right: Sequence[Markup]
) -> Iterator[Row]:
    """The lines of both, differences with some lines around them."""
    done = 0
    for group in SequenceMatcher(None, before, after, autojunk=False).get_grouped_opcodes(CONTEXT):
        if group[0][1] > done:
            yield Row("skipped", count=group[0][1] - done)
        for tag, i1, i2, j1, j2 in group:
            for k in range(max(i2 - i1, j2 - j1)):
                i, j = i1 + k, j1 + k
                in_left, in_right = i < i2, j < j2
                kind = (
                    "equal"
                    if tag == "equal"
                    else "changed"
                    if in_left and in_right
                    else "removed"
                    if in_left
                    else "added"
                )
                yield Row(
                    kind, i + 1 if in_left else None, left[i] if in_left else None, j + 1 if in_right else None,
                    right[j] if in_right else None,
                )  # fmt: skip
        done = group[-1][2]
    if done and len(before) > done:
        yield Row("skipped", count=len(before) - done)
