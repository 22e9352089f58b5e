"""From a model's answer to a program whose evolve blocks alone have changed, or to a sentence why there is none."""

from __future__ import annotations

import textwrap

from evaluators.declaration import EntryPoint
from evaluators.parsing import syntax_tree
from evaluators.template import END, START, BlockError, Parts, taken_apart
from evolve.proposers.llm import text as texts
from evolve.proposers.llm.answer import Reading, no_program, read_in
from evolve.proposers.llm.edits import Edit, EditError, apply_edits
from evolve.proposers.llm.python import is_program, mended

_PYTHON = ("python", "py", "python3", "")


def read_block_answer(answer: str, entry: EntryPoint, parent: str | None, finish_reason: str = "stop") -> Reading:
    """The parent with its blocks edited, or with the blocks of the answer in the given program.

    An answer may hold the whole program with its marks, of which the blocks are taken, or what is to stand between
    the marks.

    Args:
        answer: as the model sent it.
        entry: with the given program as its template.
        parent: source that edits apply to, if there is one.
        finish_reason: ``length`` marks an answer that was cut off: its last, unclosed block is then not trusted.
    """
    return read_in(_edited, _program, answer, entry, parent, finish_reason)


def _edited(parent: str | None, edits: list[Edit], entry: EntryPoint) -> Reading:
    assert entry.template is not None
    try:
        if parent is None:
            raise EditError("there is no program to edit; give what is to stand between the marks")
        source = apply_edits(parent, edits)
    except EditError as error:
        return Reading(None, "diff", str(error))
    wrong = entry.template.mismatch(source) or _unparsed(source)
    return Reading(None, "diff", wrong) if wrong else Reading(source, "diff")


def _program(text: str, entry: EntryPoint, cut: bool) -> Reading:
    """The given program with the blocks of the last piece of code that fits."""
    assert entry.template is not None
    found = [b.code for b in texts.blocks(text, is_program) if b.language in _PYTHON and (b.closed or not cut)]
    if not found and not cut:
        found = [code for code in (texts.unfenced(text, is_program),) if code.strip()]
    failure = ""
    for code in reversed(found):
        try:
            source = _in_place(code, entry.template.parts)
        except BlockError as error:
            failure = failure or str(error)
            continue
        wrong = _unparsed(source)
        if not wrong:
            return Reading(source, "rewrite")
        failure = failure or wrong
    return Reading(None, "rewrite", failure) if failure else no_program(text)


def _in_place(code: str, given: Parts) -> str:
    """The given program with the blocks of ``code``: those between its marks, else all of it.

    Raises:
        BlockError: if there are not as many as the program has.
    """
    if START in code or END in code:
        parts = taken_apart(code)
        if given.is_marked:
            return given.filled(parts.blocks)
        code = "".join(line for line in code.splitlines(keepends=True) if START not in line and END not in line)
    program = mended(code)
    code = code if isinstance(program, str) else program.source
    first = next((line for line in given.blocks[0].splitlines() if line.strip()), "")
    indent = first[: len(first) - len(first.lstrip())]
    return given.filled([textwrap.indent(textwrap.dedent(code).strip("\n") + "\n", indent)])


def _unparsed(source: str) -> str:
    """Why a program does not parse; empty if it does."""
    try:
        syntax_tree(source)
    except SyntaxError as error:
        return f"the program does not parse: line {error.lineno}: {error.msg}"
    except (ValueError, RecursionError, MemoryError) as error:
        return f"the program does not parse: {str(error) or 'it is nested too deeply'}"
    return ""
