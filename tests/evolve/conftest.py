"""What tests of the platform share: an archive, and scripted servers whose model has a price."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path

import pytest

from evolve.archive import Archive
from evolve.llm import Price
from tests.support.openai_server import Script, ScriptedServer


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive(tmp_path / "evolve.db") as opened:
        yield opened


@pytest.fixture
def price() -> Price:
    """Of the scripted model, unless a test says otherwise."""
    return Price(Decimal("2.50"), Decimal("10.00"))


@pytest.fixture
def serve() -> Iterator[Callable[..., ScriptedServer]]:
    """Starts a scripted server; the arguments are those of ``Script``."""
    with ExitStack() as stack:
        yield lambda *behaviours, **more: stack.enter_context(
            ScriptedServer(Script(behaviours=list(behaviours) or ["auto"], **more))
        )
