"""Counting loops, serial and parallel, and how the body of one kind becomes that of the other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from tree_sitter import Node

from evolve.proposers.genetic.cpp.names import names_of
from evolve.proposers.genetic.cpp.source import KEPT, Edit, Program, children, descendants, operand, shifted

PARALLEL_FOR = "parlay::parallel_for"
LOOPS = ("for_statement", "for_range_loop", "while_statement", "do_statement")
_LEAVES = ("goto_statement", "co_return_statement", "co_yield_statement", "co_await_expression")
_ONWARDS = ("<", "!=", "<=")


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop over ``low <= index < high`` by steps of one.

    Attributes:
        node: the whole statement.
        kind: type of the index, as written.
        index: its name.
        low: first value, as written.
        high: value after the last, as written.
        body: a statement; of a parallel loop the block of its lambda.
        granularity: of a parallel loop, where it is given: how many iterations may run one after another.
        captured: of a parallel loop: declarations that stand for captures with an initialiser.
    """

    node: Node
    kind: str
    index: str
    low: str
    high: str
    body: Node
    granularity: Node | None = None
    captured: tuple[str, ...] = ()

    @property
    def count(self) -> str:
        """How many iterations there are; ``high`` less than ``low`` means none."""
        if self.low == "0":
            return self.high
        low, high = operand(self.low), operand(self.high)
        return f"{low} < {high} ? {high} - {low} : 0"

    def at(self, offset: str) -> str:
        """``low`` plus an offset."""
        return offset if self.low == "0" else f"{operand(self.low)} + {offset}"


@lru_cache(maxsize=KEPT)
def serial_loops(program: Program) -> tuple[Loop, ...]:
    """The ``for`` loops that count up by one."""
    found = (serial_loop(program, node) for node in descendants(program.root, "for_statement"))
    return tuple(loop for loop in found if loop is not None)


def serial_loop(program: Program, node: Node) -> Loop | None:
    """A ``for`` statement as a counting loop, or None if it is of another form."""
    start, condition, update, body = (
        node.child_by_field_name(name) for name in ("initializer", "condition", "update", "body")
    )
    if start is None or condition is None or update is None or body is None or start.type != "declaration":
        return None
    names, kind, first = names_of(program, start), start.child_by_field_name("type"), _initial(start)
    if len(names) != 1 or kind is None or first is None or condition.type != "binary_expression":
        return None
    index = names[0]
    left, right, sign = (condition.child_by_field_name(name) for name in ("left", "right", "operator"))
    if left is None or right is None or sign is None or program.of(left) != index or sign.type not in _ONWARDS:
        return None
    if program.of(update).replace(" ", "") not in (f"++{index}", f"{index}++", f"{index}+=1"):
        return None
    high = program.of(right) if sign.type != "<=" else f"{operand(program.of(right))} + 1"
    return Loop(node, _kind(program, kind), index, program.of(first), high, body)


def _kind(program: Program, kind: Node) -> str:
    """The type of an index; where it is left to the compiler, that of what a parallel loop counts in."""
    return "std::size_t" if program.of(kind) == "auto" else program.of(kind)


def _initial(declaration: Node) -> Node | None:
    inits = [child for child in declaration.named_children if child.type == "init_declarator"]
    value = inits[0].child_by_field_name("value") if len(inits) == 1 else None
    return None if value is None or value.type in ("initializer_list", "argument_list") else value


def called(program: Program, statement: Node) -> tuple[str, list[Node]] | None:
    """Function and arguments of a statement that is a call and nothing else."""
    if statement.type != "expression_statement":
        return None
    inner = children(statement)
    if len(inner) != 1 or inner[0].type != "call_expression":
        return None
    function, arguments = (inner[0].child_by_field_name(name) for name in ("function", "arguments"))
    if function is None or arguments is None:
        return None
    return program.of(function), children(arguments)


