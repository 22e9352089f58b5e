"""What operators on Python functions may change: a whole module, or one evolve block of a given program."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Callable
from dataclasses import dataclass

from evaluators.declaration import EntryPoint
from evaluators.parsing import syntax_tree
from evaluators.template import BlockError, Parts, taken_apart
from evolve.proposers.genetic.functions import is_sound, parse, size
from evolve.proposers.genetic.names import bound_by, undefined


@dataclass(frozen=True, slots=True)
class Ground:
    """A stretch of a program that operators work on as if it were a module.

    Attributes:
        text: of the stretch, as the printer prints it.
        before: the program with the stretch printed and nothing changed.
        program: from a changed module and the most syntax nodes it may have to the whole program's text, or None if it
            is not sound.
    """

    text: str
    before: str
    program: Callable[[ast.Module, int], str | None]

    def module(self) -> ast.Module:
        """A fresh copy to work on."""
        return syntax_tree(self.text)


def grounds(source: str, entry: EntryPoint) -> list[Ground]:
    """The stretches of a program that may be changed; none if it is not a program for the entry point."""
    if entry.template is None:
        module = parse(source, entry)
        if module is None:
            return []
        text = ast.unparse(module) + "\n"
        return [Ground(text, text, lambda child, largest: is_sound(child, entry, largest))]
    try:
        whole, parts = syntax_tree(source), taken_apart(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError, BlockError):
        return []
    known = undefined(whole)
    outside = sorted({name for statement in whole.body for name in bound_by(statement)})
    return [ground for k in range(len(parts.blocks)) if (ground := _block(parts, k, known, outside)) is not None]


def _block(parts: Parts, number: int, known: set[str], outside: list[str]) -> Ground | None:
    """One block; None if it is no series of statements.

    To the operators, names of the program's top level look imported: they may be used, and are never changed.
    """
    names = f"from outside import {', '.join(outside)}\n" if outside else ""
    block = parts.blocks[number]
    first = next((line for line in block.splitlines() if line.strip()), "")
    indent = first[: len(first) - len(first.lstrip())]

    def filled(text: str) -> str:
        printed = textwrap.indent(text, indent)
        return parts.filled([*parts.blocks[:number], printed, *parts.blocks[number + 1 :]])

    def program(child: ast.Module, largest: int) -> str | None:
        if size(child) > largest:
            return None
        try:
            own = ast.Module(child.body[bool(names) :], [])
            text = filled(ast.unparse(ast.fix_missing_locations(own)) + "\n")
            # Names of the evaluator's or the interpreter's own may have been unknown all along.
            return text if undefined(syntax_tree(text)) <= known else None
        except (SyntaxError, ValueError, RecursionError, BlockError):
            return None

    try:
        text = ast.unparse(syntax_tree(textwrap.dedent(block))) + "\n"
        before = filled(text)
    except (SyntaxError, ValueError, RecursionError, BlockError):
        return None
    return Ground(names + text, before, program) if text.strip() else None
