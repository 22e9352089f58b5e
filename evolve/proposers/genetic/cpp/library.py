"""Mutations that exchange serial algorithms of the standard library and parallel ones of ParlayLib."""

from __future__ import annotations

from random import Random

from tree_sitter import Node

from evolve.proposers.genetic.cpp.items import changed
from evolve.proposers.genetic.cpp.privatise import PRIMITIVES
from evolve.proposers.genetic.cpp.schedule import PARALLEL
from evolve.proposers.genetic.cpp.source import Edit, Program, children, descendants, operand

_SORTS = {"std::sort": "sort_inplace", "std::stable_sort": "stable_sort_inplace"}
_SERIAL = {f"parlay::{parallel}": serial for serial, parallel in _SORTS.items()} | {"parlay::reduce": "std::reduce"}
_REDUCTIONS = ("std::accumulate", "std::reduce")
_SIGN = "std::uint64_t{1} << 63"
_INTEGER_KEY = f"[](auto value) {{ return static_cast<std::uint64_t>(static_cast<std::int64_t>(value)) ^ ({_SIGN}); }}"
"""Order of signed integers of any width as that of unsigned ones."""


def library_call(program: Program, rng: Random) -> str | None:
    """A call of a serial algorithm of the standard library becomes a parallel one."""
    ready = [
        (call, text)
        for call in descendants(program.root, "call_expression")
        if (text := _parallel(program, call, rng)) is not None
    ]
    if not ready:
        return None
    call, text = rng.choice(ready)
    edit = Edit(call.start_byte, call.end_byte, text)
    return changed(program, [edit], ("cstddef", "cstdint", PARALLEL, PRIMITIVES))


def serial_call(program: Program, rng: Random) -> str | None:
    """A parallel algorithm of the library on a range becomes a serial one of the standard library."""
    ready = []
    for call in descendants(program.root, "call_expression"):
        function, arguments = call.child_by_field_name("function"), call.child_by_field_name("arguments")
        given = [] if arguments is None else children(arguments)
        serial = None if function is None else _SERIAL.get(program.of(function))
        if serial is None or len(given) != 1 or given[0].type != "call_expression":
            continue
        inner, ends = _call(program, given[0])
        if inner == "parlay::make_slice" and len(ends) == 2:
            ready.append((call, f"{serial}({ends[0]}, {ends[1]})"))
    if not ready:
        return None
    call, text = rng.choice(ready)
    return changed(program, [Edit(call.start_byte, call.end_byte, text)], ("algorithm", "numeric"))


def radix_sort(program: Program, rng: Random) -> str | None:
    """A comparison sort of the library becomes its integer sort, or the other way round."""
    ready = []
    for call in descendants(program.root, "call_expression"):
        function, arguments = _call(program, call)
        if function in ("parlay::sort_inplace", "parlay::stable_sort_inplace") and len(arguments) == 1:
            ready.append((call, f"parlay::integer_sort_inplace({arguments[0]}, {_INTEGER_KEY})"))
        elif function == "parlay::integer_sort_inplace":
            ready.append((call, f"parlay::sort_inplace({arguments[0]})"))
    if not ready:
        return None
    call, text = rng.choice(ready)
    return changed(program, [Edit(call.start_byte, call.end_byte, text)], ("cstdint", PARALLEL, PRIMITIVES))


def _call(program: Program, call: Node) -> tuple[str, list[str]]:
    function, arguments = call.child_by_field_name("function"), call.child_by_field_name("arguments")
    if function is None or arguments is None:
        return "", []
    return program.of(function), [program.of(argument) for argument in children(arguments)]


def _parallel(program: Program, call: Node, rng: Random) -> str | None:
    """The parallel call that does the same, or None if there is none."""
    function, given = _call(program, call)
    statement = call.parent is not None and call.parent.type == "expression_statement"
    place = program.fresh("place")
    if function in _SORTS and 2 <= len(given) <= 3:
        order = f", {given[2]}" if len(given) == 3 else ""
        return f"parlay::{_SORTS[function]}(parlay::make_slice({given[0]}, {given[1]}){order})"
    if function in _REDUCTIONS and len(given) == 3:
        return f"({operand(given[2])} + parlay::reduce(parlay::make_slice({given[0]}, {given[1]})))"
    one = [operand(argument) for argument in given]
    if function == "std::copy" and len(given) == 3 and statement:
        body = f"{one[2]}[{place}] = {one[0]}[{place}];"
        return f"parlay::parallel_for(0, {one[1]} - {one[0]}, [&](std::size_t {place}) {{ {body} }})"
    if function == "std::fill" and len(given) == 3 and statement:
        body = f"{one[0]}[{place}] = {given[2]};"
        return f"parlay::parallel_for(0, {one[1]} - {one[0]}, [&](std::size_t {place}) {{ {body} }})"
    if function in ("std::copy_n", "std::fill_n") and len(given) == 3 and statement:
        target, value = (one[2], f"{one[0]}[{place}]") if function == "std::copy_n" else (one[0], given[2])
        body = f"{target}[{place}] = {value};"
        return f"parlay::parallel_for(0, {given[1]}, [&](std::size_t {place}) {{ {body} }})"
    return None
