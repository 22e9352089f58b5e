"""From a model's answer to a program, or to a sentence that says why there is none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from evaluators.problem import EntryPoint
from evolve.proposers.llm import text as texts
from evolve.proposers.llm.edits import Edit, EditError, apply_edits, read_edits
from evolve.proposers.llm.python import Program, is_program, mended, wrong_shape

LONGEST = 100_000
_PYTHON = ("python", "py", "python3", "")


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


def read_answer(answer: str, entry: EntryPoint, parent: str | None, finish_reason: str = "stop") -> Reading:
    """The program in an answer, whatever it was asked for.

    Args:
        answer: as the model sent it.
        entry: function the program must define.
        parent: source that edits apply to, if there is one.
        finish_reason: ``length`` marks an answer that was cut off: its last, unclosed block is then not trusted.
    """
    if len(answer) > LONGEST:
        return Reading(None, "rewrite", f"the answer has {len(answer)} characters; write a much shorter program")
    text = texts.without_thoughts(texts.normalised(answer))
    cut = finish_reason == "length"
    edits = read_edits(text)
    failure = ""
    if edits:
        edited = _edited(parent, edits, entry)
        if edited.source is not None and not cut:
            return edited
        failure = edited.failure
    found = _program(text, entry, cut)
    if isinstance(found, Program):
        return Reading(found.source, "rewrite")
    operator = "diff" if edits else "rewrite"
    if cut:
        return Reading(None, operator, "the answer was cut off at the token limit; write a shorter one")
    if finish_reason == "content_filter" and not text.strip():
        return Reading(None, operator, "the provider's content filter withheld the answer")
    return Reading(None, operator, failure or found)


def _edited(parent: str | None, edits: list[Edit], entry: EntryPoint) -> Reading:
    """The parent after the edits; edits that hold a whole program are one, whatever they search for."""
    whole = mended("\n".join(edits[-1].replace))
    try:
        if parent is None:
            raise EditError("there is no program to edit; give the whole program")
        program = mended(apply_edits(parent, edits))
    except EditError as error:
        if isinstance(whole, Program) and not wrong_shape(whole, entry):
            return Reading(whole.source, "rewrite")
        return Reading(None, "diff", str(error))
    if not isinstance(program, Program):
        return Reading(None, "diff", f"after the edit the program does not parse: {program}")
    wrong = wrong_shape(program, entry)
    return Reading(None, "diff", wrong) if wrong else Reading(program.source, "diff")


def _program(text: str, entry: EntryPoint, cut: bool) -> Program | str:
    """The program in a text, or why there is none."""
    read: list[Program | str] = []
    for codes in _places(text, cut):
        found = [mended(code) for code in codes if code.strip()]
        programs = [r for r in found if isinstance(r, Program)]
        fitting = [p for p in programs if not wrong_shape(p, entry)]
        if fitting:
            return _with_helpers(fitting[-1], [p for p in programs if p is not fitting[-1]])
        read += found
    functions = [r for r in read if isinstance(r, Program) and r.functions()]
    if functions:
        return wrong_shape(functions[-1], entry)
    errors = [r for r in read if isinstance(r, str)]
    if errors:
        return f"the program does not parse: {errors[0]}"
    shown = " ".join(text.split())[:120]
    return f"there is no program in the answer{f', which begins: {shown}' if shown else ': it is empty'}"


def _places(text: str, cut: bool) -> Iterator[list[str]]:
    """Where a program may stand, the likeliest place first; each place is a list of pieces of code."""
    blocks = [b for b in texts.blocks(text, is_program) if b.closed or not cut]
    for whole in [text, *(b.code for b in blocks if b.language == "json")]:
        for string in texts.json_strings(whole):
            yield [b.code for b in texts.blocks(string, is_program)] or [string]
    yield [b.code for b in blocks if b.language in _PYTHON]
    yield [b.code for b in blocks if b.language not in (*_PYTHON, "json")]
    if not cut:
        yield [texts.unfenced(text, is_program)]


def _with_helpers(program: Program, others: list[Program]) -> Program:
    """The program, preceded by those other blocks that define what it uses and lacks."""
    for other in reversed(others):
        if program.unbound() & other.names() - program.names():
            joined = mended(other.source + "\n\n" + program.source)
            if isinstance(joined, Program):
                program = joined
    return program
