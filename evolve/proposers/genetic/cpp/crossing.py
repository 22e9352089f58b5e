"""Crossover of two programs for one entry point: functions, statements and constants change hands.

What is taken brings what it needs along: definitions its program has and the other lacks, declarations before it in its
function, headers. What both programs define under one name stays as the first parent has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from tree_sitter import Node

from evaluators.declaration import EntryPoint
from evolve.proposers.genetic.cpp.items import (
    Function,
    changed,
    definition,
    function_named,
    functions,
    includes,
    items,
    parameter_names,
    signature,
)
from evolve.proposers.genetic.cpp.names import declared, names_of, renaming, used
from evolve.proposers.genetic.cpp.simplify import pruned
from evolve.proposers.genetic.cpp.source import (
    STATEMENTS,
    Edit,
    Program,
    children,
    descendants,
    placed,
    replaced,
    shifted,
    start_of,
    words,
)
from evolve.proposers.genetic.cpp.tunables import value_of

_LONGEST = 3
"""Most statements in a row that change hands."""


def exchange_function(mother: Program, father: Program, entry: EntryPoint, rng: Random) -> str | None:
    """A function of the mother's becomes the father's of the same name, or of the same signature."""
    theirs = functions(father)
    pairs = [
        (own, other)
        for own in functions(mother)
        for other in theirs
        if signature(mother, own) == signature(father, other)
        and (own.name == other.name or entry.name not in (own.name, other.name))
        and mother.of(own.item).split() != father.of(other.item).split()
    ]
    if not pairs:
        return None
    own, other = rng.choice(pairs)
    edits = renaming(father, other.item, other.name, own.name) if own.name != other.name else []
    text = father.flush(other.item, edits)
    edit = Edit(own.item.start_byte, own.item.end_byte, text)
    return _with_needs(mother, father, [edit], words(text) - {own.name})


def exchange_statement(mother: Program, father: Program, entry: EntryPoint, rng: Random) -> str | None:
    """A statement of the mother's becomes one of the father's, or a few in a row."""
    return _graft(mother, father, entry, rng, insert=False)


def insert_statement(mother: Program, father: Program, entry: EntryPoint, rng: Random) -> str | None:
    """A statement of the father's, or a few in a row, comes before one of the mother's."""
    return _graft(mother, father, entry, rng, insert=True)


def exchange_constant(mother: Program, father: Program, entry: EntryPoint, rng: Random) -> str | None:
    """A constant of the mother's takes the value it has in the father."""
    theirs = dict(_constants(father))
    pairs = [
        (value, theirs[name])
        for name, value in _constants(mother)
        if name in theirs and value_of(mother, value) != value_of(father, theirs[name])
    ]
    if not pairs:
        return None
    own, other = rng.choice(pairs)
    return mother.edited([Edit(own.start_byte, own.end_byte, father.of(other))])


def _constants(program: Program) -> list[tuple[str, Node]]:
    return [
        (item.names[0], value)
        for item in items(program)
        if item.node.type == "declaration" and len(item.names) == 1
        for each in item.node.named_children
        if each.type == "init_declarator"
        and (value := each.child_by_field_name("value")) is not None
        and value_of(program, value) is not None
    ]


def _graft(mother: Program, father: Program, entry: EntryPoint, rng: Random, insert: bool) -> str | None:
    hers, his = function_named(mother, entry.name), function_named(father, entry.name)
    if hers is None or his is None:
        return None
    places = [s for s in _statements(hers.body) if insert or s.type != "declaration"]
    gifts = _statements(his.body)
    if not places or not gifts:
        return None
    place, first = rng.choice(places), rng.choice(gifts)
    run = _run(first, rng)
    gift = _adopted(mother, hers, place, father, his, run)
    if gift is None:
        return None
    text, needs = gift
    if insert:
        at, indent = start_of(mother, place), mother.indent(place)
        edit = Edit(at, at, placed(text, indent) + "\n" + indent)
    else:
        edit = replaced(mother, place, text)
    return _with_needs(mother, father, [edit], needs)


def _statements(block: Node) -> list[Node]:
    """Statements at any depth, lambdas' too, that stand in a block."""
    blocks = descendants(block, "compound_statement")
    return [statement for each in blocks for statement in children(each) if statement.type in STATEMENTS]


