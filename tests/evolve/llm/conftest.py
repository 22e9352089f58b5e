"""Fixtures of the LLM tests: the scripted server, a ledger in a real archive, a client that waits little."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from evaluators.problem import EntryPoint
from evolve.archive import Archive
from evolve.llm import ArchiveLedger, Call, LLMClient, LLMSettings, Price, RetryPolicy
from tests.support.openai_server import Script, ScriptedServer

PRICE = Price(Decimal("2.50"), Decimal("10.00"))

QUICK = RetryPolicy(retries=4, doubts=2, first_seconds=0.01, longest_seconds=0.05, patience_seconds=5.0)


@pytest.fixture
def entry() -> EntryPoint:
    return EntryPoint("priority", "def priority(p, d, t):", ("p", "d", "t"), "candidate.py", "harness/dispatch.py")


@pytest.fixture
def serve() -> Iterator[Callable[..., ScriptedServer]]:
    """Starts a scripted server; the arguments are those of ``Script``."""
    with ExitStack() as stack:
        yield lambda *behaviours, **more: stack.enter_context(
            ScriptedServer(Script(behaviours=list(behaviours) or ["auto"], **more))
        )


@pytest.fixture
def price() -> Price:
    """Of the scripted model, unless a test says otherwise."""
    return PRICE


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive(tmp_path / "evolve.db") as opened:
        yield opened


@pytest.fixture
def connect(archive: Archive) -> Callable[..., LLMClient]:
    """Makes a client of a server; further arguments are settings, caps (``cap_nusd``, ``cap_tokens``) or ``retry``."""

    def make(server: ScriptedServer | str, **more: Any) -> LLMClient:
        caps = {name: more.pop(name) for name in ("cap_nusd", "cap_tokens") if name in more}
        retry = more.pop("retry", QUICK)
        settings = {"models": ("openai/scripted",), "prices": {"openai/scripted": PRICE}, "timeout_seconds": 10.0,
                    "max_tokens": 400, "concurrency": 8, **more}  # fmt: skip
        settings["base_url"] = server if isinstance(server, str) else server.url
        return LLMClient(LLMSettings(**settings), ArchiveLedger(archive, "c1"), retry=retry, **caps)

    return make


@pytest.fixture
def ask() -> Callable[..., Call]:
    """Makes a question of a proposal."""

    def make(proposal: int, turn: int = 0, text: str = "Improve def priority(p, d, t): please.") -> Call:
        messages = ({"role": "system", "content": "You write Python."}, {"role": "user", "content": text})
        return Call(f"c1-{proposal}", turn, "openai/scripted", messages, "rewrite", "0123456789abcdef")

    return make
