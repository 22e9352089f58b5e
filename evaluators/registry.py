"""Finding problems: ours by name, a user's by folder."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
import tomllib
from pathlib import Path

from evaluators.problem import Problem
from evaluators.spec import load_spec
from evaluators.tables import TableError

_ROOT = Path(__file__).parent


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
        raise UnknownProblemError(f"{name}: the folder has no problem.toml; `evolve new DIR` makes a skeleton")
    raise UnknownProblemError(f"unknown problem {name!r}; known: {', '.join(ours)}, or a folder with a problem.toml")


def load_problem(name: str) -> Problem:
    """The problem called ``name``, or the one lying in that folder, ready to use.

    Raises:
        UnknownProblemError: if there is none.
        TableError: if its declaration or its ``problem.py`` cannot be used.
    """
    folder = locate(name)
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
    return problem
