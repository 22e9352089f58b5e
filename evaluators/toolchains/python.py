"""The Python toolchain: screen a candidate's source, normalise it, and turn outcomes into feedback.

The screen saves time; it is not the security. Nothing here executes a candidate.
"""

from __future__ import annotations

import ast
import hashlib
import warnings
from dataclasses import dataclass

from evaluators.candidate import Candidate
from evaluators.problem import EntryPoint
from evaluators.toolchains.elementwise import is_elementwise

NORMALISER_VERSION = "python-ast-1"


@dataclass(frozen=True, slots=True)
class Screened:
    """Result of the screen.

    Attributes:
        accepted: False means ``rejected``.
        feedback: why, if it was.
        dedupe_key: hash of the normalised form and the normaliser's version; empty if rejected.
        elementwise: True if the entry point was shown to be elementwise.
    """

    accepted: bool
    feedback: str = ""
    dedupe_key: str = ""
    elementwise: bool = False


class _Normaliser(ast.NodeTransformer):
    """Drops docstrings and renames function-local variables in order of first appearance."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        names = {argument.arg for argument in ast.walk(node.args) if isinstance(argument, ast.arg)}
        declared = {name for n in ast.walk(node) if isinstance(n, ast.Global | ast.Nonlocal) for name in n.names}
        simple = not any(
            isinstance(n, ast.FunctionDef | ast.Lambda | ast.ClassDef) for n in ast.walk(node) if n is not node
        )
        if simple:
            order: dict[str, str] = {}
            for n in ast.walk(node):
                if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store) and n.id not in names | declared:
                    order.setdefault(n.id, f"v{len(order)}")
            for n in ast.walk(node):
                if isinstance(n, ast.Name) and n.id in order:
                    n.id = order[n.id]
        _drop_docstring(node)
        self.generic_visit(node)
        return node


def _drop_docstring(node: ast.Module | ast.FunctionDef) -> None:
    first = node.body[0] if node.body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        node.body = node.body[1:] or [ast.Pass()]


def dedupe_key(source: str) -> str:
    """Hash of the program without comments, layout, docstrings and names of local variables."""
    tree = ast.parse(source)
    _drop_docstring(tree)
    normal = ast.dump(_Normaliser().visit(tree))
    return hashlib.sha256(f"{NORMALISER_VERSION}\0{normal}".encode()).hexdigest()[:32]


def screen(candidate: Candidate, entry: EntryPoint, source_limit: int) -> Screened:
    """Check the shape of a candidate: size, syntax, entry point and its number of arguments."""
    if entry.file not in candidate.files:
        return Screened(False, f"the file {entry.file} is missing")
    if sum(len(data) for data in candidate.files.values()) > source_limit:
        return Screened(False, f"the source is longer than {source_limit} bytes")
    try:
        source = candidate.text(entry.file)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a SyntaxWarning in a candidate is no business of our terminal
            tree = ast.parse(source)
    except UnicodeDecodeError:
        return Screened(False, "the source is not UTF-8")
    except SyntaxError as error:
        return Screened(False, f"syntax error in line {error.lineno}: {error.msg}")
    except (ValueError, RecursionError, MemoryError) as error:
        return Screened(False, f"the source cannot be parsed: {error or type(error).__name__}")
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == entry.name]
    if not functions:
        defined = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
        return Screened(False, f"it must define {entry.signature!r}; it defines {', '.join(defined) or 'no function'}")
    arguments = functions[-1].args
    given = len(arguments.posonlyargs) + len(arguments.args)
    required = given - len(arguments.defaults)
    wanted = len(entry.arguments)
    if not (required <= wanted and (given >= wanted or arguments.vararg)) or any(
        default is None for default in arguments.kw_defaults
    ):
        return Screened(False, f"{entry.name} must take {wanted} arguments: {entry.signature}")
    try:
        key = dedupe_key(source)
    except RecursionError:
        return Screened(False, "the source is nested too deeply")
    return Screened(True, dedupe_key=key, elementwise=entry.elementwise and is_elementwise(tree, entry.name))


def short_traceback(stderr: str, lines: int = 12) -> str:
    """The tail of a traceback, the part a proposer can act on."""
    return "\n".join(stderr.strip().splitlines()[-lines:])[-1500:]
