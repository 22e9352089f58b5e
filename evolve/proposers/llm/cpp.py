"""From a model's answer to a C++ program, or to a sentence that says why there is none."""

from __future__ import annotations

from evaluators.declaration import EntryPoint
from evaluators.toolchains import cpp_source
from evolve.proposers.llm import text as texts
from evolve.proposers.llm.answer import Reading, no_program, read_in
from evolve.proposers.llm.edits import Edit, EditError, apply_edits, read_edits

_FENCES = ("cpp", "c++", "cxx", "cc", "c", "hpp", "h", "")
_BRACKETS = {")": "(", "}": "{", "]": "["}


def read_cpp_answer(answer: str, entry: EntryPoint, parent: str | None, finish_reason: str = "stop") -> Reading:
    """The program in an answer: edits applied to the parent, else the last whole program in it.

    Args:
        answer: as the model sent it.
        entry: function the program must define.
        parent: source that edits apply to, if there is one.
        finish_reason: ``length`` marks an answer that was cut off: its last, unclosed block is then not trusted.
    """
    return read_in(_edited, _program, answer, entry, parent, finish_reason)


def _edited(parent: str | None, edits: list[Edit], entry: EntryPoint) -> Reading:
    """The parent after the edits."""
    try:
        if parent is None:
            raise EditError("there is no program to edit; give the whole program")
        source = apply_edits(parent, edits)
    except EditError as error:
        return Reading(None, "diff", str(error))
    wrong = _wrong(source, entry)
    return Reading(None, "diff", wrong) if wrong else Reading(source, "diff")


def _program(text: str, entry: EntryPoint, cut: bool) -> Reading:
    """The last whole program in a text, or why there is none."""
    blocks = [block for block in texts.blocks(text, _is_whole) if block.closed or not cut]
    found = [block.code for block in blocks if block.language in _FENCES]
    if not blocks and not cut and not read_edits(text):
        found = [text[max(0, text.find("#include")) :]]  # a bare program, prose before it at most
    failure = ""
    for code in reversed(found):
        wrong = _wrong(code, entry)
        if not wrong:
            return Reading(code.strip("\n") + "\n", "rewrite")
        failure = failure or wrong
    return Reading(None, "rewrite", failure) if failure else no_program(text)


def _is_whole(code: str) -> bool:
    """Whether every bracket is closed."""
    try:
        spellings = [spelling for kind, spelling in cpp_source.tokens(code) if kind == "other"]
    except cpp_source.SourceError:
        return False
    open_ones: list[str] = []
    for spelling in spellings:
        if spelling in _BRACKETS.values():
            open_ones.append(spelling)
        elif spelling in _BRACKETS and (not open_ones or open_ones.pop() != _BRACKETS[spelling]):
            return False
    return not open_ones


def _wrong(code: str, entry: EntryPoint) -> str:
    """Why the code is no program for the entry point; empty if it may be one."""
    try:
        found = cpp_source.tokens(code)
    except cpp_source.SourceError as error:
        return str(error)
    if not cpp_source.calls(found, entry.name):
        return f"the program must define {entry.signature.strip()}"
    return "" if _is_whole(code) else "a bracket of the program is not closed"
