"""What all tests share.

Docker: only tests that ask for an engine see one, so that ``auto`` means the same on every machine. Ray reads its
settings from the environment when a process first imports it: they are there before any test does. Hypothesis: the same
examples in every run, and no deadline, which a loaded machine would miss.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import hypothesis
import pytest

from sandboxes.docker_socket import address, answers
from tests.support.docker_engine import PrivateEngine, docker_host
from tests.support.ray_cluster import SETTINGS

NOWHERE = "unix:///nonexistent/docker.sock"
hypothesis.settings.register_profile("evolve", deadline=None, derandomize=True)
hypothesis.settings.load_profile("evolve")
_FOUND = address() if answers() else None


def pytest_configure() -> None:
    os.environ["DOCKER_HOST"] = NOWHERE
    os.environ.update(SETTINGS)


@pytest.fixture(scope="session")
def private_engine() -> Iterator[PrivateEngine]:
    """An engine that a test may stop or fill."""
    if os.geteuid() != 0:
        pytest.skip("needs a Docker engine of its own, which only root can start")
    engine = PrivateEngine()
    try:
        engine.start()
        yield engine
    finally:
        engine.close()


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest) -> str:
    """Address of a Docker engine: the one that answers on this machine, else one of our own."""
    if _FOUND is not None:
        return _FOUND
    if os.geteuid() != 0:
        pytest.skip("needs a Docker engine: none answers, and only root can start one")
    return request.getfixturevalue("private_engine").address


@pytest.fixture
def with_engine(engine: str) -> Iterator[None]:
    """The test sees a Docker engine."""
    with docker_host(engine):
        yield
