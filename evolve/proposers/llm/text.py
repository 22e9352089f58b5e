"""Finding code in what a model wrote: thoughts, fences, JSON, code among prose. Knows of text only, of no language."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_THOUGHT_TAG = re.compile(r"<(?P<end>/?)(?:think|thinking|thought|reasoning)>", re.IGNORECASE)
_INVISIBLE = str.maketrans(
    {"\ufeff": None, "\u200b": None, "\u200c": None, "\u200d": None, "\u2060": None, "\u00a0": " ", "\u202f": " "}
)
_FENCE = re.compile(r"(?P<before>.*?)(?P<fence>`{3,}|~{3,})(?P<after>.*)")
_INFO = re.compile(r"\s*\{?\.?(?P<language>[A-Za-z][\w+#.-]*)?[^`]*")
_CODE_LINE = re.compile(
    r"\s*(def |class |import |from \S+ import |async def |@|#|if |for |while |with |try:|return\b"
    r"|[A-Za-z_][\w, ]*\s*=[^=])"
)
_CODE_START = re.compile(r"\s*(def \w+\s*\(|class \w+|import \w+|from \S+ import |@\w+|[A-Za-z_]\w*\s*=\s*lambda\b)")
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block.

    Attributes:
        language: the word after the opening fence, lower case; may be empty.
        code: what stands between the fences.
        closed: False if the text ended before a closing fence.
    """

    language: str
    code: str
    closed: bool


def normalised(text: str) -> str:
    """The text with LF line ends and without invisible characters."""
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_INVISIBLE)


def without_thoughts(text: str) -> str:
    """The text without the reasoning some models put before their answer in tags.

    An end without a start closes everything before it; an answer that only starts to think is empty.
    """
    kept = ""
    start: int | None = None  # of the thought we are in
    after = 0
    for tag in _THOUGHT_TAG.finditer(text):
        if not tag["end"]:
            start = tag.start() if start is None else start
            continue
        kept = kept + text[after:start] if start is not None else ""
        start, after = None, tag.end()
    if start is not None and not text[after:start].strip() and not kept.strip():
        return ""
    return kept + text[after:]


def blocks(text: str, complete: Callable[[str], bool]) -> list[Block]:
    """Fenced blocks in order.

    Args:
        text: the answer.
        complete: whether code can stand alone. A block ends at the first fence at which it is complete (a fence may
            also stand inside a string of the program), else at the first fence.
    """
    lines = text.split("\n")
    found: list[Block] = []
    k = 0
    while k < len(lines):
        opening = _FENCE.fullmatch(lines[k])
        if opening is None:
            k += 1
            continue
        inline = opening["after"].rstrip().removesuffix(opening["fence"])
        if inline != opening["after"].rstrip():
            found.append(_inline(inline))
            k += 1
            continue
        info = _INFO.fullmatch(opening["after"])
        language = (info["language"] or "").lower() if info else ""
        block, k = _block(lines, k + 1, language, opening["fence"], complete)
        found.append(block)
    return found


def _inline(text: str) -> Block:
    language, _, rest = text.strip().partition(" ")
    return Block("python", rest, True) if language.lower() in ("python", "py") else Block("", text.strip(), True)


def _block(
    lines: list[str], start: int, language: str, fence: str, complete: Callable[[str], bool]
) -> tuple[Block, int]:
    """The block whose first line is ``start``, and the line to go on from."""
    ends: list[tuple[str, int]] = []
    for code, following in _ends(lines, start, fence):
        ends.append((code, following))
        if complete(code):
            return Block(language, code, True), following
        if len(ends) == _TRIES:
            break
    if not ends:
        return Block(language, "\n".join(lines[start:]), False), len(lines)
    code, following = ends[0]
    return Block(language, code, True), following


def _ends(lines: list[str], start: int, fence: str) -> Iterator[tuple[str, int]]:
    """Places where a block may end: its code, and the line to go on from."""
    for k in range(start, len(lines)):
        match = _FENCE.fullmatch(lines[k])
        if match is None or match["fence"][0] != fence[0]:
            continue
        before = match["before"]
        code = "\n".join([*lines[start:k], before] if before.strip() else lines[start:k])
        opens = bool(match["after"].strip())
        yield code, k if opens and not before.strip() else k + 1


def json_strings(text: str) -> list[str]:
    """The strings in a text that is one JSON value, longest first; none if it is not."""
    stripped = text.strip()
    if not stripped or stripped[0] not in '{["':
        return []
    try:
        value = json.loads(stripped, strict=False)
    except (json.JSONDecodeError, RecursionError):
        return []
    strings: list[str] = []
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            strings.append(normalised(item))
        elif isinstance(item, dict):
            pending.extend(item.values())
        elif isinstance(item, list):
            pending.extend(item)
    return sorted(strings, key=len, reverse=True)


def unfenced(text: str, complete: Callable[[str], bool]) -> str:
    """Code that stands among prose without fences; empty if there is none.

    Args:
        text: the answer.
        complete: whether code can stand alone. Prose may look like code (``for example …``): the first region that is
            complete is taken, else the first region.
    """
    lines = text.split("\n")
    starts = [k for k, line in enumerate(lines) if _CODE_START.match(line)][:_TRIES]
    first = ""
    for start in starts:
        for code in _regions(lines, start):
            first = first or code
            if complete(code):
                return code
    return first


def _regions(lines: list[str], start: int) -> Iterator[str]:
    """What may be the program that begins at ``start``: up to the first prose, then ever shorter."""
    base = len(lines[start]) - len(lines[start].lstrip())
    end = start
    tops: list[int] = []
    brackets = 0
    for k in range(start, len(lines)):
        line = lines[k]
        if line.strip() and brackets <= 0 and len(line) - len(line.lstrip()) <= base:
            if not _CODE_LINE.match(line):
                break
            tops.append(k)
        brackets += sum(line.count(c) for c in "([{") - sum(line.count(c) for c in ")]}")
        if line.strip():
            end = k
    yield "\n".join(lines[start : end + 1])
    for top in reversed(tops[1:][-_TRIES:]):
        yield "\n".join(lines[start:top])
