"""Which installed packages a task's programs need inside the sandbox."""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path

from evaluators.parsing import syntax_tree
from evaluators.tables import TableError

SHIMS = Path(__file__).parent / "shims"
_OURS = ("sandboxes", "evaluators", "evolve")
"""Never visible in a sandbox."""
_GUARDED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Try, ast.If)
"""What is imported inside these may never be, or its absence be expected."""


def shims() -> dict[str, bytes]:
    """Path -> source of our stand-ins for the peers' own packages."""
    return {
        path.relative_to(SHIMS).as_posix(): path.read_bytes()
        for path in sorted(SHIMS.rglob("*.py"))
        if "__pycache__" not in path.parts
    }


def packages(files: Mapping[str, bytes], programs: tuple[str, str], folder: Path) -> tuple[str, ...]:
    """Packages to be shown to the programs beside numpy, sorted.

    What the evaluator, the program and the files of the folder they import name is shown if it is installed here, as is
    what ``requirements.txt`` names.

    Args:
        files: of the task.
        programs: names of its evaluator and its program.
        folder: named in messages.

    Raises:
        TableError: if a package is imported at once that is not installed here.
    """
    local = {Path(name).parts[0].removesuffix(".py") for name in files if name.endswith(".py")}
    stand_ins = {path.name for path in SHIMS.iterdir()}
    found = set[str]()
    pending, read = list(programs), set[str]()
    while pending:
        name = pending.pop()
        if name in read or name not in files:
            continue
        read.add(name)
        for module, at_once in _imports(files[name]):
            top = module.partition(".")[0]
            if top in sys.stdlib_module_names or top in stand_ins or top == "numpy":
                continue
            if top in local:
                path = module.replace(".", "/")
                pending += [f"{top}.py", f"{path}.py", f"{path}/__init__.py", f"{top}/__init__.py"]
            elif top not in _OURS and is_installed(top):
                found.add(top)
            elif at_once:
                raise TableError(
                    f"{folder / name}: imports {top!r}, which is not installed here: install it beside evolve (for "
                    f"example `python -m pip install {top}`), and it is shown to the programs in the sandbox"
                )
    return tuple(sorted((found | set(_required(files.get("requirements.txt", b"")))) - {"numpy"}))


def is_installed(module: str) -> bool:
    """Whether a module is installed here as a file or a package with one."""
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError, AttributeError):
        return False
    return spec is not None and spec.origin is not None


def _imports(source: bytes) -> Iterator[tuple[str, bool]]:
    """Absolute imports of a file, and whether each is made as soon as the file is."""
    try:
        pending: list[tuple[ast.AST, bool]] = [(syntax_tree(source), True)]
    except (SyntaxError, ValueError):
        return
    while pending:
        node, at_once = pending.pop()
        if isinstance(node, ast.Import):
            yield from ((alias.name, at_once) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module, at_once
        inside = at_once and not isinstance(node, _GUARDED)
        pending += [(child, inside) for child in ast.iter_child_nodes(node)]


def _required(requirements: bytes) -> list[str]:
    """Top-level modules of those distributions in a requirements file that are installed here."""
    wanted = {
        re.split(r"[^\w.-]", line.strip())[0].lower().replace("_", "-")
        for line in requirements.decode("utf-8", "replace").splitlines()
        if line.strip() and not line.strip().startswith(("#", "-"))
    }
    if not wanted:
        return []
    return [
        module
        for module, distributions in metadata.packages_distributions().items()
        if any(name.lower().replace("_", "-") in wanted for name in distributions)
        and module not in (*_OURS, *sys.stdlib_module_names)
        and is_installed(module)
    ]
