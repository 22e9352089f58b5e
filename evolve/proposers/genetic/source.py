"""A tree as a readable Python function, and simple Python functions as trees."""

from __future__ import annotations

import ast
import math
from collections import Counter
from typing import Any

from evaluators.declaration import EntryPoint
from evaluators.parsing import syntax_tree
from evolve.proposers.genetic.simplify import Expression, flat, nested
from evolve.proposers.genetic.trees import TINY, Grammar, Tree, notation, number

_WIDTH = 72
_LARGEST_INPUT = 12.0
"""Arguments up to 1e12 in size never lead to an overflow in the printed function."""

_SUM, _PRODUCT, _UNARY, _ATOM = range(4)
_BINARY = {"add": ("+", _SUM), "sub": ("-", _SUM), "mul": ("*", _PRODUCT)}


def to_source(tree: Tree, entry: EntryPoint) -> str:
    """The tree as a function of the entry point, elementwise by construction and finite for arguments up to 1e12.

    Subexpressions that occur twice, and long ones, get names. The text depends on the tree only.
    """
    expression = nested(tree)
    writer = _Writer(entry)
    result = writer.write(expression)
    if _magnitude(expression) > 300.0:
        writer.lines.append(f"value = {result}")
        result = "np.where(np.abs(value) < 1e300, value, 1e300)"
    header = entry.signature.strip().rstrip(":")
    body = [f'"""Rule grown as an expression tree: {notation(tree)}."""', *writer.lines, f"return {result}"]
    docstring = _wrapped(body[0])
    return "\n".join(
        ["import numpy as np", "", "", f"{header}:", *docstring, *("    " + line for line in body[1:]), ""]
    )


def _wrapped(text: str) -> list[str]:
    lines, line = [], "   "
    for word in text.split(" "):
        if len(line) + 1 + len(word) > 100:
            lines.append(line)
            line = "   "
        line += " " + word
    return [*lines, line]


class _Writer:
    """Collects the statements that come before the return."""

    def __init__(self, entry: EntryPoint) -> None:
        self.terminals = entry.terminals
        self.taken = {*entry.arguments, "np", "value"}
        self.lines: list[str] = []
        self.names: dict[Expression, str] = {}
        self.parts = 0

    def write(self, expression: Expression) -> str:
        self.uses: Counter[Expression] = Counter()
        self._count(expression)
        return self._text(expression)[0]

    def _count(self, expression: Expression) -> None:
        self.uses[expression] += 1
        if isinstance(expression, tuple) and self.uses[expression] == 1:
            for argument in expression[1:]:
                self._count(argument)

    def _text(self, expression: Expression) -> tuple[str, int]:
        if isinstance(expression, float):
            return (repr(expression), _ATOM) if expression >= 0 else (f"({expression!r})", _ATOM)
        if expression in self.names:
            return self.names[expression], _ATOM
        if isinstance(expression, str):
            meaning = self.terminals[expression]
            return (meaning, _ATOM) if meaning.isidentifier() else (self._named(expression, meaning, expression), _ATOM)
        text, level = self._operation(expression)
        if expression[0] != "less" and (self.uses[expression] > 1 or len(text) > _WIDTH):
            self.parts += 1
            return self._named(expression, text, f"part{self.parts}"), _ATOM
        return text, level

    def _named(self, expression: Expression, text: str, wish: str) -> str:
        name = wish
        while name in self.taken:
            name += "_"
        self.taken.add(name)
        self.lines.append(f"{name} = {text}")
        self.names[expression] = name
        return name

    def _operation(self, expression: tuple[Any, ...]) -> tuple[str, int]:
        name = expression[0]
        parts = [self._text(argument) for argument in expression[1:]]
        plain = [text for text, _ in parts]
        if name in _BINARY:
            symbol, level = _BINARY[name]
            left = plain[0] if parts[0][1] >= level else f"({plain[0]})"
            strict = name == "sub"
            right = plain[1] if parts[1][1] >= level + strict else f"({plain[1]})"
            if name == "mul" and parts[1][1] == _PRODUCT:
                right = f"({plain[1]})"
            if name == "add" and parts[1][1] == _SUM:
                right = f"({plain[1]})"
            return f"{left} {symbol} {right}", level
        if name == "div":
            left = plain[0] if parts[0][1] >= _PRODUCT else f"({plain[0]})"
            divisor = expression[2]
            if isinstance(divisor, float) and abs(divisor) > TINY:
                return f"{left} / {plain[1]}", _PRODUCT
            if not plain[1].isidentifier():
                plain[1] = self._named(divisor, plain[1], self._next_part())
            return f"{left} / np.where(np.abs({plain[1]}) > {TINY!r}, {plain[1]}, 1.0)", _PRODUCT
        if name == "less":
            return f"{plain[0]} < {plain[1]}", _SUM
        function = {"max": "np.maximum", "min": "np.minimum", "square": "np.square", "where": "np.where"}[name]
        return f"{function}({', '.join(plain)})", _ATOM

    def _next_part(self) -> str:
        self.parts += 1
        return f"part{self.parts}"


