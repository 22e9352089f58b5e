"""Of what an array's elements are, and how many it has, as far as a program tells."""

from __future__ import annotations

from random import Random

from evaluators.declaration import EntryPoint
from evolve.proposers.genetic.cpp.items import Function, function_named, functions, parameter_names
from evolve.proposers.genetic.cpp.loops import Loop
from evolve.proposers.genetic.cpp.names import declarators, declared, names_of
from evolve.proposers.genetic.cpp.source import Edit, Program, descendants, inside, words

_WHOLE = frozenset(
    "int long short unsigned size_t std::size_t std::int64_t std::uint64_t std::int32_t std::uint32_t".split()
)
_LIKELIER = 8.0
"""How much likelier a number that does not bound the loop is taken for the extent of the array than one that does."""


def value_type(variable: str) -> str:
    """The type of a variable, without its qualifiers."""
    return f"std::remove_cvref_t<decltype({variable})>"


def element_type(program: Program, loop: Loop, base: str) -> str:
    """The type of an array's elements, spelled out where a parameter tells it."""
    function = inside(loop.node, "function_definition")
    for parameter in [] if function is None else descendants(function, "parameter_declaration"):
        kind = parameter.child_by_field_name("type")
        declarator = parameter.child_by_field_name("declarator")
        if base in names_of(program, parameter) and kind is not None and declarator is not None:
            return program.of(kind) if declarator.type == "pointer_declarator" else value_type(f"{base}[0]")
    return value_type(f"{base}[0]")


def extent(program: Program, loop: Loop, base: str, entry: EntryPoint, rng: Random) -> tuple[str, list[Edit]]:
    """How many elements an array has: its own word for it, else a whole number in scope, which is a guess.

    Returns:
        The expression, empty if there is none, and edits that give parameters the names it uses.
    """
    outer = inside(loop.node, "function_definition")
    function = next((f for f in functions(program) if outer is not None and f.body.parent == outer), None)
    if function is None:
        return "", []
    names, naming = _named(program, function, entry)
    if base not in names:
        return (f"{base}.size()", []) if base in _containers(program, function) else ("", [])
    numbers = [
        name
        for name, parameter in zip(names, function.parameters, strict=True)
        if name and (kind := parameter.child_by_field_name("type")) is not None
        and program.of(kind) in _WHOLE
        and all(declarator.type == "identifier" for declarator in declarators(parameter))
    ]  # fmt: skip
    if not numbers:
        return "", []
    bound = words(loop.high)
    chosen = rng.choices(numbers, [1.0 if name in bound else _LIKELIER for name in numbers])[0]
    return chosen, [edit for name, edit in naming if name == chosen]


def _containers(program: Program, function: Function) -> set[str]:
    """Variables of a function that know how many elements they have."""
    return {
        name
        for declaration in descendants(function.body, "declaration")
        if (kind := declaration.child_by_field_name("type")) is not None
        and program.of(kind).startswith(("std::vector<", "std::array<", "parlay::sequence<"))
        for name in names_of(program, declaration)
    }


def _named(program: Program, function: Function, entry: EntryPoint) -> tuple[list[str], list[tuple[str, Edit]]]:
    """Names of the parameters, those without one as the entry point's signature has them, and edits that name these."""
    names, naming = parameter_names(program, function), []
    declares = function_named(program, entry.name)
    if declares is not None and declares.item == function.item and len(names) == len(entry.arguments):
        taken = set(names) | declared(program, function.body)
        for k, name in enumerate(names):
            if not name and entry.arguments[k] not in taken:
                names[k] = entry.arguments[k]
                end = function.parameters[k].end_byte
                naming.append((names[k], Edit(end, end, f" {names[k]}")))
    return names, naming
