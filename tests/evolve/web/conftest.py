"""An archive with something of everything, and a browser's requests to its pages."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from benchmarks.synthetic_archive import Landmarks, build, landmarks
from evolve.web.app import make_app

CANDIDATES = 300
HERE = "http://localhost"


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once, and only read."""
    path = tmp_path_factory.mktemp("filled") / "evolve.db"
    build(path, CANDIDATES)
    return path


@pytest.fixture(scope="session")
def where(filled: Path) -> Landmarks:
    return landmarks(filled)


@pytest.fixture(scope="session")
def client(filled: Path) -> TestClient:
    return TestClient(make_app(filled), base_url=HERE)
