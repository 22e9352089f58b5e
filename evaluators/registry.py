"""Finding problems: ours by name, a user's by folder, a task of another framework by folder or ``FORMAT:FOLDER``."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import inspect
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from evaluators.declaration import ProblemSpec
from evaluators.foreign import FORMATS
from evaluators.problem import Problem
from evaluators.spec import load_spec
from evaluators.tables import TableError

if TYPE_CHECKING:
    from evaluators.foreign.settings import Settings

_ROOT = Path(__file__).parent
_FOREIGN = tuple(f"{format}:" for format in FORMATS)


class UnknownProblemError(ValueError):
    """No such problem; the message is one sentence that names those there are."""


def problem_folders() -> dict[str, Path]:
    """Name -> folder of every problem shipped with this package, sorted by name."""
    found = {}
    for path in sorted(_ROOT.glob("*/*/problem.toml")):
        found[str(tomllib.loads(path.read_text(encoding="utf-8"))["name"])] = path.parent
    return dict(sorted(found.items()))


def locate(name: str) -> Path:
    """Folder of the problem called ``name``, or of the user's problem lying at that path.

    Raises:
        UnknownProblemError: if there is neither.
    """
    ours = problem_folders()
    if name in ours:
        return ours[name]
    folder = Path(name)
    try:
        if (folder / "problem.toml").is_file():
            return folder.resolve()
        is_folder = folder.is_dir()
    except OSError as error:  # a name too long, a folder that may not be entered
        raise UnknownProblemError(f"{name}: cannot be read: {error.strerror}") from None
    if is_folder:
        raise UnknownProblemError(
            f"{name}: the folder has no problem.toml; `evolve new DIR` makes a skeleton, and --format says that it is "
            f"a task of {' or '.join(FORMATS)}"
        )
    raise UnknownProblemError(f"unknown problem {name!r}; known: {', '.join(ours)}, or a folder with a problem.toml")


def reference(name: str, base: Path | None = None) -> str:
    """What finds a problem from any working directory: its name, its folder, or ``FORMAT:PATH`` for a task.

    Args:
        name: a problem's name, a folder, ``FORMAT:PATH``, or a folder (or YAML file in it) whose format is clear.
        base: folder that a relative path starts from; default: the working directory.

    Raises:
        UnknownProblemError: if there is none.
        TableError: if a folder could be a task of several formats.
    """
    if name in problem_folders() and not (base and (base / name / "problem.toml").is_file()):
        return name
    from evaluators.foreign.task import detected, split_reference

    format, path = split_reference(name)
    path = (base or Path()) / path
    if format is None:
        with contextlib.suppress(OSError):  # a name too long, a folder that may not be entered: `locate` tells
            format = None if (path / "problem.toml").is_file() else detected(path)
        if format is None:
            return str(locate(str(path) if base else name))
    return f"{format}:{path.resolve()}"


def author_settings(name: str) -> Settings | None:
    """What the author of a task of another framework configured; None for other problems.

    Raises:
        UnknownProblemError, TableError: as :func:`load_problem`.
    """
    found = reference(name)
    if not found.startswith(_FOREIGN):
        return None
    from evaluators.foreign.task import read_task

    format, _, path = found.partition(":")
    return read_task(format, Path(path)).settings


def describe_problem(name: str) -> ProblemSpec:
    """The declaration of the problem called ``name``, or found as :func:`reference` does.

    Raises:
        UnknownProblemError, TableError: as :func:`load_problem`.
    """
    found = reference(name)
    if found.startswith(_FOREIGN):
        return load_problem(found).spec
    return load_spec(locate(found))


def load_problem(name: str) -> Problem:
    """The problem called ``name``, or found as :func:`reference` does, ready to use.

    Raises:
        UnknownProblemError: if there is none.
        TableError: if its declaration or its ``problem.py`` cannot be used.
    """
    found = reference(name)
    if found.startswith(_FOREIGN):
        from evaluators.foreign.problem import foreign_problem

        format, _, path = found.partition(":")
        return foreign_problem(format, Path(path))
    folder = locate(found)
    spec = load_spec(folder)
    module_file = folder / "problem.py"
    if not module_file.is_file():
        raise TableError(f"{folder}: problem.py is missing; it holds the trusted part, class Problem")
    if folder.is_relative_to(_ROOT):
        module = importlib.import_module(".".join(["evaluators", *folder.relative_to(_ROOT).parts, "problem"]))
    else:
        # A user's folder need not be a package: load the file under a name of its own.
        module_name = f"evolve_user_problem_{spec.version}"
        loader = importlib.util.spec_from_file_location(module_name, module_file)
        if loader is None or loader.loader is None:
            raise TableError(f"{module_file}: cannot be imported")
        module = importlib.util.module_from_spec(loader)
        sys.modules[module_name] = module
        try:
            loader.loader.exec_module(module)
        except Exception as error:
            raise TableError(f"{module_file}: cannot be imported: {type(error).__name__}: {error}") from error
    problem_class = getattr(module, "Problem", None)
    if not (isinstance(problem_class, type) and issubclass(problem_class, Problem) and problem_class is not Problem):
        raise TableError(f"{module_file}: it must define class Problem(evaluators.problem.Problem)")
    if inspect.isabstract(problem_class):
        missing = ", ".join(sorted(problem_class.__abstractmethods__))
        raise TableError(f"{module_file}: class Problem must define: {missing}")
    problem: Problem = problem_class(spec)
    if spec.timing is not None and spec.timing.parallelism is not None and problem.farewell() is None:
        raise TableError(
            f"{folder / 'problem.toml'}: 'timing.least_parallelism' needs a driver that reports work and span: "
            "class Problem must define farewell()"
        )
    return problem
