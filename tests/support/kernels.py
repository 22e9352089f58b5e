"""The C++ kernels of the platform as parents: their entry points and the programs that come with them."""

from __future__ import annotations

from evaluators.baselines import baselines
from evaluators.declaration import EntryPoint
from evaluators.registry import describe_problem, problem_folders

KERNELS = tuple(sorted(name for name in problem_folders() if name.startswith("kernels/")))


def entry_of(problem: str) -> EntryPoint:
    """The first entry point of a problem."""
    return describe_problem(problem).entry_points[0]


def sources(problem: str) -> list[str]:
    """All its baselines, the sequential one first."""
    spec = describe_problem(problem)
    entry = spec.entry_points[0]
    found = baselines(spec, entry)
    return [candidate.text(entry.file) for _, candidate in sorted(found.items(), key=lambda e: e[0] != "serial")]
