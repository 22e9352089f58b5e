"""What differs between two candidates' sources."""

from __future__ import annotations

import difflib

from evaluators.candidate import Candidate


def difference(one: Candidate, other: Candidate) -> list[str]:
    """Lines of a unified diff over all files, without line ends; none if they are equal."""
    lines: list[str] = []
    for path in sorted({*one.files, *other.files}):
        before = one.files.get(path, b"").decode("utf-8").splitlines()
        after = other.files.get(path, b"").decode("utf-8").splitlines()
        names = (f"{one.id[:12]}/{path}", f"{other.id[:12]}/{path}")
        lines += difflib.unified_diff(before, after, *names, lineterm="")
    return lines
