"""An archive with something of everything, and a browser's requests to its pages."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hostile import make_hostile
from serving import served
from starlette.testclient import TestClient

from benchmarks.synthetic_archive import Landmarks, build, landmarks
from evolve.web.app import make_app
from tests.support.browser import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CANDIDATES = 2000
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


@pytest.fixture(scope="session")
def hostile(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """An archive one of whose candidates attacks who looks at it; and that one."""
    path = tmp_path_factory.mktemp("hostile") / "evolve.db"
    shutil.copy(filled, path)
    return path, make_hostile(path)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="session")
def site(filled: Path) -> Iterator[str]:
    """Address of a server over the archive, without the slash at its end."""
    with served(filled) as address:
        yield address.rstrip("/")
