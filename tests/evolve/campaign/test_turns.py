"""Calls and evaluations have slots of their own: neither keeps the other idle, and answers do not pile up."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest

from evolve.archive import Archive
from evolve.campaign import session
from evolve.campaign.config import Bounds, CampaignConfig
from evolve.campaign.turns import Turns
from evolve.cli.new import SKELETON
from tests.support.openai_server import Script, ScriptedServer

SLEEP = 0.3


def test_a_thread_has_one_turn_however_often_it_takes_it() -> None:
    turns = Turns(1)
    turns.take()
    turns.take()
    taken = threading.Event()

    def other() -> None:
        turns.take()
        taken.set()
        turns.give()

    thread = threading.Thread(target=other)
    thread.start()
    assert not taken.wait(0.1)
    turns.give()
    turns.give()
    thread.join(5.0)
    assert taken.is_set()


def test_without_a_count_nobody_waits() -> None:
    turns = Turns()
    for _ in range(3):
        turns.take()
    turns.give()


@pytest.fixture
def sleepy(tmp_path: Path) -> Path:
    """A problem each evaluation of which takes a while, without work."""
    folder = tmp_path / "sleepy"
    shutil.copytree(SKELETON, folder, ignore=shutil.ignore_patterns("__pycache__"))
    harness = folder / "harness" / "run.py"
    text = harness.read_text().replace('"""Execute the candidate once', f'import time; time.sleep({SLEEP}); """Execute')
    assert text != harness.read_text()
    harness.write_text(text)
    return folder


def test_calls_go_on_while_candidates_wait_for_the_sandbox(
    sleepy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model that answers at once does not run ahead by more than the calls that may be under way."""
    monkeypatch.setenv("SCRIPTED_KEY", "secret")
    calls, workers = 3, 2
    with ScriptedServer(Script(behaviours=["rewrite"])) as server, Archive(tmp_path / "a.db") as archive:
        llm = {
            "models": ["openai/scripted"], "base_url": server.url, "api_key_env": "SCRIPTED_KEY", "concurrency": calls,
        }  # fmt: skip
        config = CampaignConfig(
            str(sleepy), proposer="llm", seed=1, workers=workers, repairs=0, bounds=Bounds(proposals=10), llm=llm
        )
        with session.start(config, archive, lambda opened: None, lambda message: None) as opened:
            assert opened.engine.lanes == calls + workers
            opened.search()
            document = opened.finish(session.Ending("done", "proposals"), test=False)
        rows = archive.rows(
            "SELECT p.created_at AS drawn, c.sent_at, c.settled_at, p.done_at FROM proposals p "
            "JOIN llm_calls c ON c.proposal_id = p.id WHERE p.ordinal > 0 ORDER BY c.settled_at"
        )
    assert len(rows) == 10
    # A question is drawn when it can be put.
    assert max(row["sent_at"] - row["drawn"] for row in rows[calls:]) < SLEEP
    # Judged or waiting to be judged, with the answer there: as many as there are lanes at most.
    for row in rows:
        at_hand = [one for one in rows if one["settled_at"] <= row["settled_at"] < one["done_at"]]
        assert len(at_hand) <= calls + workers
    assert document["stop_reason"] == "proposals"
    assert {"system", "statement", "parent", "instructions"} <= set(document["prompt_tokens"])
    assert document["prompt_tokens"]["statement"] > 50
    assert document["usd_per_improvement"] in (None, 0.0)
