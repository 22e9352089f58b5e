"""What a model said of its program: the sentences outside the code, as one line."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evolve.proposers.llm import text as texts

_CHARACTERS = 300
_FENCE = re.compile(r"\s*(?:`{3,}|~{3,})")
_EDIT_START, _EDIT_END = re.compile(r"\s*<{5,9}"), re.compile(r"\s*>{5,9}")
_CODE = re.compile(r"\s*(?:def \w+\s*\(|class \w+|import \w+|from \S+ import |#include\b|@@)")
_MARKS = re.compile(r"^[\s>#*+-]+|[*`_]{2,}|`")
_SENTENCE = re.compile(r"(?<=[.!?])\s")


def read_remark(answer: str, limit: int = _CHARACTERS) -> str:
    """The sentences before the program in an answer, else those after it; empty if there are none.

    Args:
        answer: as the model sent it.
        limit: characters, of which as many whole sentences are kept as fit; the first one is cut if it must be.
    """
    text = texts.without_thoughts(texts.normalised(answer))
    if texts.json_strings(text):
        return ""
    for lines in _outside(text.split("\n")):
        said = " ".join("".join(c if c.isprintable() else " " for c in _MARKS.sub("", line)) for line in lines)
        if any(c.isalpha() for c in said):
            return _cut(" ".join(said.split()), limit)
    return ""


def _outside(lines: list[str]) -> Iterator[list[str]]:
    """Runs of lines that are no code: neither fenced, nor of an edit, nor after what begins a program."""
    run: list[str] = []
    until: re.Pattern[str] | None = None
    for line in lines:
        if until is not None:
            until = None if until.match(line) else until
            continue
        if _CODE.match(line):
            break
        if _FENCE.match(line) or _EDIT_START.match(line):
            until = _FENCE if _FENCE.match(line) else _EDIT_END
            yield run
            run = []
        else:
            run.append(line)
    yield run


def _cut(said: str, limit: int) -> str:
    sentences = _SENTENCE.split(said)
    kept = sentences[0]
    for sentence in sentences[1:]:
        if len(kept) + 1 + len(sentence) > limit:
            break
        kept += f" {sentence}"
    return kept if len(kept) <= limit else f"{kept[: limit - 1].rstrip()}…"
