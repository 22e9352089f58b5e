"""Pools of one slot for attacks, on each backend there is."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from evaluators.audit.red_team import RedTeam
from evaluators.registry import load_problem
from sandboxes import SandboxPool, open_pool
from tests.support.docker_engine import docker_host

BACKENDS = ("bubblewrap", "docker")


@pytest.fixture(scope="session", params=BACKENDS)
def attacked_pool(request: pytest.FixtureRequest) -> Iterator[SandboxPool]:
    where = request.getfixturevalue("engine") if request.param == "docker" else os.environ["DOCKER_HOST"]
    with docker_host(where):
        opened = open_pool(request.param, slots=1)
    with opened as pool:
        yield pool


@pytest.fixture
def red_team(attacked_pool: SandboxPool) -> Callable[..., RedTeam]:
    """A team against a problem, given by name or folder."""

    def make(problem: str | Path, entry: str | None = None) -> RedTeam:
        loaded = load_problem(str(problem))
        return RedTeam(loaded, loaded.spec.entry_point(entry), attacked_pool)

    return make
