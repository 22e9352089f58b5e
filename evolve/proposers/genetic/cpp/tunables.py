"""Mutations of numbers: declared constants, literals, granularities, unroll factors, widths of elements."""

from __future__ import annotations

import re
from random import Random

from tree_sitter import Node

from evolve.proposers.genetic.cpp.loops import parallel_loops, serial_loops
from evolve.proposers.genetic.cpp.names import independent
from evolve.proposers.genetic.cpp.source import (
    Edit,
    Program,
    children,
    descendants,
    inside,
    placed,
    pragmas_of,
    start_of,
    walk,
)

LARGEST = 1 << 26
"""Greatest value a step arrives at."""
GRANULARITIES = (1, 16, 64, 256, 1024, 4096, 16384)
UNROLLS = (2, 4, 8, 16)
_INTEGER = re.compile(r"(\d[\d']*|0[xX][\da-fA-F']+)([uUlLzZ]*)")
_REAL = re.compile(r"(?:\d[\d']*\.\d*|\.\d+|\d+(?=[eE]))(?:[eE][+-]?\d+)?[fFlL]?")
_SHOWN_AS_SHIFT = 256
_NARROWER = {"std::int64_t": "std::int32_t", "std::size_t": "std::uint32_t", "std::uint64_t": "std::uint32_t"}
_WIDER = {"std::int32_t": "std::int64_t", "std::uint32_t": "std::uint64_t"}
_UNROLL = re.compile(r"(#\s*pragma\s+GCC\s+unroll\s+)(\d+)")


def constant(program: Program, rng: Random) -> str | None:
    """A ``constexpr`` number stepped by a factor of two or by one, or drawn anew."""
    found = [
        (value, number)
        for declaration in descendants(program.root, "declaration")
        if any(q.type == "type_qualifier" and program.of(q) == "constexpr" for q in declaration.named_children)
        for each in declaration.named_children
        if each.type == "init_declarator"
        and (value := each.child_by_field_name("value")) is not None
        and (number := value_of(program, value)) is not None
        and number > 0
    ]
    if not found:
        return None
    node, number = rng.choice(found)
    return program.edited([Edit(node.start_byte, node.end_byte, _stepped(number, rng))])


def literal(program: Program, rng: Random) -> str | None:
    """A factor or a bound written as a number within a function, stepped likewise."""
    found = [
        (node, number)
        for node in descendants(program.root, "number_literal")
        if node.parent is not None
        and node.parent.type in ("binary_expression", "argument_list", "init_declarator")
        and inside(node, "function_definition") is not None
        and inside(node, "subscript_expression", "subscript_argument_list", "template_argument_list") is None
        and (number := value_of(program, node)) is not None
        and number > 1
    ]
    if not found:
        return None
    node, number = rng.choice(found)
    suffix = _INTEGER.fullmatch(program.of(node))
    text = _stepped(number, rng, plain=True) + (suffix[2] if suffix else "")
    return program.edited([Edit(node.start_byte, node.end_byte, text)])


def granularity(program: Program, rng: Random) -> str | None:
    """How many iterations of a parallel loop may run one after another: stepped, given, taken away."""
    found = parallel_loops(program)
    if not found:
        return None
    loop = rng.choice(found)
    given = loop.granularity
    if given is None:
        end = loop.body.end_byte
        return program.edited([Edit(end, end, f", {rng.choice(GRANULARITIES)}")])
    number = value_of(program, given)
    if rng.random() < 0.2:
        return program.edited([Edit(loop.body.end_byte, given.end_byte, "")])
    step = number is not None and rng.random() < 0.7
    others = [each for each in GRANULARITIES if each != number]
    text = _stepped(number, rng) if number is not None and step else str(rng.choice(others))
    return program.edited([Edit(given.start_byte, given.end_byte, text)])


def unroll(program: Program, rng: Random) -> str | None:
    """``#pragma GCC unroll`` on an innermost loop: put there, changed, taken away."""
    loops = [loop for loop in serial_loops(program) if not _loops_within(loop.body)]
    if not loops:
        return None
    loop = rng.choice(loops)
    for pragma in pragmas_of(program, loop.node):
        match = _UNROLL.match(program.of(pragma))
        if match is not None:
            if rng.random() < 0.3:
                return program.edited([Edit(pragma.start_byte, _next(loop.node, pragma), "")])
            factor = rng.choice([k for k in UNROLLS if k != int(match[2])])
            start = pragma.start_byte
            return program.edited([Edit(start, start + len(match[0].encode()), f"{match[1]}{factor}")])
    return _with_pragma(program, loop.node, f"unroll {rng.choice(UNROLLS)}")


