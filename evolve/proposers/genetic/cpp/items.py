"""What a program defines outside functions: its functions, constants and types, and how more of them are put in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from tree_sitter import Node

from evaluators.toolchains.cpp_source import tokens
from evolve.proposers.genetic.cpp.names import declarators, names_of
from evolve.proposers.genetic.cpp.source import KEPT, Edit, Program, children, walk

_TYPES = ("struct_specifier", "class_specifier", "enum_specifier", "union_specifier")
_INCLUDE = re.compile(r"#\s*include\s*[<\"]([^>\"]+)[>\"]")


@dataclass(frozen=True, slots=True)
class Function:
    """A function the program defines outside all others.

    Attributes:
        item: its definition, with ``template <…>`` before it if it is a template.
        name: of it.
        result: type of what it returns, as tokens.
        parameters: declarations of its parameters.
        body: its block.
    """

    item: Node
    name: str
    result: tuple[str, ...]
    parameters: tuple[Node, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Item:
    """A definition outside functions.

    Attributes:
        node: the whole of it.
        names: that it introduces.
        hidden: whether it is in a namespace without a name.
    """

    node: Node
    names: tuple[str, ...]
    hidden: bool


def items(program: Program) -> list[Item]:
    """All definitions outside functions; what lies in a namespace with a name is one item with that namespace."""
    return [*_items(program, program.root, False)]


def _items(program: Program, around: Node, hidden: bool) -> Iterable[Item]:
    for node in children(around):
        if node.type == "namespace_definition" and node.child_by_field_name("name") is None:
            body = node.child_by_field_name("body")
            if body is not None:
                yield from _items(program, body, True)
        elif not node.type.startswith("preproc_"):
            yield Item(node, tuple(_names(program, node)), hidden)


def _names(program: Program, node: Node) -> list[str]:
    if node.type == "template_declaration":
        return [name for child in children(node)[1:] for name in _names(program, child)]
    if node.type == "function_definition":
        function = _declarator(node)
        name = None if function is None else function.child_by_field_name("declarator")
        return [] if name is None else [program.of(name)]
    found = names_of(program, node) if declarators(node) else []
    for each in (node, *node.named_children):
        if each.type in (*_TYPES, "alias_declaration", "namespace_definition"):
            name = each.child_by_field_name("name")
            found += [] if name is None else [program.of(name)]
        if each.type == "enum_specifier":
            found += [program.of(n) for e in walk(each) if e.type == "enumerator"
                      for n in [e.child_by_field_name("name")] if n is not None]  # fmt: skip
    return found


def _declarator(definition: Node) -> Node | None:
    """The part of a function's definition that has its name and its parameters."""
    at = definition.child_by_field_name("declarator")
    while at is not None and at.type != "function_declarator":
        at = at.child_by_field_name("declarator") or next(iter(at.named_children), None)
    return at


@lru_cache(maxsize=KEPT)
def functions(program: Program) -> tuple[Function, ...]:
    """The functions defined outside all others and outside named namespaces and classes."""
    found = []
    for item in items(program):
        inner = item.node
        while inner.type == "template_declaration":
            inner = children(inner)[-1]
        declarator = _declarator(inner) if inner.type == "function_definition" else None
        body, kind = inner.child_by_field_name("body"), inner.child_by_field_name("type")
        listed = None if declarator is None else declarator.child_by_field_name("parameters")
        if declarator is None or body is None or kind is None or listed is None or not item.names:
            continue
        parameters = tuple(p for p in children(listed) if p.type.endswith("parameter_declaration"))
        # What stands before the name and is no type (static, inline) makes no other function of it.
        before = program.slice(kind.start_byte, declarator.start_byte)
        found.append(Function(item.node, item.names[0], spelled(before), parameters, body))
    return tuple(found)


def definition(program: Program, item: Item) -> str:
    """The text of an item as it may stand elsewhere."""
    # To the parser the semicolon behind a type is a declaration of its own.
    return program.flush(item.node) + (";" if item.node.type in _TYPES else "")


def function_named(program: Program, name: str) -> Function | None:
    """The last definition of that name, or None."""
    return next((f for f in reversed(functions(program)) if f.name == name), None)


def signature(program: Program, function: Function) -> tuple[tuple[str, ...], ...]:
    """Result and parameter types as tokens, names of parameters left out."""
    return function.result, *(_nameless(program, parameter) for parameter in function.parameters)


def _nameless(program: Program, parameter: Node) -> tuple[str, ...]:
    names = names_of(program, parameter)
    found = spelled(program.of(parameter))
    return tuple(word for word in found if word not in names)


def spelled(text: str) -> tuple[str, ...]:
    """The tokens of a piece of code."""
    return tuple(spelling for kind, spelling in tokens(text) if kind != "newline")


def parameter_names(program: Program, function: Function) -> list[str]:
    """Names of the parameters in order, empty where one has none."""
    return [next(iter(names_of(program, parameter)), "") for parameter in function.parameters]


def includes(program: Program) -> list[str]:
    """Headers included, in order."""
    lines = (program.of(node) for node in program.root.named_children if node.type == "preproc_include")
    return [match[1] for match in map(_INCLUDE.match, lines) if match]


def changed(
    program: Program, edits: Iterable[Edit], headers: Sequence[str] = (), definitions: Sequence[str] = ()
) -> str:
    """The program after edits, with the headers included and the definitions made that they need.

    Args:
        program: to change.
        edits: what changes.
        headers: that must be included.
        definitions: to be put, without a name that others see, before the first function.
    """
    return program.edited([*edits, *_including(program, headers), *_defining(program, definitions)])


def _including(program: Program, headers: Sequence[str]) -> list[Edit]:
    known = includes(program)
    missing = [header for header in dict.fromkeys(headers) if header not in known]
    if not missing:
        return []
    lines = "".join(f"#include <{header}>\n" for header in missing)
    present = [node for node in program.root.named_children if node.type == "preproc_include"]
    if not present:
        first = next(iter(children(program.root)), None)
        at = 0 if first is None else first.start_byte
        return [Edit(at, at, lines + "\n")]
    after = program.data.find(b"\n", present[-1].end_byte - 1) + 1  # the node may end with its line
    return [Edit(after, after, lines)] if after else [Edit(len(program.data), len(program.data), "\n" + lines)]


def _defining(program: Program, definitions: Sequence[str]) -> list[Edit]:
    if not definitions:
        return []
    text = "\n\n".join(definitions) if any("\n" in each for each in definitions) else "\n".join(definitions)
    first = next(iter(functions(program)))
    node = _commented(program, first.item)
    around = first.item.parent
    if around is not None and around.type == "declaration_list":
        return [Edit(node.start_byte, node.start_byte, text + "\n\n")]
    hidden = [n for n in program.root.named_children if n.type == "namespace_definition"
              and n.child_by_field_name("name") is None and n.end_byte <= node.start_byte]  # fmt: skip
    if hidden:
        at = program.data.rfind(b"}", hidden[-1].start_byte, hidden[-1].end_byte)
        return [Edit(at, at, text + "\n\n")]
    return [Edit(node.start_byte, node.start_byte, f"namespace {{\n\n{text}\n\n}}  // namespace\n\n")]


def _commented(program: Program, node: Node) -> Node:
    """The first of the comments that stand right before a definition, or the definition itself."""
    while (before := node.prev_named_sibling) is not None and before.type == "comment":
        if program.slice(before.end_byte, node.start_byte).count("\n") > 1:
            break
        node = before
    return node
