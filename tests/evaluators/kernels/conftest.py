"""Evaluators of the kernels on a real sandbox, with timings of one pair each unless told otherwise."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from evaluators.cascade import Evaluator
from evaluators.registry import load_problem
from evaluators.toolchains import toolchain
from sandboxes import SandboxPool, open_pool
from tests.support.compiled import need_memory_cgroup
from tests.support.docker_engine import docker_host


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxPool]:
    with docker_host(os.environ["DOCKER_HOST"]):
        opened = open_pool("bubblewrap", slots=1, preload=())
    with opened, pytest.MonkeyPatch.context() as patch:
        patch.setenv("EVOLVE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield opened


@pytest.fixture(scope="module")
def bench(pool: SandboxPool) -> Callable[..., Evaluator]:
    """Evaluator of a problem whose ``[timing]`` and limits differ in what is given."""

    def made(name: str, limits: dict[str, float] | None = None, **timing: Any) -> Evaluator:
        problem = load_problem(name)
        need_memory_cgroup(pool)
        assert toolchain("cpp").lacking(problem.spec, pool) == ""
        declared = problem.spec.timing
        assert declared is not None
        spec = replace(
            problem.spec,
            timing=replace(declared, **{"pairs": 1, **timing}),
            limits={**problem.spec.limits, **(limits or {})},
        )
        return Evaluator(type(problem)(spec), pool, spec.entry_point())

    return made
