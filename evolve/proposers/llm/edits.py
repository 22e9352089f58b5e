"""Search/replace edits: read tolerantly, applied only where there is no mistaking what is meant."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SEARCH = re.compile(r"\s*<{5,9}\s*(\w.*)?")
_DIVIDER = re.compile(r"\s*={5,9}\s*")
_REPLACE = re.compile(r"\s*>{5,9}.*")
_FENCE = re.compile(r"\s*(`{3,}|~{3,})[\w+.-]*\s*")
_HUNK = re.compile(r"@@.*")


class EditError(ValueError):
    """An edit does not apply; the message is told to the model."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Lines to find and the lines that replace them."""

    search: tuple[str, ...]
    replace: tuple[str, ...]


def read_edits(text: str) -> list[Edit]:
    """The edits in an answer: search/replace blocks, else the hunks of a unified diff; none if there are neither.

    A block without its last marker ends at the next block, at a closing fence or with the text.
    """
    return _blocks(text.split("\n")) or _hunks(text.split("\n"))


def _blocks(lines: list[str]) -> list[Edit]:
    edits: list[Edit] = []
    search: list[str] = []
    replace: list[str] = []
    part: list[str] | None = None
    for line in [*lines, "<<<<<<< SEARCH"]:
        if _SEARCH.fullmatch(line):
            if part is replace:  # the block before lacks its last marker
                edits.append(Edit(_trimmed(search), _trimmed(_until_fence(replace))))
            search, replace = [], []
            part = search
        elif part is search and _DIVIDER.fullmatch(line):
            part = replace
        elif part is replace and _REPLACE.fullmatch(line):
            edits.append(Edit(_trimmed(search), _trimmed(replace)))
            part = None
        elif part is not None:
            part.append(line)
    return edits


def _until_fence(lines: list[str]) -> list[str]:
    body = lines[1:] if lines and _FENCE.fullmatch(lines[0]) else lines
    end = next((k for k, line in enumerate(body) if _FENCE.fullmatch(line)), len(body))
    return body[:end]


def _trimmed(lines: list[str]) -> tuple[str, ...]:
    """Without blank lines and fences around."""
    lines = list(lines)
    while lines and (not lines[0].strip() or _FENCE.fullmatch(lines[0])):
        lines.pop(0)
    while lines and (not lines[-1].strip() or _FENCE.fullmatch(lines[-1])):
        lines.pop()
    return tuple(lines)


def _hunks(lines: list[str]) -> list[Edit]:
    edits: list[Edit] = []
    search: list[str] | None = None
    replace: list[str] = []
    for line in [*lines, "```"]:
        starts = bool(_HUNK.fullmatch(line))
        inside = search is not None and not starts and (not line or line[0] in " +-\\")
        if inside and search is not None:
            if not line or line[0] in " -":
                search.append(line[1:])
            if not line or line[0] in " +":
                replace.append(line[1:])
            continue
        if search is not None:
            edits.append(Edit(_trimmed(search), _trimmed(replace)))
        search, replace = ([], []) if starts else (None, [])
    return [edit for edit in edits if edit.search != edit.replace]


def apply_edits(source: str, edits: list[Edit]) -> str:
    """The program after all edits, one after another.

    Lines are sought exactly, then without regard to blanks (the replacement is then indented as the lines found are),
    then, a single line, as a part of a line.

    Raises:
        EditError: naming the first edit that is found nowhere or at several places.
    """
    lines = source.rstrip("\n").split("\n")
    for number, edit in enumerate(edits, 1):
        lines = _applied(lines, edit, f"edit {number} of {len(edits)}")
    return "\n".join(lines) + "\n"


def _applied(lines: list[str], edit: Edit, name: str) -> list[str]:
    if not edit.search:
        raise EditError(f"{name} has no SEARCH lines, so it is not known where it goes")
    for found in (_exact(lines, edit.search), _blind(lines, edit.search)):
        if len(found) > 1:
            raise EditError(f"{name}: its SEARCH lines occur {len(found)} times; give more lines around them")
        if found:
            start, end = found[0]
            return [*lines[:start], *_indented(edit, lines[start]), *lines[end:]]
    text = "\n".join(lines)
    part = edit.search[0].strip()
    if len(edit.search) == 1 and len(edit.replace) == 1 and text.count(part) == 1:
        return text.replace(part, edit.replace[0].strip()).split("\n")
    shown = "\n".join(edit.search[:6])
    raise EditError(f"{name}: its SEARCH lines are not in the program:\n{shown}")


def _exact(lines: list[str], search: tuple[str, ...]) -> list[tuple[int, int]]:
    size = len(search)
    return [(k, k + size) for k in range(len(lines) - size + 1) if tuple(lines[k : k + size]) == search]


def _blind(lines: list[str], search: tuple[str, ...]) -> list[tuple[int, int]]:
    """Places where the lines agree but for blanks and blank lines."""
    wanted = [key for line in search if (key := "".join(line.split()))]
    kept = [(k, key) for k, line in enumerate(lines) if (key := "".join(line.split()))]
    size = len(wanted)
    return [
        (kept[k][0], kept[k + size - 1][0] + 1)
        for k in range(len(kept) - size + 1)
        if [key for _, key in kept[k : k + size]] == wanted
    ]


def _indented(edit: Edit, found: str) -> list[str]:
    """The replacement, moved as far as the lines found are from where the edit has them."""
    has, wants = _indent(edit.search[0]), _indent(found)
    if has == wants:
        return list(edit.replace)
    moved = []
    for line in edit.replace:
        own = _indent(line)
        rest = own.removeprefix(has) if own.startswith(has) else ""
        moved.append(wants + rest + line.lstrip() if line.strip() else "")
    return moved


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]
