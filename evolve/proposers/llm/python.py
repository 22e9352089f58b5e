"""Reading Python a model wrote: mending what is unmistakable, and saying what is wrong with the rest."""

from __future__ import annotations

import ast
import builtins
import html
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass

from evaluators.declaration import EntryPoint
from evaluators.parsing import syntax_tree

_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "‚": "'", "−": "-", "–": "-", "×": "*"})


@dataclass(frozen=True, slots=True)
class Program:
    """Source that parses."""

    source: str
    tree: ast.Module

    def names(self) -> set[str]:
        """Names bound at its top level."""
        bound: set[str] = set()
        for node in self.tree.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                bound.add(node.name)
            elif isinstance(node, ast.Import | ast.ImportFrom):
                bound.update(alias.asname or alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                bound.update(n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name))
        return bound

    def unbound(self) -> set[str]:
        """Names it uses and binds nowhere."""
        used: set[str] = set()
        bound = self.names() | set(dir(builtins))
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Name):
                (used if isinstance(node.ctx, ast.Load) else bound).add(node.id)
            elif isinstance(node, ast.arg):
                bound.add(node.arg)
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                bound.add(node.name)
            elif isinstance(node, ast.Import | ast.ImportFrom):
                bound.update(alias.asname or alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ExceptHandler) and node.name:
                bound.add(node.name)
        return used - bound

    def arguments(self, name: str) -> ast.arguments | None:
        """Parameters of the function ``name`` (the last one of that name), or None if there is none."""
        for node in reversed(self.tree.body):
            if isinstance(node, ast.FunctionDef) and node.name == name:
                return node.args
            if (
                isinstance(node, ast.Assign)
                and isinstance(node.value, ast.Lambda)
                and any(isinstance(t, ast.Name) and t.id == name for t in node.targets)
            ):
                return node.value.args
        return None

    def functions(self) -> list[str]:
        """Names of its top-level functions."""
        return [node.name for node in self.tree.body if isinstance(node, ast.FunctionDef)]


def mended(code: str) -> Program | str:
    """The code as a program, or one line saying why it does not parse.

    Mended are common indentation, typographic quotes and minus signs, tabs mixed with blanks, HTML entities and
    escaped line ends: each only if the code does not parse without.
    """
    code = code.strip("\n") + "\n"
    first = ""
    for variant in _variants(code):
        try:
            tree = syntax_tree(variant)
        except SyntaxError as error:
            first = first or f"line {error.lineno}: {error.msg}"
        except (ValueError, RecursionError, MemoryError) as error:
            first = first or (str(error) or "it is nested too deeply")
        else:
            return Program(variant, tree) if tree.body else "it is empty"
    return first


def _variants(code: str) -> Iterable[str]:
    yield code
    code = textwrap.dedent(code)
    yield code
    yield textwrap.dedent(code.translate(_QUOTES))
    yield textwrap.dedent(code.expandtabs(4))
    yield html.unescape(code)
    code = textwrap.dedent(html.unescape(code.translate(_QUOTES)).expandtabs(4))
    yield code
    if "\n" not in code.strip() and "\\n" in code:
        yield code.replace("\\n", "\n").replace("\\t", "    ").replace('\\"', '"')


def is_program(code: str) -> bool:
    """Whether the code can stand alone."""
    return isinstance(mended(code), Program)


def wrong_shape(program: Program, entry: EntryPoint) -> str:
    """Why the program does not define the entry point; empty if it does."""
    arguments = program.arguments(entry.name)
    if arguments is None:
        others = ", ".join(program.functions())
        said = f"it defines {others}" if others else "it defines no function"
        return f"the program must define {entry.signature.strip()} but {said}"
    positional = len(arguments.posonlyargs) + len(arguments.args)
    required = positional - len(arguments.defaults)
    wanted = len(entry.arguments)
    missing_keyword = any(default is None for default in arguments.kw_defaults)
    if required > wanted or (positional < wanted and arguments.vararg is None) or missing_keyword:
        return f"{entry.name} must take {wanted} arguments, as in {entry.signature.strip()}"
    return ""