def _run(first: Node, rng: Random) -> list[Node]:
    """A statement and, at times, some of those that follow it."""
    found = [first]
    while len(found) < _LONGEST and rng.random() < 0.3:
        following = found[-1].next_named_sibling
        if following is None or following.type not in STATEMENTS:
            break
        found.append(following)
    return found


def _adopted(
    mother: Program, hers: Function, place: Node, father: Program, his: Function, run: Sequence[Node]
) -> tuple[str, set[str]] | None:
    """Statements of the father's as they may stand at a place of the mother's, and the words they need defined.

    Returns:
        None if they use variables of his that she lacks there and that cannot be brought along.
    """
    visible = _visible(mother, hers, place)
    naming = dict(zip(parameter_names(father, his), parameter_names(mother, hers), strict=False))
    brought: list[Node] = []
    pending, seen = list(run), {name for node in run for name in declared(father, node)}
    while pending:
        node = pending.pop()
        around = _locals(father, his, node)
        for name in sorted(used(father, node) & set(around) - seen):
            seen.add(name)
            if name in naming:
                if not naming[name]:
                    return None
            elif name not in visible:
                declaration = around[name]
                if declaration.type != "declaration":
                    return None
                if declaration.id not in {each.id for each in (*brought, *run)}:
                    brought.append(declaration)
                    pending.append(declaration)
    ordered = [*sorted(brought, key=lambda node: node.start_byte), *run]
    parts = []
    for node in ordered:
        clashes = {old: new for old, new in naming.items() if old and new and old != new}
        edits = [edit for old, new in clashes.items() for edit in renaming(father, node, old, new)]
        pragmas = father.slice(start_of(father, node), node.start_byte).split("\n")
        parts += [line.strip() for line in pragmas if line.strip()] + [father.flush(node, edits)]
    text = "\n".join(parts)
    if brought or any(node.type == "declaration" for node in run):
        text = f"{{\n    {shifted(text)}\n}}"
    elif any(line.startswith("#") for line in parts):
        text = "\n" + text  # a directive has a line of its own
    return text, words(text)


def _visible(program: Program, function: Function, place: Node) -> set[str]:
    """Variables that may be used at a place of a function."""
    return {name for name in [*parameter_names(program, function), *_locals(program, function, place)] if name}


def _locals(program: Program, function: Function, place: Node) -> dict[str, Node]:
    """Variables of a function that are visible before a statement.

    Returns:
        Name -> its declaration, or the loop, lambda or function whose head declares it.
    """
    found: dict[str, Node] = {}
    at: Node | None = place
    while at is not None and at.id != function.item.id:
        before = at.prev_named_sibling
        while before is not None:
            if before.type == "declaration":
                for name in names_of(program, before):
                    found.setdefault(name, before)
            before = before.prev_named_sibling
        at = at.parent
        if at is None:
            break
        heads = []
        if at.type == "for_statement":
            heads = [at.child_by_field_name("initializer")]
        elif at.type == "for_range_loop":
            heads = [at]
        elif at.type in ("lambda_expression", "function_definition"):
            declarator = at.child_by_field_name("declarator")
            heads = [] if declarator is None else [*descendants(declarator, "parameter_declaration")]
            captures = at.child_by_field_name("captures")
            for name in set() if captures is None else declared(program, captures):
                found.setdefault(name, at)
        for head in heads:
            for name in [] if head is None else names_of(program, head):
                found.setdefault(name, at)
    return found


def _with_needs(mother: Program, father: Program, edits: list[Edit], needs: set[str]) -> str:
    """The mother after edits, with the definitions of the father's that ``needs`` name and she lacks."""
    own = {name for item in items(mother) for name in item.names}
    theirs = items(father)
    chosen: set[int] = set()
    pending = sorted(needs)
    while pending:
        name = pending.pop()
        for k, item in enumerate(theirs):
            if name in item.names and k not in chosen and not own & set(item.names):
                chosen.add(k)
                pending.extend(sorted(words(father.of(item.node)) - {name}))
    definitions = [definition(father, theirs[k]) for k in sorted(chosen)]
    return pruned(changed(mother, edits, includes(father), definitions))
