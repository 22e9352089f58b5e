"""What compilers and sanitizers say, cut down to what a proposer can act on."""

from __future__ import annotations

import re

_LONGEST = 1500
_ERROR = re.compile(r"\b(?:error|undefined reference|multiple definition|fatal error)\b")
_OWN_FRAME = re.compile(r"\s*#\d+ .* (?:/w/)?(?!driver)\w+\.cpp:\d+")
_NOISE = re.compile(r" \((?:memfd:)?program(?: \(deleted\))?\+0x[0-9a-f]+\)|0x[0-9a-f]{6,} in |\(pid=\d+\)|==\d+==|/w/")
_RACE_PART = re.compile(r"\s+(?:Previous |Atomic |Previous atomic )?(?:[Ww]rite|[Rr]ead) of size|\s+Location is")
_MEMORY_PART = re.compile(r"\s*(?:READ|WRITE) of size|.*(?:allocated by|freed by|is located)|\s*Address .* is located")


def first_error(diagnostics: str) -> str:
    """The first error of a compiler or linker, with the lines that show where."""
    lines = diagnostics.splitlines()
    for k, line in enumerate(lines):
        if _ERROR.search(line):
            shown = [line]
            for more in lines[k + 1 : k + 5]:
                if _ERROR.search(more) or not re.match(r"\s+(\d+ )?\|", more):
                    break
                shown.append(more)
            return "\n".join(shown)[:_LONGEST]
    return "\n".join(lines[-5:])[:_LONGEST]


def race(stderr: str) -> str:
    """Both accesses of the first race, each with the frames in the candidate's own file."""
    return _condensed(stderr, "WARNING: ThreadSanitizer", _RACE_PART)


def memory(stderr: str) -> str:
    """What was done wrong where."""
    for line in stderr.splitlines():
        if "runtime error:" in line:
            return _cleaned(line)[:_LONGEST]
    return _condensed(stderr, "ERROR: AddressSanitizer", _MEMORY_PART)


def _condensed(stderr: str, head: str, part: re.Pattern[str]) -> str:
    kept: list[str] = []
    begun = False
    for line in stderr.splitlines():
        if not begun:
            begun = head in line
            if begun:
                kept.append(line)
        elif part.match(line) or _OWN_FRAME.match(line):
            kept.append(line)
        if begun and line.startswith("SUMMARY"):
            break
    return "\n".join(map(_cleaned, kept))[:_LONGEST]


def _cleaned(line: str) -> str:
    return _NOISE.sub("", line).rstrip()
