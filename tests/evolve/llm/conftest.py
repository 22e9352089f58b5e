"""Fixtures of the LLM tests: a client that waits little, with its ledger in a real archive, and questions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from evaluators.declaration import EntryPoint
from evolve.archive import Archive
from evolve.llm import ArchiveLedger, Call, LLMClient, LLMSettings, Price, RetryPolicy
from tests.support.openai_server import ScriptedServer

QUICK = RetryPolicy(retries=4, doubts=2, first_seconds=0.01, longest_seconds=0.05, patience_seconds=5.0)


@pytest.fixture
def entry() -> EntryPoint:
    return EntryPoint("priority", "def priority(p, d, t):", ("p", "d", "t"), "candidate.py", "harness/dispatch.py")


@pytest.fixture
def connect(archive: Archive, price: Price) -> Callable[..., LLMClient]:
    """Makes a client of a server; further arguments are settings, caps (``cap_nusd``, ``cap_tokens``) or ``retry``."""

    def make(server: ScriptedServer | str, **more: Any) -> LLMClient:
        caps = {name: more.pop(name) for name in ("cap_nusd", "cap_tokens") if name in more}
        retry = more.pop("retry", QUICK)
        settings = {"models": ("openai/scripted",), "prices": {"openai/scripted": price}, "timeout_seconds": 10.0,
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