def _magnitude(expression: Expression) -> float:
    """Decimal exponent that no value, nor any intermediate one, exceeds for arguments up to 1e12."""
    greatest = 0.0

    def visit(part: Expression) -> float:
        nonlocal greatest
        if isinstance(part, str):
            size = 2 * _LARGEST_INPUT
        elif isinstance(part, float):
            size = math.log10(max(abs(part), 1.0))
        else:
            name, sizes = part[0], [visit(argument) for argument in part[1:]]
            if name == "mul":
                size = sum(sizes)
            elif name == "square":
                size = 2 * sizes[0]
            elif name == "div":
                size = sizes[0] + 9.0
            else:
                size = max(sizes) + (0.31 if name in ("add", "sub") else 0.0)
        greatest = max(greatest, size)
        return size

    visit(expression)
    return greatest


def to_tree(source: str, entry: EntryPoint, grammar: Grammar) -> Tree | None:
    """The tree a function stands for, or None if it is more than assignments and one return of tree operators.

    Divisions become protected ones; an argument that no terminal equals makes the answer None.
    """
    try:
        module = syntax_tree(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    functions = [n for n in module.body if isinstance(n, ast.FunctionDef)]
    if len(functions) != 1 or functions[0].name != entry.name:
        return None
    arguments = tuple(argument.arg for argument in functions[0].args.args)
    if arguments != entry.arguments:
        return None
    reader = _Reader(entry)
    for statement in functions[0].body:
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target = statement.targets[0]
            if not isinstance(target, ast.Name):
                return None
            reader.meaning[target.id] = reader.inlined(statement.value)
        elif isinstance(statement, ast.Return) and statement.value is not None:
            expression = reader.read(reader.inlined(statement.value))
            if expression is None or (isinstance(expression, tuple) and expression[0] == "less"):
                return None
            return flat(grammar, expression)
        elif not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)):
            return None
    return None


class _Reader:
    _CALLS = {"maximum": "max", "minimum": "min", "square": "square"}  # noqa: RUF012
    _SYMBOLS = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div"}  # noqa: RUF012

    def __init__(self, entry: EntryPoint) -> None:
        self.meaning: dict[str, ast.expr] = {}
        self.terminals = {ast.dump(syntax_tree(text, mode="eval").body): name for name, text in entry.terminals.items()}

    def inlined(self, node: ast.expr) -> ast.expr:
        """The expression with local names replaced by what they stand for."""
        meaning = self.meaning

        class Inline(ast.NodeTransformer):
            def visit_Name(self, name: ast.Name) -> ast.expr:
                return meaning.get(name.id, name)

        copied = syntax_tree(ast.unparse(node), mode="eval").body
        result: ast.expr = Inline().visit(copied)
        return result

    def read(self, node: ast.expr) -> Expression | None:
        """The expression, or None if it is not made of tree operators and terminals."""
        known = self.terminals.get(ast.dump(node))
        if known is not None:
            return known
        value = number(node)
        if value is not None:
            return value
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return self._built("sub", ast.Constant(0.0), node.operand)
        if isinstance(node, ast.BinOp):
            if type(node.op) in self._SYMBOLS:
                return self._built(self._SYMBOLS[type(node.op)], node.left, self._unprotected(node))
            if isinstance(node.op, ast.Pow) and number(node.right) == 2.0:
                return self._built("square", node.left)
        if isinstance(node, ast.Call) and not node.keywords and (called := _numpy_function(node.func)):
            if called == "where" and len(node.args) == 3:
                return self._where(node.args)
            if called == "abs" and len(node.args) == 1:
                inner = self.read(node.args[0])
                return None if inner is None else ("max", inner, ("sub", 0.0, inner))
            if called in self._CALLS and len(node.args) == (1 if called == "square" else 2):
                return self._built(self._CALLS[called], *node.args)
        return None

    def _built(self, name: str, *arguments: ast.expr) -> Expression | None:
        parts = [self.read(argument) for argument in arguments]
        return None if any(part is None for part in parts) else (name, *parts)

    def _where(self, arguments: list[ast.expr]) -> Expression | None:
        test = arguments[0]
        if not isinstance(test, ast.Compare) or len(test.ops) != 1:
            return None
        left, right = test.left, test.comparators[0]
        if isinstance(test.ops[0], ast.Gt):
            left, right = right, left
        elif not isinstance(test.ops[0], ast.Lt):
            return None
        condition = self._built("less", left, right)
        parts = [self.read(argument) for argument in arguments[1:]]
        return None if condition is None or None in parts else ("where", condition, *parts)

    def _unprotected(self, node: ast.BinOp) -> ast.expr:
        """The divisor ``b`` of our own ``a / np.where(np.abs(b) > 1e-09, b, 1.0)``, else the right operand."""
        right = node.right
        if isinstance(node.op, ast.Div) and isinstance(right, ast.Call) and len(right.args) == 3:
            divisor = right.args[1]
            ours = f"np.where(np.abs({ast.unparse(divisor)}) > {TINY!r}, {ast.unparse(divisor)}, 1.0)"
            if ast.unparse(right) == ours:
                return divisor
        return right


def _numpy_function(function: ast.expr) -> str | None:
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == "np":
        return function.attr
    return None
