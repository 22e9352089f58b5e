"""What an archived problem declares, as far as it can still be found on this machine."""

from __future__ import annotations

from functools import lru_cache

from evaluators.declaration import ProblemSpec
from evaluators.registry import UnknownProblemError, describe_problem
from evaluators.tables import TableError
from evolve.archive.database import Archive
from evolve.archive.queries import problem_place


def spec_of(archive: Archive, problem: str) -> ProblemSpec | None:
    """The declaration of a problem; None if its folder is gone or broken, as the archive outlives it.

    It is read once a process: to read it takes longer than most questions to the archive.
    """
    return _described(problem_place(archive, problem))


@lru_cache(maxsize=64)
def _described(place: str) -> ProblemSpec | None:
    try:
        return describe_problem(place)
    except (UnknownProblemError, TableError, OSError):
        return None
