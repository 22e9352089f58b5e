"""Which names a function uses before they can be bound: the check every varied function has to pass."""

from __future__ import annotations

import ast
import builtins

KNOWN = frozenset(name for name in dir(builtins) if not name.startswith("_"))


def undefined(module: ast.Module) -> set[str]:
    """Names that a function of the module reads though nothing before has bound them.

    Branches count as taken and loops as entered, so the answer errs towards "defined".
    """
    outer = set(KNOWN)
    for statement in module.body:
        outer |= bound_by(statement)
    found: set[str] = set()
    for statement in module.body:
        if isinstance(statement, ast.FunctionDef):
            found |= _function(statement, outer)
        else:
            found |= _Reads(outer).of(statement)
    return found


def parameters(function: ast.FunctionDef | ast.Lambda) -> list[str]:
    """All parameter names of a function."""
    a = function.args
    named = [*a.posonlyargs, *a.args, *a.kwonlyargs, *(x for x in (a.vararg, a.kwarg) if x is not None)]
    return [argument.arg for argument in named]


def targets(node: ast.AST) -> set[str]:
    """Names stored anywhere inside ``node``."""
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def bound_by(statement: ast.stmt) -> set[str]:
    """Names a statement binds where it stands."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).split(".")[0] for alias in statement.names}
    return targets(statement)


def _function(function: ast.FunctionDef, outer: set[str]) -> set[str]:
    reads = _Reads(outer | set(parameters(function)))
    found: set[str] = set()
    for statement in function.body:
        found |= reads.of(statement)
    return found


class _Reads(ast.NodeVisitor):
    def __init__(self, defined: set[str]) -> None:
        self.defined = set(defined)
        self.missing: set[str] = set()

    def of(self, statement: ast.stmt) -> set[str]:
        self.visit(statement)
        return self.missing

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):
            self.defined.add(node.id)
        elif node.id not in self.defined:
            self.missing.add(node.id)

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            self.visit(target)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.visit(node.value)
        if isinstance(node.target, ast.Name) and node.target.id not in self.defined:
            self.missing.add(node.target.id)
        self.visit(node.target)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)
            self.visit(node.target)

    def visit_For(self, node: ast.For) -> None:
        self.visit(node.iter)
        self.visit(node.target)
        for statement in (*node.body, *node.orelse):
            self.visit(statement)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.defined.add(node.name)
        self.missing |= _function(node, self.defined)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        inner = _Reads(self.defined | set(parameters(node)))
        inner.visit(node.body)
        self.missing |= inner.missing

    def visit_Import(self, node: ast.Import) -> None:
        self.defined |= bound_by(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self.defined |= bound_by(node)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name:
            self.defined.add(node.name)
        self.generic_visit(node)

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> None:
        inner = _Reads(self.defined)
        for generator in node.generators:
            inner.visit(generator.iter)
            inner.visit(generator.target)
            for test in generator.ifs:
                inner.visit(test)
        parts = (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,)
        for part in parts:
            inner.visit(part)
        self.missing |= inner.missing

    visit_ListComp = visit_SetComp = visit_GeneratorExp = visit_DictComp = _comprehension  # noqa: N815