def ivdep(program: Program, rng: Random) -> str | None:
    """``#pragma GCC ivdep`` on an innermost loop whose iterations look independent: put there or taken away."""
    loops = [
        loop
        for loop in serial_loops(program)
        if not _loops_within(loop.body) and independent(program, loop.body, loop.index)
    ]
    if not loops:
        return None
    loop = rng.choice(loops)
    for pragma in pragmas_of(program, loop.node):
        if "ivdep" in program.of(pragma):
            return program.edited([Edit(pragma.start_byte, _next(loop.node, pragma), "")])
    return _with_pragma(program, loop.node, "ivdep")


def width(program: Program, rng: Random) -> str | None:
    """Elements of a container of 64 bits become those of 32 bits, which is half the traffic, or the other way round."""
    others = _NARROWER | _WIDER
    found = [
        node
        for node in walk(program.root)
        if node.type == "type_descriptor" and program.of(node) in others and _is_element(program, node)
    ]
    if not found:
        return None
    node = rng.choice(found)
    return program.edited([Edit(node.start_byte, node.end_byte, others[program.of(node)])])


def _is_element(program: Program, node: Node) -> bool:
    """Whether a type is the first argument of a container's."""
    arguments = node.parent
    if arguments is None or arguments.type != "template_argument_list" or arguments.parent is None:
        return False
    name = arguments.parent.child_by_field_name("name")
    return name is not None and program.of(name) in ("vector", "sequence") and children(arguments)[0].id == node.id


def _loops_within(body: Node) -> bool:
    return bool(descendants(body, "for_statement", "for_range_loop", "while_statement", "do_statement"))


def _next(loop: Node, pragma: Node) -> int:
    """Where what follows a loop's pragma begins."""
    following = pragma.next_named_sibling
    return loop.start_byte if following is None else following.start_byte


def _with_pragma(program: Program, loop: Node, text: str) -> str:
    pragma = f"#pragma GCC {text}\n"
    if loop.parent is not None and loop.parent.type == "compound_statement":
        at = start_of(program, loop)
        line = program.data[program.data.rfind(b"\n", 0, at) + 1 : at]
        lead = "" if not line.strip() else "\n"  # a directive has a line of its own
        return program.edited([Edit(at, at, lead + pragma + program.indent(loop))])
    # A pragma and its loop are two statements to whoever reads one.
    inner = placed(program.flush(loop), "    ")
    return program.edited(
        [Edit(loop.start_byte, loop.end_byte, placed(f"{{\n{pragma}    {inner}\n}}", program.indent(loop)))]
    )


def value_of(program: Program, node: Node) -> int | float | None:
    """The number a constant expression of literals stands for, or None if it is another expression."""
    if node.type == "number_literal":
        text = program.of(node)
        integer = _INTEGER.fullmatch(text)
        if integer is not None:
            return None if text[:2] in ("0x", "0X") else int(integer[1].replace("'", ""))
        return float(text.replace("'", "").rstrip("fFlL")) if _REAL.fullmatch(text) else None
    if node.type == "parenthesized_expression" and len(children(node)) == 1:
        return value_of(program, children(node)[0])
    if node.type == "binary_expression":
        left, right, sign = (node.child_by_field_name(name) for name in ("left", "right", "operator"))
        if left is None or right is None or sign is None:
            return None
        one, other = value_of(program, left), value_of(program, right)
        if isinstance(one, int) and isinstance(other, int) and sign.type == "<<" and other < 64:
            return one << other
        if one is not None and other is not None and sign.type == "*":
            return one * other
    return None


def _stepped(number: float, rng: Random, plain: bool = False) -> str:
    """Another number near a positive one, as it is written in a program."""
    if isinstance(number, float):
        return repr(float(f"{number * rng.choice((0.5, 0.8, 1.25, 2.0)):.4g}"))
    while True:
        draw = rng.random()
        if draw < 0.6:
            found = number * 2 if rng.random() < 0.5 else number // 2
        elif draw < 0.75:
            found = number * 4 if rng.random() < 0.5 else number // 4
        elif draw < 0.9:
            found = number + rng.choice((-1, 1)) if number < _SHOWN_AS_SHIFT else number * 3 // 2
        else:
            found = 1 << (rng.randint(8, 18) if number >= _SHOWN_AS_SHIFT else rng.randint(0, 6))
        found = max(1, min(LARGEST, int(found)))
        if found != number:
            break
    power = found.bit_length() - 1
    return f"1 << {power}" if not plain and found >= _SHOWN_AS_SHIFT and found == 1 << power else str(found)
