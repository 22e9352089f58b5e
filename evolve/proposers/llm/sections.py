"""How many tokens each section of a prompt takes, so that it can be seen what a question's length is spent on.

Counted in characters, four to a token as on common tokenizers' English and code: no tokenizer is loaded, and none is
fetched. What stands between the sections is counted as ``instructions``.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

CHARACTERS_PER_TOKEN = 4
INSTRUCTIONS = "instructions"
_KEYS = {
    "statement": "statement", "signature": "statement", "baselines": "baselines", "inspirations": "ideas",
    "source": "parent", "feedback": "feedback", "answer": "feedback", "verdict": "feedback", "stage": "feedback",
}  # fmt: skip
"""What a template is told -> the section it makes."""


def sections(messages: Sequence[Mapping[str, str]], context: Mapping[str, Any]) -> dict[str, int]:
    """Characters of each section of a question.

    Args:
        messages: as sent, the system's first.
        context: what the templates were told; a key that is not known counts as a section of its name.
    """
    system, *others = [len(message["content"]) for message in messages]
    found: Counter[str] = Counter()
    for section, text in _pieces(context):
        if any(text in message["content"] for message in messages[1:]):
            found[section] += len(text)
    return {"system": system, **found, INSTRUCTIONS: max(0, sum(others) - found.total())}


def _pieces(context: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Section and text of all that a template is told; short words (a unit, a direction) are instructions."""
    for key, value in context.items():
        if key == "parent" and isinstance(value, Mapping):
            yield from _pieces(value)
        elif key in ("title", "language", "packages", "unit", "direction", "block", "score"):
            continue
        else:
            yield from ((_KEYS.get(key, key), text) for text in _texts(value) if text)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _texts(list(value.values()))
    elif isinstance(value, Sequence):
        for item in value:
            yield from _texts(item)


class Tally:
    """The sections of all questions of a run. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._characters: Counter[str] = Counter()
        self._questions = 0

    def add(self, messages: Sequence[Mapping[str, str]], context: Mapping[str, Any]) -> None:
        """Count one question."""
        counted = sections(messages, context)
        with self._lock:
            self._questions += 1
            self._characters.update(counted)

    def average_tokens(self) -> dict[str, int]:
        """Section -> tokens of a question, on average; empty as long as none was asked."""
        with self._lock:
            if not self._questions:
                return {}
            per_token = CHARACTERS_PER_TOKEN * self._questions
            return {section: round(count / per_token) for section, count in self._characters.items()}
