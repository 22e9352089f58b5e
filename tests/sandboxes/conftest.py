"""A pool for the whole session, and the shortest way to run a candidate in it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sandbox_candidates import PROGRAM

from sandboxes import Job, Limits, Outcome, SandboxPool, open_pool
from tests.support.docker_engine import docker_host

Run = Callable[..., Outcome]


@pytest.fixture(scope="session", params=["bubblewrap", "docker"])
def pool(request: pytest.FixtureRequest) -> Iterator[SandboxPool]:
    """Two slots of each backend in turn."""
    where = request.getfixturevalue("engine") if request.param == "docker" else os.environ["DOCKER_HOST"]
    with docker_host(where):
        opened = open_pool(request.param, slots=2)
    with opened:
        yield opened


@pytest.fixture(scope="session")
def make_job() -> Callable[..., Job]:
    def make(source: str, *requests: bytes, simulator: str | None = None, **limits: Any) -> Job:
        limits = {"cpu_seconds": 5.0, "wall_seconds": 10.0} | limits
        return Job(
            PROGRAM, {"candidate.py": source.encode()}, requests or (b"x",), simulator=simulator,
            limits=Limits(**limits),
        )  # fmt: skip

    return make


@pytest.fixture
def run(pool: SandboxPool, make_job: Callable[..., Job]) -> Run:
    """Run a candidate, which defines ``solve(request) -> bytes``, and give its outcome."""

    def run_one(source: str, *requests: bytes, gate: Any = None, **rest: Any) -> Outcome:
        return pool.run(make_job(source, *requests, **rest), gate)

    return run_one
