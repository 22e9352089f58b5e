"""Showing that a function maps arrays element by element.

If every operation in a function is one of those listed here, calling it with arrays of shape (instances, jobs) gives
each row what a call with that row alone would have given. The harness may then solve many instances in lock step,
which costs a tenth. Anything not listed means "not shown", never "wrong".
"""

from __future__ import annotations

import ast

_ARGUMENTS = {
    1: "abs absolute fabs sqrt cbrt square exp expm1 exp2 log log1p log2 log10 sign reciprocal negative floor ceil "
    "rint trunc sin cos tan arctan tanh sinh cosh logical_not isfinite nan_to_num",
    2: "maximum minimum fmax fmin power add subtract multiply divide true_divide floor_divide mod hypot logical_and "
    "logical_or greater less greater_equal less_equal",
    3: "where clip",
}
UFUNCS = {name: count for count, names in _ARGUMENTS.items() for name in names.split()}
"""How many arguments each takes: one more would be written to, and ``where`` with one finds positions."""
_ANNOTATION = (
    ast.Name, ast.Attribute, ast.Constant, ast.Subscript, ast.Tuple, ast.BinOp, ast.BitOr, ast.Load,
)  # fmt: skip
_BINARY = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.FloorDiv, ast.Mod, ast.BitAnd, ast.BitOr)
_UNARY = (ast.USub, ast.UAdd, ast.Invert)
_COMPARE = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)


class _NotShownError(Exception):
    """The function could not be shown to be elementwise."""


class _Checker:
    def __init__(self, functions: dict[str, ast.FunctionDef], numpy_names: set[str]) -> None:
        self.functions, self.numpy_names = functions, numpy_names
        self.done: set[str] = set()
        self.open: set[str] = set()

    def function(self, name: str) -> None:
        if name in self.done:
            return
        if name in self.open:
            raise _NotShownError  # recursion
        self.open.add(name)
        node = self.functions[name]
        local = {argument.arg for argument in _parameters(node)}
        for k, statement in enumerate(node.body):
            self.statement(statement, local, last=k == len(node.body) - 1)
        self.open.discard(name)
        self.done.add(name)

    def statement(self, node: ast.stmt, local: set[str], last: bool) -> None:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            return
        if isinstance(node, ast.Return) and node.value is not None and last:
            self.expression(node.value, local)
            return
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            self.expression(node.value, local)
            self.bind(node.targets[0].id, local)
            return
        raise _NotShownError  # also x += 1, which on an argument would change the harness's own array

    def bind(self, name: str, local: set[str]) -> None:
        if name in self.numpy_names or name in self.functions:
            raise _NotShownError
        local.add(name)

    def expression(self, node: ast.expr, local: set[str]) -> None:
        match node:
            case ast.Constant(value=value) if isinstance(value, int | float):
                return
            case ast.Name(id=name) if name in local:
                return
            case ast.Attribute(value=ast.Name(id=module), attr="inf" | "pi" | "e") if module in self.numpy_names:
                return
            case ast.BinOp(left=left, op=op, right=right) if isinstance(op, _BINARY):
                parts = [left, right]
            case ast.UnaryOp(op=op, operand=operand) if isinstance(op, _UNARY):
                parts = [operand]
            case ast.Compare(left=left, ops=[op], comparators=[right]) if isinstance(op, _COMPARE):
                parts = [left, right]
            case ast.Call(func=function, args=parts, keywords=[]):
                self.callee(function, len(parts))
            case _:
                raise _NotShownError
        for part in parts:
            self.expression(part, local)

    def callee(self, node: ast.expr, count: int) -> None:
        match node:
            case ast.Attribute(value=ast.Name(id=module), attr=name) if module in self.numpy_names:
                if UFUNCS.get(name) != count:
                    raise _NotShownError
            case ast.Name(id="abs") if "abs" not in self.functions and count == 1:
                return
            case ast.Name(id=name) if name in self.functions:
                self.function(name)
            case _:
                raise _NotShownError


def _parameters(node: ast.FunctionDef) -> list[ast.arg]:
    return [*node.args.posonlyargs, *node.args.args]


def _has_plain_header(node: ast.FunctionDef) -> bool:
    """Whether defining the function runs nothing of the candidate's: no decorator, default or telling annotation."""
    arguments = node.args
    if arguments.vararg or arguments.kwarg or arguments.kwonlyargs or arguments.defaults or node.decorator_list:
        return False
    notes = [node.returns, *(argument.annotation for argument in _parameters(node))]
    return all(isinstance(part, _ANNOTATION) for note in notes if note is not None for part in ast.walk(note))


def is_elementwise(tree: ast.Module, entry_point: str) -> bool:
    """Whether ``entry_point`` in this module can be shown to work element by element."""
    functions: dict[str, ast.FunctionDef] = {}
    numpy_names: set[str] = set()
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name):
                if name in functions or not _has_plain_header(node):
                    return False
                functions[name] = node
            case ast.Import(names=[ast.alias(name="numpy", asname=alias)]):
                numpy_names.add(alias or "numpy")
            case ast.Expr(value=ast.Constant(value=str())) | ast.ImportFrom(module="__future__"):
                continue
            case _:
                return False
    if numpy_names & functions.keys():
        return False
    taken = numpy_names | functions.keys()
    if any(argument.arg in taken for function in functions.values() for argument in _parameters(function)):
        return False
    try:
        _Checker(functions, numpy_names).function(entry_point)
    except (_NotShownError, KeyError, RecursionError):
        return False
    return True
