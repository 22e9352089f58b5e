"""A C++ program as text with its syntax tree: exact spans to read, edits to make.

The tree is tree-sitter's (Brunsfeld et al.), which needs neither headers nor a compiler and keeps every byte's place.
Offsets are in bytes of the UTF-8 text.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

import tree_sitter_cpp
from tree_sitter import Language, Node, Parser

KEPT: Final = 32
"""Programs of which what was read off is kept: a parent is asked for each of its children."""
STATEMENTS = frozenset(
    {"expression_statement", "for_statement", "for_range_loop", "while_statement", "do_statement", "if_statement",
     "compound_statement", "declaration", "switch_statement"}
)  # fmt: skip
"""Statements that operators move; jumps are left where they are."""
_LOOP_PRAGMA = re.compile(r"#\s*pragma\s+GCC\s+(?:unroll|ivdep)\b")
_WORD = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True, slots=True)
class Edit:
    """The bytes from ``start`` to before ``end`` become ``text``."""

    start: int
    end: int
    text: str


class Program:
    """A parsed program; never changed, and equal to itself only.

    Args:
        text: of the program.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.data = text.encode()
        self.root = Parser(_language()).parse(self.data).root_node

    @property
    def sound(self) -> bool:
        """Whether all of it could be parsed."""
        return not self.root.has_error

    def of(self, node: Node) -> str:
        """The text of a node."""
        return self.slice(node.start_byte, node.end_byte)

    def slice(self, start: int, end: int) -> str:
        """The text between two offsets."""
        return self.data[start:end].decode()

    def indent(self, node: Node) -> str:
        """The blanks with which the line of a node begins."""
        line = self.data[self.data.rfind(b"\n", 0, node.start_byte) + 1 :].split(b"\n", 1)[0].decode()
        return line[: len(line) - len(line.lstrip())]

    def flush(self, node: Node, edits: Iterable[Edit] = ()) -> str:
        """The text of a node after edits within it, its further lines moved left by the indentation of its first."""
        shifted = [Edit(e.start - node.start_byte, e.end - node.start_byte, e.text) for e in edits]
        text = _edited(self.data[node.start_byte : node.end_byte], shifted)
        indent = self.indent(node)
        first, *rest = text.rstrip().split("\n")
        return "\n".join([first, *(line.removeprefix(indent) for line in rest)])

    def edited(self, edits: Iterable[Edit]) -> str:
        """The whole text after edits.

        Raises:
            ValueError: if two of them overlap.
        """
        return _edited(self.data, edits)

    def fresh(self, base: str, taken: Collection[str] = ()) -> str:
        """``base``, or with the first number behind it that makes it a word the program does not have."""
        known = words(self.text) | set(taken)
        return next(name for k in range(1, len(known) + 3) if (name := base if k == 1 else f"{base}{k}") not in known)


@lru_cache(maxsize=KEPT)
def parsed(text: str) -> Program:
    """The program a text is."""
    return Program(text)


@cache
def _language() -> Language:
    return Language(tree_sitter_cpp.language())


def _edited(data: bytes, edits: Iterable[Edit]) -> str:
    parts, at = [], 0
    for edit in sorted(edits, key=lambda e: (e.start, e.end)):
        if edit.start < at:
            raise ValueError("edits overlap")
        parts += [data[at : edit.start], edit.text.encode()]
        at = edit.end
    return b"".join([*parts, data[at:]]).decode()


def words(text: str) -> set[str]:
    """All words in a text."""
    return set(_WORD.findall(text))


def walk(node: Node) -> Iterator[Node]:
    """A node and all named ones below it, in the order of the text."""
    pending = [node]
    while pending:
        found = pending.pop()
        yield found
        pending.extend(reversed(found.named_children))


def descendants(node: Node, *kinds: str) -> list[Node]:
    """Nodes of these kinds at or below ``node``, in the order of the text."""
    return [found for found in walk(node) if found.type in kinds]


def inside(node: Node, *kinds: str) -> Node | None:
    """The nearest node of these kinds around ``node``."""
    above = node.parent
    while above is not None and above.type not in kinds:
        above = above.parent
    return above


def children(node: Node) -> list[Node]:
    """Named children without comments."""
    return [child for child in node.named_children if child.type != "comment"]


def pragmas_of(program: Program, loop: Node) -> list[Node]:
    """The pragmas that belong to a loop: those right before it that only a loop may follow."""
    found: list[Node] = []
    before = loop.prev_named_sibling
    while before is not None and before.type == "preproc_call" and _LOOP_PRAGMA.match(program.of(before)):
        found.insert(0, before)
        before = before.prev_named_sibling
    return found


def start_of(program: Program, statement: Node) -> int:
    """Where a statement begins, its pragmas included."""
    pragmas = pragmas_of(program, statement)
    return pragmas[0].start_byte if pragmas else statement.start_byte


def replaced(program: Program, statement: Node, text: str) -> Edit:
    """The edit that puts ``text``, whose lines are indented from column 0, in the place of a statement."""
    return Edit(start_of(program, statement), statement.end_byte, placed(text, program.indent(statement)))


def removed(program: Program, node: Node) -> Edit:
    """The edit that takes a statement or an item out, with its line if nothing else stands there."""
    start, end, data = start_of(program, node), node.end_byte, program.data
    line = data.rfind(b"\n", 0, start) + 1
    newline = data.find(b"\n", end)
    if newline >= 0 and not data[line:start].strip() and not data[end:newline].strip():
        return Edit(line, newline + 1, "")
    return Edit(start, end, "")


def placed(text: str, indent: str) -> str:
    """Lines after the first indented."""
    first, newline, rest = text.partition("\n")
    return first + newline + textwrap.indent(rest, indent)


def shifted(text: str, levels: int = 1) -> str:
    """Lines after the first moved right by four blanks a level."""
    return placed(text, "    " * levels)


def is_simple(text: str) -> bool:
    """Whether an expression needs no parentheses as an operand."""
    return re.fullmatch(r"[\w:.]+", text) is not None


def operand(text: str) -> str:
    """An expression as an operand, in parentheses where it needs them."""
    return text if is_simple(text) else f"({text})"
