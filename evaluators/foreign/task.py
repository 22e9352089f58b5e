"""A task's folder: which format it has, which files it consists of."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from evaluators.foreign import FORMATS
from evaluators.foreign.settings import Settings, openevolve_settings, shinka_settings
from evaluators.parsing import syntax_tree
from evaluators.tables import TableError
from evaluators.template import START

LARGEST = 16 << 20
"""Bytes of a folder: all of it goes into the sandbox with every evaluation."""
_YAML = (".yaml", ".yml")
_NOT_CARRIED = (".md", ".ipynb", ".db", ".db-wal", ".db-shm", ".pyc")
_OUTPUT = ("openevolve_output", "results", "checkpoints", "venv", "node_modules", "__pycache__")


@dataclass(frozen=True, slots=True)
class Task:
    """A folder with a program to be evolved and an evaluator that imports it.

    Attributes:
        format: one of :data:`evaluators.foreign.FORMATS`.
        folder: where it lies.
        program: file name of the program.
        evaluator: file name of the evaluator.
        settings: what its configuration says.
        files: path -> content of all that goes into the sandbox.
        as_script: whether the evaluator is run as a script, with ``--program_path`` and ``--results_dir``.
    """

    format: str
    folder: Path
    program: str
    evaluator: str
    settings: Settings
    files: Mapping[str, bytes]
    as_script: bool

    @property
    def version(self) -> str:
        """Hash (16 hex digits) of the format, the files, and the settings that judging depends on."""
        digest = hashlib.sha256()
        judging = (self.settings.seconds, self.settings.cascade, self.settings.thresholds, self.settings.memory_mb)
        digest.update(f"in-sandbox-1\0{self.format}\0{judging!r}\0".encode())
        for path in sorted(self.files):
            digest.update(f"{path}\0{len(self.files[path])}\0".encode() + self.files[path])
        return digest.hexdigest()[:16]


def split_reference(name: str) -> tuple[str | None, Path]:
    """Format and path of a reference such as ``openevolve:DIR``; without a format, None and the path."""
    kind, colon, rest = name.partition(":")
    return (kind, Path(rest)) if colon and kind in FORMATS else (None, Path(name))


def detected(path: Path) -> str | None:
    """The format of the task lying there, or None if it is none.

    Args:
        path: a folder, or a YAML file in it.

    Raises:
        TableError: if it could be either.
    """
    folder = path.parent if path.suffix in _YAML and path.is_file() else path
    found = [
        format
        for format, evaluator, function, programs in (
            ("openevolve", "evaluator.py", "evaluate", "initial_program.*"),
            ("shinka", "evaluate.py", "main", "initial.*"),
        )
        if _defines(folder / evaluator, function) and next(folder.glob(programs), None)
    ]
    if len(found) > 1:
        raise TableError(f"{folder}: could be a task of {' or '.join(found)}; say which with --format")
    return found[0] if found else None


def read_task(format: str, path: Path) -> Task:
    """The task lying there.

    Args:
        format: one of :data:`evaluators.foreign.FORMATS`.
        path: a folder, or a YAML file in it, which then is the configuration used.

    Raises:
        TableError: naming what is missing or wrong.
    """
    chosen = path if path.suffix in _YAML and path.is_file() else None
    folder = (path.parent if chosen else path).resolve()
    if not folder.is_dir():
        raise TableError(f"{path}: there is no such folder; a task of {format} is one, or a YAML file in it")
    if format == "openevolve":
        evaluator = _named(folder, "evaluator.py", "evaluate", format)
        program = _program(folder, "initial_program", evaluator, format)
        settings = openevolve_settings(chosen or _configuration(folder, "config"))
    else:
        evaluator = _named(folder, "evaluate.py", "", format)
        program = _program(folder, "initial", evaluator, format)
        settings = shinka_settings(folder, chosen or _configuration(folder, "shinka"))
    return Task(format, folder, program, evaluator, settings, _files(folder), _is_script(folder / evaluator, format))


def _tree(path: Path) -> ast.Module | None:
    try:
        return syntax_tree(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return None


def _defines(path: Path, function: str) -> bool:
    tree = _tree(path)
    return tree is not None and any(isinstance(n, ast.FunctionDef) and n.name == function for n in tree.body)


def _is_script(path: Path, format: str) -> bool:
    """Whether it acts when run: has ``if __name__ == "__main__"``."""
    tree = _tree(path)
    return format == "shinka" and tree is not None and any(
        isinstance(node, ast.If)
        and any(isinstance(name, ast.Name) and name.id == "__name__" for name in ast.walk(node.test))
        for node in tree.body
    )  # fmt: skip


def _named(folder: Path, usual: str, function: str, format: str) -> str:
    """The evaluator: the usual name, else the one file that defines ``function``."""
    if (folder / usual).is_file():
        if function and not _defines(folder / usual, function):
            raise TableError(f"{folder / usual}: a task of {format} defines {function}(program_path) there")
        return usual
    others = sorted(p.name for p in folder.glob("*.py") if function and _defines(p, function))
    if len(others) != 1:
        what = f"; the files that define {function}: {', '.join(others) or 'none'}" if function else ""
        raise TableError(f"{folder}: has no {usual}, which a task of {format} needs{what}")
    return others[0]


def _program(folder: Path, stem: str, evaluator: str, format: str) -> str:
    """The program: the usual name, else the one Python file with an evolve block."""
    usual = sorted(p.name for p in folder.glob(f"{stem}.*") if p.is_file())
    marked = [p.name for p in sorted(folder.glob("*.py")) if p.name != evaluator and START.encode() in p.read_bytes()]
    found = usual or marked
    python = [name for name in found if name.endswith(".py")]
    if found and not python:
        raise TableError(f"{folder / found[0]}: is not a Python program; only tasks in Python are run")
    if len(python) != 1:
        raise TableError(
            f"{folder}: a task of {format} has one {stem}.py; files with {START}: {', '.join(marked) or 'none'}"
        )
    return python[0]


def _configuration(folder: Path, stem: str) -> Path | None:
    """The configuration: the usual name, else the first whose name begins so, else the only YAML file."""
    found = sorted(p for p in folder.iterdir() if p.suffix in _YAML)
    usual = [p for p in found if p.stem == stem] or [p for p in found if p.stem.startswith(stem)]
    return usual[0] if usual else found[0] if len(found) == 1 else None


def _files(folder: Path) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    total = 0
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if (
            any(part.startswith(".") or part.startswith(_OUTPUT) for part in relative.parts[:-1])
            or relative.name.startswith(".")
            or path.suffix in _NOT_CARRIED
            or not path.is_file()
            or not path.resolve().is_relative_to(folder)  # a link to what is not the task's
        ):
            continue
        total += path.stat().st_size
        if total > LARGEST:
            raise TableError(
                f"{folder}: holds more than {LARGEST >> 20} MiB, all of which every evaluation would be given; "
                f"move what it does not need elsewhere (beginning with {relative})"
            )
        found[relative.as_posix()] = path.read_bytes()
    return found
