"""Mutations that make serial accumulation parallel: counters of each block's own, partial sums, scans in two passes.

A loop that adds to ``a[f(i)]`` cannot run in parallel as it stands. Blocks of it can, each with a copy of ``a`` that is
all its own, and the copies are added up afterwards: privatisation (Tu & Padua, "Automatic array privatization", LCPC
1993). A variable that only accumulates is private likewise. If it is also read, the blocks need to know what comes
before each: sums of the blocks first, then the loop in each from its sum on (Blelloch, "Prefix sums and their
applications", 1990, section 1.2).
"""

from __future__ import annotations

from random import Random

from evaluators.declaration import EntryPoint
from evolve.proposers.genetic.cpp.accumulation import (
    MERGED,
    NEUTRAL,
    accumulated,
    amount_of,
    is_all,
    outer_sums,
    steps,
)
from evolve.proposers.genetic.cpp.extents import element_type, extent, value_type
from evolve.proposers.genetic.cpp.items import changed
from evolve.proposers.genetic.cpp.loops import Loop, as_lambda, in_braces, serial_loops
from evolve.proposers.genetic.cpp.names import renaming
from evolve.proposers.genetic.cpp.schedule import BLOCKS, PARALLEL
from evolve.proposers.genetic.cpp.source import Edit, Program, operand, replaced, shifted

PRIMITIVES = "parlay/primitives.h"
_HEADERS = ("algorithm", "cstddef", "type_traits", "vector", PARALLEL)


def private_copies(entry: EntryPoint, program: Program, rng: Random) -> str | None:
    """A loop that accumulates into an array: a copy for each block of iterations, added up in parallel afterwards.

    Where the array is so large that its copies would cost more to add up than the loop does, the loop stays as it is.
    """
    ready = [
        (loop, write)
        for loop in serial_loops(program)
        if as_lambda(program, loop.body) is not None
        for write in accumulated(program, loop, array=True)
    ]
    if not ready:
        return None
    loop, write = rng.choice(ready)
    base = write.base
    assert base is not None
    size, naming = extent(program, loop, base, entry, rng)
    if not size:
        return None
    blocks, block, copies, own, place = map(program.fresh, ("blocks", "block", "copies", "own", "place"))
    most, least, worth = map(program.fresh, ("kCopies", "kLeast", "kWorth"))
    kind, count = element_type(program, loop, base), operand(loop.count)
    low, high = loop.at(f"{block} * {count} / {blocks}"), loop.at(f"({block} + 1) * {count} / {blocks}")
    text = _lines(
        "{",
        f"    const std::size_t {blocks} = std::clamp<std::size_t>(",
        f"        {count} / std::max<std::size_t>({least}, {worth} * {size}), 1, {most} * parlay::num_workers());",
        f"    if ({blocks} == 1) {{",
        f"        {shifted(program.flush(loop.node), 2)}",
        "    } else {",
        f"        std::vector<{kind}> {copies}({blocks} * {size}, {NEUTRAL[write.operator]});",
        f"        parlay::parallel_for(0, {blocks}, [&](std::size_t {block}) {{",
        f"            auto* const {own} = {copies}.data() + {block} * {size};",
        f"    {shifted(_stretch(program, loop, low, high, _on(program, loop, base, own)))}",
        "        }, 1);",
        f"        parlay::parallel_for(0, {size}, [&](std::size_t {place}) {{",
        f"            for (std::size_t {block} = 0; {block} < {blocks}; ++{block})",
        f"                {base}[{place}] {_merging(write.operator)} {copies}[{block} * {size} + {place}];",
        "        });",
        "    }",
        "}",
    )
    constants = (
        f"constexpr std::size_t {most} = {rng.choice((1, 2, 4))};",
        f"constexpr std::size_t {least} = 1 << {rng.choice((12, 14, 16))};",
        f"constexpr std::size_t {worth} = {rng.choice((4, 8, 16))};",
    )
    return changed(program, [replaced(program, loop.node, text), *naming], _HEADERS, constants)


def atomic_counts(program: Program, rng: Random) -> str | None:
    """A loop that accumulates into an array of integers: each addition atomic, the loop parallel."""
    ready = []
    for loop in serial_loops(program):
        for write in accumulated(program, loop, array=True):
            amount = amount_of(program, write)
            if amount is None or write.node.parent is None or write.node.parent.type != "expression_statement":
                continue
            target = program.of(write.target)
            call = "fetch_add" if write.operator in ("+=", "++") else "fetch_sub"
            kind = f"std::remove_cvref_t<decltype({target})>"
            text = f"std::atomic_ref<{kind}>({target}).{call}({amount}, std::memory_order_relaxed)"
            edit = Edit(write.node.start_byte, write.node.end_byte, text)
            body = as_lambda(program, loop.body, [edit])
            if body is not None:
                ready.append((loop, body))
    if not ready:
        return None
    loop, body = rng.choice(ready)
    text = f"parlay::parallel_for({loop.low}, {loop.high}, [&]({loop.kind} {loop.index}) {body});"
    return changed(program, [replaced(program, loop.node, text)], ("atomic", "type_traits", PARALLEL))


