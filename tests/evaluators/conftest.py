"""A small problem in a folder of its own, and evaluators on real sandboxes."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from evaluators.cascade import Evaluator
from evaluators.problem import Problem
from evaluators.registry import load_problem
from sandboxes import SandboxPool, open_pool

SKELETON = Path(__file__).parents[2] / "evolve" / "skeleton"


@pytest.fixture(scope="session")
def evaluator_pool() -> Iterator[SandboxPool]:
    with open_pool(slots=1) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the skeleton that `evolve new` makes."""
    shutil.copytree(SKELETON, tmp_path / "mine", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "mine"


@pytest.fixture
def edit() -> Callable[..., None]:
    """Replace texts of a file, each of which must be there, by others."""

    def replace(path: Path, *changes: tuple[str, str]) -> None:
        text = path.read_text()
        for old, new in changes:
            assert old in text, f"{path.name} has no {old!r}"
            text = text.replace(old, new)
        path.write_text(text)

    return replace


@pytest.fixture(scope="session")
def make_evaluator(evaluator_pool: SandboxPool) -> Callable[..., Evaluator]:
    """Evaluator of a problem, given by name or folder, on the pool or on something in its place."""

    def make(problem: str | Path | Problem, entry: str | None = None, pool: Any = None) -> Evaluator:
        loaded = problem if isinstance(problem, Problem) else load_problem(str(problem))
        return Evaluator(loaded, pool or evaluator_pool, loaded.spec.entry_point(entry))

    return make
