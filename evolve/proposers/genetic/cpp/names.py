"""Which names a piece of C++ declares, uses and writes, as far as its syntax tells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from evolve.proposers.genetic.cpp.source import Edit, Program, descendants, walk

MUTATORS = frozenset(
    "push_back emplace_back pop_back push pop insert emplace erase clear resize reserve assign append swap".split()
)
"""Methods that change a container as a whole."""
_SCOPES = frozenset({"qualified_identifier", "scoped_identifier"})


@dataclass(frozen=True, slots=True)
class Write:
    """One place that is written.

    Attributes:
        node: the assignment or the update.
        target: what is written.
        base: name of the variable in it, or None where it is no variable's (a call's result).
        indices: expressions in brackets; none where the variable itself, or what it points at, is written.
        operator: ``=``, ``+=``, ``++`` …
    """

    node: Node
    target: Node
    base: str | None
    indices: tuple[Node, ...]
    operator: str


def declared_by(program: Program, declarator: Node) -> list[str]:
    """The names a declarator introduces."""
    if declarator.type == "identifier":
        return [program.of(declarator)]
    if declarator.type == "structured_binding_declarator":
        return [program.of(child) for child in declarator.named_children if child.type == "identifier"]
    inner = declarator.child_by_field_name("declarator")
    if inner is None and declarator.type in ("reference_declarator", "parenthesized_declarator"):
        inner = next((child for child in reversed(declarator.named_children)), None)
    return [] if inner is None else declared_by(program, inner)


def declarators(node: Node) -> list[Node]:
    """What stands under the field ``declarator`` of a declaration, a parameter or a loop over a range."""
    return node.children_by_field_name("declarator")


def names_of(program: Program, declaration: Node) -> list[str]:
    """The names a declaration, a parameter or a loop over a range introduces."""
    return [name for declarator in declarators(declaration) for name in declared_by(program, declarator)]


def declared(program: Program, node: Node) -> set[str]:
    """All names declared in a piece of code, in inner blocks and lambdas too."""
    found: set[str] = set()
    for each in walk(node):
        if each.type in ("declaration", "parameter_declaration", "optional_parameter_declaration", "for_range_loop"):
            found.update(names_of(program, each))
        elif each.type == "lambda_capture_initializer":
            left = each.child_by_field_name("left")
            found.update([program.of(left)] if left is not None else [])
    return found


def identifiers(node: Node) -> Iterator[Node]:
    """Names of variables and functions below a node; what is named within another scope (``std::min``) is left out."""
    pending = [node]
    while pending:
        found = pending.pop()
        if found.type == "identifier":
            if found.parent is None or found.parent.type not in _SCOPES:
                yield found
            continue
        pending.extend(reversed(found.named_children))


def used(program: Program, node: Node) -> set[str]:
    """Names of variables and functions that occur below a node."""
    return {program.of(found) for found in identifiers(node)}


def writes(program: Program, node: Node) -> list[Write]:
    """All assignments and updates below a node, and changes of containers by their methods."""
    found = []
    for each in walk(node):
        if each.type == "assignment_expression":
            target, sign = each.child_by_field_name("left"), each.child_by_field_name("operator")
            operator = "=" if sign is None else program.of(sign)
        elif each.type == "update_expression":
            target, sign = each.child_by_field_name("argument"), each.child_by_field_name("operator")
            operator = "++" if sign is None else program.of(sign)
        elif each.type == "call_expression":
            target, operator = _changed(program, each), "call"
        else:
            continue
        if target is not None:
            base, indices = _base(program, target)
            found.append(Write(each, target, base, indices, operator))
    return found


def _changed(program: Program, call: Node) -> Node | None:
    function = call.child_by_field_name("function")
    if function is None or function.type != "field_expression":
        return None
    method = function.child_by_field_name("field")
    return function.child_by_field_name("argument") if method and program.of(method) in MUTATORS else None


def _base(program: Program, target: Node) -> tuple[str | None, tuple[Node, ...]]:
    indices: list[Node] = []
    at: Node | None = target
    while at is not None and at.type != "identifier":
        if at.type == "subscript_expression":
            inner = at.child_by_field_name("indices") or at.child_by_field_name("index")
            indices += [inner] if inner is not None else []
            at = at.child_by_field_name("argument")
        elif at.type in ("field_expression", "pointer_expression"):
            at = at.child_by_field_name("argument")
        elif at.type == "parenthesized_expression":
            at = at.named_children[0] if at.named_children else None
        else:
            return None, tuple(indices)
    return (None if at is None else program.of(at)), tuple(indices)


def aliased(program: Program, node: Node) -> set[str]:
    """Variables that a piece of code may write through pointers and references it declares: those they are made of."""
    return {
        name
        for declaration in descendants(node, "declaration")
        for each in declarators(declaration)
        if descendants(each, "pointer_declarator", "reference_declarator")
        and (value := each.child_by_field_name("value")) is not None
        for name in used(program, value)
    }


def renaming(program: Program, node: Node, old: str, new: str) -> list[Edit]:
    """The edits that rename a variable within a node."""
    return [
        Edit(found.start_byte, found.end_byte, new) for found in identifiers(node) if program.of(found) == old
    ]  # fmt: skip


def independent(program: Program, body: Node, index: str) -> bool:
    """Whether the iterations of a loop look as if they could run in any order.

    They write nothing that is declared outside, but elements whose index is made of what is the iteration's own; an
    array that is written so is read at the same index only. Calls are taken at their word: what they write is seen by
    the race detector.

    Args:
        program: in which the loop is.
        body: of the loop.
        index: its variable.
    """
    own = declared(program, body) | {index}
    for write in writes(program, body):
        if write.base == index or write.base is None:
            return False
        if write.base in own:
            continue
        if write.operator == "call" or not any(used(program, at) & own for at in write.indices):
            return False
        if write.operator != "=" and all(_indirect(program, at, own) for at in write.indices):
            return False
        if not _alone(program, body, write):
            return False
    return True


def _indirect(program: Program, index: Node, own: set[str]) -> bool:
    """Whether an index depends on the iteration by way of another array or a call only."""
    for name in identifiers(index):
        if program.of(name) in own and not _within(name, index, "subscript_expression", "call_expression"):
            return False
    return True


def _within(node: Node, outer: Node, *kinds: str) -> bool:
    at = node.parent
    while at is not None and at.id != outer.id:
        if at.type in kinds:
            return True
        at = at.parent
    return False


def _alone(program: Program, body: Node, write: Write) -> bool:
    """Whether the array written is read at the index written only."""
    written = {program.of(place) for place in descendants(write.target, "subscript_expression")}
    places = {
        program.of(place)
        for place in descendants(body, "subscript_expression")
        if _base(program, place)[0] == write.base
    }
    bare = any(
        program.of(name) == write.base and (name.parent is None or name.parent.type != "subscript_expression")
        for name in identifiers(body)
    )
    return not bare and places <= written
