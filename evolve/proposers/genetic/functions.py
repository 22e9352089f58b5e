"""Places in a Python function where genetic operators may act, and the checks on what they make."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

from evaluators.declaration import EntryPoint
from evaluators.parsing import syntax_tree
from evolve.proposers.genetic.names import targets, undefined

NUMERIC_CALLS = frozenset(
    {"max", "min", "abs", "sum", "float", "int", "round", "maximum", "minimum", "where", "square", "sqrt", "exp", "log",
     "log1p", "expm1", "power", "clip", "argmin", "argmax", "argsort", "cumsum", "mean", "floor", "ceil"}
)  # fmt: skip
"""Calls whose positional arguments are numbers or arrays of numbers."""


@dataclass(frozen=True, slots=True)
class Place:
    """An expression and where it hangs: ``getattr(parent, field)``, or its item ``index``."""

    parent: Any
    field: str
    index: int | None

    def get(self) -> ast.expr:
        """The expression there."""
        value = getattr(self.parent, self.field)
        found: ast.expr = value if self.index is None else value[self.index]
        return found

    def put(self, expression: ast.expr) -> None:
        """Replace it."""
        if self.index is None:
            setattr(self.parent, self.field, expression)
        else:
            getattr(self.parent, self.field)[self.index] = expression


@dataclass(frozen=True, slots=True)
class Block:
    """A list of statements, and the positions in it that may be deleted, moved or repeated."""

    statements: list[ast.stmt]
    free: tuple[int, ...]


def parse(source: str, entry: EntryPoint) -> ast.Module | None:
    """The module, or None if it does not parse or lacks the entry point's function with its parameters."""
    try:
        module = syntax_tree(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    for node in module.body:
        if isinstance(node, ast.FunctionDef) and node.name == entry.name:
            names = tuple(argument.arg for argument in (*node.args.posonlyargs, *node.args.args))
            return module if names == entry.arguments else None
    return None


def size(module: ast.AST) -> int:
    """Number of syntax nodes."""
    return sum(1 for _ in ast.walk(module))


def is_sound(module: ast.Module, entry: EntryPoint, largest: int) -> str | None:
    """The module's text if it parses, keeps the entry point, reads only defined names and is not too large."""
    if size(module) > largest or undefined(module):
        return None
    try:
        text = ast.unparse(ast.fix_missing_locations(module)) + "\n"
    except (RecursionError, ValueError):
        return None
    return text if parse(text, entry) is not None else None


def loop_guards(module: ast.Module) -> set[int]:
    """Ids of the nodes that decide whether a ``while`` loop ends; changing them mostly gives endless loops."""
    guarded: set[int] = set()
    for loop in ast.walk(module):
        if not isinstance(loop, ast.While):
            continue
        guarded.update(id(node) for node in ast.walk(loop.test))
        tested = {node.id for node in ast.walk(loop.test) if isinstance(node, ast.Name)}
        for statement in ast.walk(loop):
            if (
                statement is not loop
                and id(statement) not in guarded
                and isinstance(statement, ast.stmt)
                and _advances(statement, tested)
            ):
                guarded.update(id(node) for node in ast.walk(statement))
    return guarded


def _advances(statement: ast.stmt, tested: set[str]) -> bool:
    if isinstance(statement, ast.Break | ast.Return):
        return True
    if isinstance(statement, ast.If):
        return any(isinstance(node, ast.Break | ast.Return) for node in ast.walk(statement))
    if isinstance(statement, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Delete):
        touched = targets(statement) | {
            n.value.id for n in ast.walk(statement) if isinstance(n, ast.Subscript) and isinstance(n.value, ast.Name)
        }
        if touched & tested:
            return True
    return isinstance(statement, ast.Expr | ast.Assign) and any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in tested
        for node in ast.walk(statement)
    )


def numeric_places(module: ast.AST, guarded: set[int]) -> list[Place]:
    """Expressions that stand where a number (or an array of numbers) is expected."""
    places: list[Place] = []
    for node in ast.walk(module):
        if id(node) in guarded:
            continue
        if isinstance(node, ast.BinOp):
            places += [Place(node, "left", None), Place(node, "right", None)]
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            places.append(Place(node, "operand", None))
        elif isinstance(node, ast.Compare) and not any(isinstance(op, ast.In | ast.NotIn) for op in node.ops):
            places.append(Place(node, "left", None))
            places += [Place(node, "comparators", i) for i in range(len(node.comparators))]
        elif isinstance(node, ast.Call) and called(node) in NUMERIC_CALLS:
            places += [Place(node, "args", i) for i, a in enumerate(node.args) if not isinstance(a, ast.Starred)]
        elif isinstance(node, ast.Assign | ast.AugAssign | ast.Return) and isinstance(
            node.value, ast.BinOp | ast.Compare
        ):
            places.append(Place(node, "value", None))
    return [place for place in places if id(place.get()) not in guarded]


def called(node: ast.Call) -> str:
    """Last part of the called name (``maximum`` of ``np.maximum``), or nothing."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def blocks(module: ast.Module, guarded: set[int]) -> list[Block]:
    """The statement lists inside functions that hold at least one statement that may be changed."""
    found: list[Block] = []
    for node in ast.walk(module):
        if isinstance(node, ast.Module | ast.ClassDef):
            continue
        for field in ("body", "orelse", "finalbody"):
            statements = getattr(node, field, None)
            if isinstance(statements, list) and statements and isinstance(statements[0], ast.stmt):
                free = tuple(
                    i for i, s in enumerate(statements)
                    if id(s) not in guarded and not isinstance(s, ast.Return | ast.Import | ast.ImportFrom)
                    and not is_docstring(s)
                )  # fmt: skip
                if free:
                    found.append(Block(statements, free))
    return found


def is_docstring(statement: ast.stmt) -> bool:
    """Whether a statement is nothing but text."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )
