"""From a model's answer to a Python program, or to a sentence that says why there is none."""

from __future__ import annotations

from collections.abc import Iterator

from evaluators.declaration import EntryPoint
from evolve.proposers.llm import text as texts
from evolve.proposers.llm.answer import Reading, no_program, read_in
from evolve.proposers.llm.edits import Edit, EditError, apply_edits
from evolve.proposers.llm.python import Program, is_program, mended, wrong_shape

_PYTHON = ("python", "py", "python3", "")


def read_answer(answer: str, entry: EntryPoint, parent: str | None, finish_reason: str = "stop") -> Reading:
    """The program in an answer, whatever it was asked for.

    Args:
        answer: as the model sent it.
        entry: function the program must define.
        parent: source that edits apply to, if there is one.
        finish_reason: ``length`` marks an answer that was cut off: its last, unclosed block is then not trusted.
    """
    return read_in(_edited, _program, answer, entry, parent, finish_reason)


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


def _program(text: str, entry: EntryPoint, cut: bool) -> Reading:
    """The program in a text, or why there is none."""
    read: list[Program | str] = []
    for codes in _places(text, cut):
        found = [mended(code) for code in codes if code.strip()]
        programs = [r for r in found if isinstance(r, Program)]
        fitting = [p for p in programs if not wrong_shape(p, entry)]
        if fitting:
            program = _with_helpers(fitting[-1], [p for p in programs if p is not fitting[-1]])
            return Reading(program.source, "rewrite")
        read += found
    functions = [r for r in read if isinstance(r, Program) and r.functions()]
    if functions:
        return Reading(None, "rewrite", wrong_shape(functions[-1], entry))
    errors = [r for r in read if isinstance(r, str)]
    if errors:
        return Reading(None, "rewrite", f"the program does not parse: {errors[0]}")
    return no_program(text)


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
