"""Recognising loops that accumulate: into elements of an array, into a variable, or into one they also read."""

from __future__ import annotations

from collections.abc import Callable

from tree_sitter import Node

from evolve.proposers.genetic.cpp.loops import Loop
from evolve.proposers.genetic.cpp.names import Write, declared, identifiers, used, writes
from evolve.proposers.genetic.cpp.source import Program, children, descendants

NEUTRAL = {"+=": "0", "-=": "0", "++": "0", "--": "0", "|=": "0", "^=": "0", "*=": "1"}
"""Operators that may be applied in any order, and what changes nothing under them."""
MERGED = {"-=": "+=", "++": "+=", "--": "+="}
"""What the results of blocks are put together with, where that is another operator."""


def accumulated(program: Program, loop: Loop, array: bool) -> list[Write]:
    """Where a loop adds to something declared outside that it uses for nothing else; the first for each.

    Args:
        program: in which the loop is.
        loop: serial.
        array: whether elements of an array are meant, or a variable.
    """
    own = declared(program, loop.body) | {loop.index}
    changes = writes(program, loop.body)
    found = []
    for base in dict.fromkeys(write.base for write in changes):
        if base is None or base in own:
            continue
        its = [write for write in changes if write.base == base]
        operators = {MERGED.get(write.operator, write.operator) for write in its}
        if len(operators) > 1 or any(write.operator not in NEUTRAL for write in its):
            continue
        if array != all(write.indices for write in its) or any(_read(program, write) for write in its):
            continue
        if not array and any(write.target.type != "identifier" for write in its):
            continue
        if array and (all(_affine(program, w, loop) for w in its) or not all(_moves(program, w, own) for w in its)):
            continue
        if len([name for name in identifiers(loop.body) if program.of(name) == base]) == len(its):
            found.append(its[0])
    return found


def _read(program: Program, write: Write) -> bool:
    """Whether the value of an update is used."""
    around = write.node.parent
    return around is None or around.type != "expression_statement"


def _affine(program: Program, write: Write, loop: Loop) -> bool:
    """Whether each iteration has elements of its own, so that nothing need be private."""
    return any(program.of(index).strip("[]") == loop.index for index in write.indices)


def _moves(program: Program, write: Write, own: set[str]) -> bool:
    """Whether the element written depends on the iteration."""
    return any(used(program, index) & own for index in write.indices)


def amount_of(program: Program, write: Write) -> str | None:
    """What an update adds or takes away, as written; None if it does something else."""
    if write.operator in ("++", "--"):
        return "1"
    right = write.node.child_by_field_name("right")
    return program.of(right) if right is not None and write.operator in ("+=", "-=") else None


def outer_sums(program: Program, loop: Loop) -> set[str]:
    """Variables from outside that a loop adds to and uses for something else too."""
    own = declared(program, loop.body) | {loop.index}
    changes = [w for w in writes(program, loop.body) if w.base is not None and w.base not in own]
    plain = {w.base for w in changes if w.target.type == "identifier" and w.base}
    return {base for base in plain if len([w for w in changes if w.base == base]) == 1} - {
        write.base for write in accumulated(program, loop, array=False) if write.base
    }


def steps(program: Program, loop: Loop, base: str) -> Callable[[str], str] | None:
    """What a loop does to a variable that others of its statements read: a body that does this and nothing else.

    Only a sum whose terms do not depend on the variable, nor on what the loop writes, can be told in advance: one
    statement of the body adds a term, or one behind a condition counts.
    """
    write = next(w for w in writes(program, loop.body) if w.base == base and w.target.type == "identifier")
    amount = amount_of(program, write)
    if amount is None or write.operator not in ("+=", "++"):
        return None
    others = {w.base for w in writes(program, loop.body) if w.node.id != write.node.id}
    right = write.node.child_by_field_name("right")
    terms = set() if right is None else used(program, right)
    conditions: list[str] = []
    at: Node | None = write.node
    while at is not None and at.id != loop.body.id:
        above = at.parent
        if above is None or above.type not in _WITHIN:
            return None
        if above.type == "if_statement":
            condition, then = above.child_by_field_name("condition"), above.child_by_field_name("consequence")
            if condition is None or then is None or at.id != then.id:
                return None
            conditions.insert(0, program.of(condition))
            terms |= used(program, condition)
        at = above
    needed = terms & (declared(program, loop.body) | others | {base})
    if needed or descendants(loop.body, "continue_statement"):
        return None
    guards = "".join(f"if {condition} " for condition in conditions)
    return lambda own: f"{guards}{own} += {amount};"


_WITHIN = frozenset(
    {"if_statement", "compound_statement", "expression_statement", "subscript_expression", "subscript_argument_list",
     "assignment_expression", "parenthesized_expression"}
)  # fmt: skip
"""What an update may stand in, between it and the loop: a condition, a block, or an expression like ``y[k++] = x``."""


def is_all(body: Node, node: Node) -> bool:
    """Whether a loop's body is one expression and nothing else."""
    while body.type in ("compound_statement", "expression_statement") and len(children(body)) == 1:
        body = children(body)[0]
    return body.id == node.id