@lru_cache(maxsize=KEPT)
def parallel_loops(program: Program) -> tuple[Loop, ...]:
    """The statements that call ``parlay::parallel_for`` with a lambda."""
    found = (parallel_loop(program, node) for node in descendants(program.root, "expression_statement"))
    return tuple(loop for loop in found if loop is not None)


def parallel_loop(program: Program, statement: Node) -> Loop | None:
    """A call of ``parlay::parallel_for`` with a lambda, or None if the statement is none."""
    call = called(program, statement)
    if call is None or call[0] != PARALLEL_FOR or not 3 <= len(call[1]) <= 4 or call[1][2].type != "lambda_expression":
        return None
    low, high, function = call[1][:3]
    captures, declarator, body = (function.child_by_field_name(name) for name in ("captures", "declarator", "body"))
    if captures is None or declarator is None or body is None:
        return None
    parameters = descendants(declarator, "parameter_declaration")
    names = [name for parameter in parameters for name in names_of(program, parameter)]
    kind = parameters[0].child_by_field_name("type") if len(parameters) == 1 else None
    if len(names) != 1 or kind is None:
        return None
    captured = tuple(f"const auto {program.of(each)};" for each in captures.named_children if "=" in program.of(each))
    return Loop(statement, _kind(program, kind), names[0], program.of(low), program.of(high), body,
                call[1][3] if len(call[1]) > 3 else None, captured)  # fmt: skip


def as_lambda(program: Program, body: Node, edits: Iterable[Edit] = ()) -> str | None:
    """A loop's body as the block of a lambda that runs one iteration, or None if it leaves the loop early.

    Args:
        program: in which the body is.
        body: of a ``for`` statement.
        edits: made within the body besides; they must not touch its jumps.
    """
    if descendants(body, *_LEAVES) or any(not _in_lambda(jump, body) for jump in descendants(body, "return_statement")):
        return None
    if any(not _in_loop(jump, body, "switch_statement") for jump in descendants(body, "break_statement")):
        return None
    own = [jump for jump in descendants(body, "continue_statement") if not _in_loop(jump, body)]
    changes = [Edit(jump.start_byte, jump.end_byte, "return;") for jump in own]
    return in_braces(program, body, (*edits, *changes))


def as_body(program: Program, block: Node, edits: Iterable[Edit] = ()) -> str | None:
    """The block of a lambda as that of a loop, or None if it returns from within a loop of its own, or a value."""
    changes = []
    for jump in descendants(block, "return_statement"):
        if _in_lambda(jump, block):
            continue
        if children(jump) or _in_loop(jump, block):
            return None
        changes.append(Edit(jump.start_byte, jump.end_byte, "continue;"))
    return in_braces(program, block, (*edits, *changes))


def iteration(program: Program, loop: Loop, edits: Iterable[Edit] = ()) -> str | None:
    """The body of a loop of either kind as the block of a serial one; it may go on to the next iteration, not leave."""
    if loop.node.type != "for_statement":
        return None if loop.captured else as_body(program, loop.body, edits)
    return in_braces(program, loop.body, edits) if as_lambda(program, loop.body) is not None else None


def in_braces(program: Program, body: Node, edits: Iterable[Edit] = ()) -> str:
    """A statement as a block, its lines from column 0."""
    text = program.flush(body, edits)
    if body.type == "compound_statement":
        return text
    return f"{{\n    {shifted(text)}\n}}" if "\n" in text else f"{{ {text} }}"


def _in_lambda(node: Node, outer: Node) -> bool:
    return _between(node, outer, ("lambda_expression",))


def _in_loop(node: Node, outer: Node, *more: str) -> bool:
    return _between(node, outer, (*LOOPS, *more, "lambda_expression"))


def _between(node: Node, outer: Node, kinds: tuple[str, ...]) -> bool:
    """Whether something of these kinds lies around ``node`` and within ``outer``, which may itself be it."""
    at: Node | None = node
    while at is not None:
        if at.type in kinds:
            return True
        if at.id == outer.id:
            return False
        at = at.parent
    return False
