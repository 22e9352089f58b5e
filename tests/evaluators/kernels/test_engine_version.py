"""Instances of kernels come from generators outside of the problems' folders: a change of one needs a new version."""

from __future__ import annotations

import hashlib

import numpy as np

from evaluators.kernels.kernel import Kernel
from evaluators.registry import load_problem, problem_folders

VERSION, DRAWN = "1", "74537775b3091b53"


def test_what_is_drawn_changes_with_the_declared_version_only():
    total = hashlib.sha256()
    for name in sorted(name for name in problem_folders() if name.startswith("kernels/")):
        problem = load_problem(name)
        if not isinstance(problem, Kernel):
            continue
        assert problem.spec.engine_versions == {"kernels/inputs": VERSION}, name
        for instance in [*problem.smoke(), *problem.inspected("span")]:
            total.update(f"{name} {instance.name}\0".encode())
            for argument in problem.drawn(instance).arguments:
                total.update(argument.tobytes() if isinstance(argument, np.ndarray) else repr(argument).encode())
    assert total.hexdigest()[:16] == DRAWN, "instances have changed: raise the version in each problem.toml and here"
