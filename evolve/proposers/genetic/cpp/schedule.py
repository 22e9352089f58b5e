"""Mutations of what runs beside what: loops made parallel and serial, cut into blocks, turned; statements forked."""

from __future__ import annotations

from random import Random

from tree_sitter import Node

from evolve.proposers.genetic.cpp.items import changed
from evolve.proposers.genetic.cpp.loops import (
    Loop,
    as_body,
    as_lambda,
    called,
    in_braces,
    iteration,
    parallel_loops,
    serial_loop,
    serial_loops,
)
from evolve.proposers.genetic.cpp.names import aliased, declared, independent, used, writes
from evolve.proposers.genetic.cpp.source import (
    STATEMENTS,
    Edit,
    Program,
    children,
    descendants,
    operand,
    placed,
    replaced,
    shifted,
    start_of,
)

PARALLEL = "parlay/parallel.h"
BLOCKS = (10, 12, 14, 16)
"""Powers of two of which one is the first size of a block."""
_ORDERS = "std::memory_order_"
_LOADS, _STORES = ("relaxed", "acquire", "seq_cst"), ("relaxed", "release", "seq_cst")
_BOTH = ("relaxed", "acquire", "release", "acq_rel", "seq_cst")


def parallel(program: Program, rng: Random) -> str | None:
    """A serial loop whose iterations look independent becomes a parallel one."""
    ready = [
        (loop, body)
        for loop in serial_loops(program)
        if independent(program, loop.body, loop.index) and (body := as_lambda(program, loop.body)) is not None
    ]
    if not ready:
        return None
    loop, body = _outer_first(ready, rng)
    grain = "" if rng.random() < 0.7 else f", {rng.choice((1, 64, 1024))}"
    text = f"parlay::parallel_for({loop.low}, {loop.high}, [&]({loop.kind} {loop.index}) {body}{grain});"
    return changed(program, [replaced(program, loop.node, text)], (PARALLEL,))


def _outer_first(ready: list[tuple[Loop, str]], rng: Random) -> tuple[Loop, str]:
    """Mostly one that lies in no other, since a loop within a parallel one seldom gains."""
    outer = [each for each in ready if not any(_holds(other[0].node, each[0].node) for other in ready)]
    return rng.choice(outer if rng.random() < 0.75 else ready)


def _holds(outer: Node, node: Node) -> bool:
    return outer.id != node.id and outer.start_byte <= node.start_byte and node.end_byte <= outer.end_byte


def serial(program: Program, rng: Random) -> str | None:
    """A parallel loop becomes a serial one."""
    ready = [
        (loop, body) for loop in parallel_loops(program) if (body := as_body(program, loop.body)) is not None
    ]  # fmt: skip
    if not ready:
        return None
    loop, body = rng.choice(ready)
    head = f"for ({loop.kind} {loop.index} = {loop.low}; {loop.index} < {loop.high}; ++{loop.index})"
    text = f"{head} {body}"
    if loop.captured:
        lines = "\n".join(f"    {each}" for each in loop.captured)
        text = f"{{\n{lines}\n    {shifted(text)}\n}}"
    return program.edited([replaced(program, loop.node, text)])


def blocked(program: Program, rng: Random) -> str | None:
    """A loop becomes a parallel one over blocks, with a serial one in each; the size of a block is a new constant."""
    candidates = [loop for loop in serial_loops(program) if independent(program, loop.body, loop.index)]
    candidates.extend(parallel_loops(program))
    ready = [(loop, body) for loop in candidates if (body := iteration(program, loop)) is not None]
    if not ready:
        return None
    loop, body = rng.choice(ready)
    size, block, end = program.fresh("kBlock"), program.fresh("block"), program.fresh("end")
    text = "\n".join(
        (
            f"parlay::parallel_for(0, ({operand(loop.count)} + {size} - 1) / {size}, [&](std::size_t {block}) {{",
            f"    const {loop.kind} {end} = std::min<{loop.kind}>({loop.high}, {loop.at(f'({block} + 1) * {size}')});",
            f"    for ({loop.kind} {loop.index} = {loop.at(f'{block} * {size}')}; {loop.index} < {end}; "
            f"++{loop.index}) {shifted(body)}",
            "}, 1);",
        )
    )
    constant = f"constexpr std::size_t {size} = 1 << {rng.choice(BLOCKS)};"
    return changed(program, [replaced(program, loop.node, text)], ("algorithm", "cstddef", PARALLEL), (constant,))


