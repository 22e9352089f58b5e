"""How any answer of a model is read, whatever the language of the program in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from evaluators.declaration import EntryPoint
from evolve.proposers.llm import text as texts
from evolve.proposers.llm.edits import Edit, read_edits

LONGEST = 100_000
"""Characters of an answer that is looked at."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read.

    Attributes:
        source: of the program, or None.
        operator: ``diff`` if edits were applied to the parent, else ``rewrite``.
        failure: why there is no program; one or few lines for the model's next turn.
    """

    source: str | None
    operator: str
    failure: str = ""


Edited = Callable[[str | None, list[Edit], EntryPoint], Reading]
"""From parent, edits and entry point to the edited program."""
Whole = Callable[[str, EntryPoint, bool], Reading]
"""From a text, the entry point and whether the text was cut off to the whole program in it."""


def read_in(edited: Edited, whole: Whole, answer: str, entry: EntryPoint, parent: str | None, finish: str) -> Reading:
    """The program in an answer: its edits applied to the parent, else a whole program in it.

    Args:
        edited: applies edits, in a language.
        whole: finds a whole program, in a language.
        answer: as the model sent it.
        entry: function the program must define.
        parent: source that edits apply to, if there is one.
        finish: why the model stopped; ``length`` marks an answer that was cut off.
    """
    if len(answer) > LONGEST:
        return Reading(None, "rewrite", f"the answer has {len(answer)} characters; write a much shorter program")
    text = texts.without_thoughts(texts.normalised(answer))
    cut = finish == "length"
    edits = read_edits(text)
    failure = ""
    if edits:
        reading = edited(parent, edits, entry)
        if reading.source is not None and not cut:
            return reading
        failure = reading.failure
    found = whole(text, entry, cut)
    if found.source is not None:
        return found
    operator = "diff" if edits else "rewrite"
    if cut:
        return Reading(None, operator, "the answer was cut off at the token limit; write a shorter one")
    if finish == "content_filter" and not text.strip():
        return Reading(None, operator, "the provider's content filter withheld the answer")
    return Reading(None, operator, failure or found.failure)


def no_program(text: str) -> Reading:
    """The reading of a text in which nothing looks like a program."""
    shown = " ".join(text.split())[:120]
    said = f"there is no program in the answer{f', which begins: {shown}' if shown else ': it is empty'}"
    return Reading(None, "rewrite", said)
