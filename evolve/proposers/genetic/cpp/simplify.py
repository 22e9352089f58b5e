"""Mutations that take something out: a statement, what nobody uses."""

from __future__ import annotations

from random import Random

from tree_sitter import Node

from evolve.proposers.genetic.cpp.items import Item, items
from evolve.proposers.genetic.cpp.names import names_of
from evolve.proposers.genetic.cpp.source import (
    STATEMENTS,
    Edit,
    Program,
    children,
    descendants,
    inside,
    removed,
    words,
)


def drop_statement(program: Program, rng: Random) -> str | None:
    """One statement of a block less; not one that declares what others use."""
    ready = [
        statement
        for block in descendants(program.root, "compound_statement")
        for statement in children(block)
        if statement.type in STATEMENTS and len(children(block)) > 1 and not _needed(program, statement)
    ]
    return program.edited([removed(program, rng.choice(ready))]) if ready else None


def _needed(program: Program, statement: Node) -> bool:
    around = inside(statement, "function_definition")
    if statement.type != "declaration" or around is None:
        return False
    rest = program.slice(around.start_byte, statement.start_byte) + program.slice(statement.end_byte, around.end_byte)
    return bool(words(rest) & set(names_of(program, statement)))


def drop_unused(program: Program, rng: Random) -> str | None:
    """A definition that nothing uses less."""
    ready = unused(program)
    return program.edited([removed(program, rng.choice(ready).node)]) if ready else None


def unused(program: Program) -> list[Item]:
    """Definitions in a namespace without a name that nothing uses."""
    found = []
    for item in items(program):
        node = item.node
        rest = program.data[: node.start_byte] + program.data[node.end_byte :]
        if item.hidden and item.names and not words(rest.decode()) & set(item.names):
            found.append(item)
    return found


def pruned(text: str) -> str:
    """A program without definitions that nothing uses, nor namespaces this leaves empty."""
    while found := unused(program := Program(text)):
        text = program.edited([removed(program, found[0].node)])
    empty: list[Edit] = [
        removed(program, node)
        for node in program.root.named_children
        if node.type == "namespace_definition"
        and (body := node.child_by_field_name("body")) is not None
        and not children(body)
    ]
    return program.edited(empty) if empty else text