def partial_results(program: Program, rng: Random) -> str | None:
    """A loop that accumulates into a variable: one for each block of iterations, put together afterwards."""
    ready = [
        (loop, write)
        for loop in serial_loops(program)
        if as_lambda(program, loop.body) is not None
        for write in accumulated(program, loop, array=False)
    ]
    if not ready:
        return None
    loop, write = rng.choice(ready)
    base = write.base
    assert base is not None
    blocks, block, parts, own, part = map(program.fresh, ("blocks", "block", "parts", "own", "part"))
    size, kind = program.fresh("kBlock"), value_type(base)
    text = _lines(
        "{",
        f"    const std::size_t {blocks} = ({operand(loop.count)} + {size} - 1) / {size};",
        f"    std::vector<{kind}> {parts}({blocks});",
        f"    parlay::parallel_for(0, {blocks}, [&](std::size_t {block}) {{",
        f"        {kind} {own} = {NEUTRAL[write.operator]};",
        _block_of(program, loop, block, size, _on(program, loop, base, own)),
        f"        {parts}[{block}] = {own};",
        "    }, 1);",
        f"    for (const auto& {part} : {parts}) {base} {_merging(write.operator)} {part};",
        "}",
    )
    return changed(program, [replaced(program, loop.node, text)], _HEADERS, (_block_size(size, rng),))


def reduce(program: Program, rng: Random) -> str | None:
    """A loop that does nothing but ``x += e`` becomes the library's reduction of a sequence that is never stored."""
    ready = []
    for loop in serial_loops(program):
        for write in accumulated(program, loop, array=False):
            right = write.node.child_by_field_name("right")
            if write.operator == "+=" and right is not None and is_all(loop.body, write.node):
                ready.append((loop, write, right))
    if not ready:
        return None
    loop, write, right = rng.choice(ready)
    assert write.base is not None
    offset, kind = program.fresh("offset"), value_type(write.base)
    text = _lines(
        f"{write.base} += parlay::reduce(parlay::delayed_tabulate({loop.count}, [&](std::size_t {offset}) -> {kind} {{",
        f"    const {loop.kind} {loop.index} = {loop.at(offset)};",
        f"    return {program.flush(right)};",
        "}));",
    )
    return changed(program, [replaced(program, loop.node, text)], ("cstddef", "type_traits", PARALLEL, PRIMITIVES))


def two_passes(program: Program, rng: Random) -> str | None:
    """A loop that accumulates into a variable and reads it: what each block adds first, then each from its start on."""
    ready = [
        (loop, base, step)
        for loop in serial_loops(program)
        if as_lambda(program, loop.body) is not None
        for base in sorted(outer_sums(program, loop))
        if (step := steps(program, loop, base)) is not None
    ]
    if not ready:
        return None
    loop, base, step = rng.choice(ready)
    blocks, block, before, own = map(program.fresh, ("blocks", "block", "before", "own"))
    size, kind = program.fresh("kBlock"), value_type(base)
    text = _lines(
        "{",
        f"    const std::size_t {blocks} = ({operand(loop.count)} + {size} - 1) / {size};",
        f"    std::vector<{kind}> {before}({blocks} + 1, {base});",
        f"    parlay::parallel_for(0, {blocks}, [&](std::size_t {block}) {{",
        f"        {kind} {own} = 0;",
        _block_of(program, loop, block, size, step(own)),
        f"        {before}[{block} + 1] = {own};",
        "    }, 1);",
        f"    for (std::size_t {block} = 0; {block} < {blocks}; ++{block}) {before}[{block} + 1] += {before}[{block}];",
        f"    parlay::parallel_for(0, {blocks}, [&](std::size_t {block}) {{",
        f"        {kind} {own} = {before}[{block}];",
        _block_of(program, loop, block, size, _on(program, loop, base, own)),
        "    }, 1);",
        f"    {base} = {before}[{blocks}];",
        "}",
    )
    return changed(program, [replaced(program, loop.node, text)], _HEADERS, (_block_size(size, rng),))


def _lines(*lines: str) -> str:
    return "\n".join(lines)


def _merging(operator: str) -> str:
    return MERGED.get(operator, operator)


def _block_size(name: str, rng: Random) -> str:
    return f"constexpr std::size_t {name} = 1 << {rng.choice(BLOCKS)};"


def _on(program: Program, loop: Loop, base: str, own: str) -> str:
    """The body of a loop, on ``own`` instead of ``base``."""
    return in_braces(program, loop.body, renaming(program, loop.body, base, own))


def _block_of(program: Program, loop: Loop, block: str, size: str, body: str) -> str:
    """The iterations of a block of constant size; the last one may be shorter."""
    high = f"std::min<{loop.kind}>({loop.high}, {loop.at(f'({block} + 1) * {size}')})"
    return _stretch(program, loop, loop.at(f"{block} * {size}"), high, body)


def _stretch(program: Program, loop: Loop, low: str, high: str, body: str) -> str:
    """Some of the iterations of a loop, two levels deep."""
    end = program.fresh("end")
    head = f"for ({loop.kind} {loop.index} = {low}; {loop.index} < {end}; ++{loop.index})"
    return f"        const {loop.kind} {end} = {high};\n        {head} {shifted(body, 2)}"