def fork(program: Program, rng: Random) -> str | None:
    """Two statements in a row that write nothing the other uses run in parallel."""
    ready = [
        (one, other)
        for block in descendants(program.root, "compound_statement")
        for one, other in zip(children(block), children(block)[1:], strict=False)
        if _may_fork(program, one) and _may_fork(program, other) and not _touch(program, one, other)
    ]
    if not ready:
        return None
    one, other = rng.choice(ready)
    branches = [f"[&] {in_braces(program, each)}" for each in (one, other)]
    lines = [shifted(branch) for branch in branches]
    text = f"parlay::par_do(\n    {lines[0]},\n    {lines[1]});"
    edit = Edit(start_of(program, one), other.end_byte, placed(text, program.indent(one)))
    return changed(program, [edit], (PARALLEL,))


def _may_fork(program: Program, statement: Node) -> bool:
    if statement.type not in STATEMENTS or statement.type == "declaration":
        return False
    worth = descendants(statement, "for_statement", "for_range_loop", "while_statement", "call_expression")
    return bool(worth) and as_lambda(program, statement) is not None and not _continues(statement)


def _continues(statement: Node) -> bool:
    return statement.type not in ("for_statement", "for_range_loop", "while_statement") and bool(
        descendants(statement, "continue_statement")
    )


def _touch(program: Program, one: Node, other: Node) -> bool:
    """Whether one statement writes a variable that the other uses, as far as syntax tells."""
    for writer, reader in ((one, other), (other, one)):
        written = {write.base for write in writes(program, writer)} | aliased(program, writer)
        written -= declared(program, writer)
        if None in written or written & used(program, reader):
            return True
    return False


def join(program: Program, rng: Random) -> str | None:
    """Two branches in parallel become two blocks in a row."""
    ready = []
    for statement in descendants(program.root, "expression_statement"):
        call = called(program, statement)
        if call is None or call[0] != "parlay::par_do" or len(call[1]) < 2:
            continue
        bodies = [each.child_by_field_name("body") for each in call[1][:2] if each.type == "lambda_expression"]
        texts = [in_braces(program, body) for body in bodies
                 if body is not None and not descendants(body, "return_statement")]  # fmt: skip
        if len(texts) == 2:
            ready.append((statement, "\n".join(texts)))
    if not ready:
        return None
    statement, text = rng.choice(ready)
    around = statement.parent
    if around is not None and around.type != "compound_statement":
        text = f"{{\n    {shifted(text)}\n}}"
    return program.edited([replaced(program, statement, text)])


def interchange(program: Program, rng: Random) -> str | None:
    """Two loops, one of them all the other's body, change places."""
    ready = []
    for outer in serial_loops(program):
        body = outer.body
        if body.type == "compound_statement" and len(children(body)) == 1:
            body = children(body)[0]
        inner = serial_loop(program, body) if body.type == "for_statement" else None
        if inner is not None and outer.index not in _words(program, inner):
            ready.append((outer, inner))
    if not ready:
        return None
    outer, inner = rng.choice(ready)
    heads = [(loop.node.start_byte, loop.body.start_byte) for loop in (outer, inner)]
    texts = [program.slice(*head) for head in heads]
    return program.edited(
        [Edit(*place, text.rstrip() + " ") for place, text in zip(heads, reversed(texts), strict=True)]
    )


def _words(program: Program, loop: Loop) -> set[str]:
    """Names in the head of a loop."""
    parts = [part for name in ("initializer", "condition") if (part := loop.node.child_by_field_name(name)) is not None]
    return {name for part in parts for name in used(program, part)}


def memory_order(program: Program, rng: Random) -> str | None:
    """The memory order of an access to an atomic, relaxed or made stronger, within what the access allows."""
    ready = []
    for call in descendants(program.root, "call_expression"):
        function, arguments = call.child_by_field_name("function"), call.child_by_field_name("arguments")
        field = None if function is None else function.child_by_field_name("field")
        if field is None or arguments is None:
            continue
        orders = [a for a in children(arguments) if program.of(a).startswith(_ORDERS)]
        method = program.of(field)
        for place, order in enumerate(orders):
            allowed = _LOADS if method == "load" or place else _STORES if method == "store" else _BOTH
            ready += [(order, other) for other in allowed if program.of(order) != _ORDERS + other]
    if not ready:
        return None
    order, other = rng.choice(ready)
    return program.edited([Edit(order.start_byte, order.end_byte, _ORDERS + other)])
