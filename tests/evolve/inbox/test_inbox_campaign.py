"""Campaigns without a model: everything through files, whatever is written into them, and whatever is killed."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from evolve.archive import Archive
from evolve.campaign import session
from evolve.campaign.config import Bounds, CampaignConfig, InboxSettings
from tests.support.answering import Answering, answer_file, in_pieces, open_prompts, rename_in, save
from tests.support.killed_processes import start
from tests.support.scripted_answers import scripted_answer

PROBLEM = "scheduling/online-flow-time"
WAIT = 60.0


def config(proposals: int, **more: Any) -> CampaignConfig:
    return CampaignConfig(PROBLEM, proposer="inbox", seed=3, **{"bounds": Bounds(proposals=proposals), **more})


def until(happens: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + WAIT
    while not (found := happens()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def rows(archive: Path, sql: str) -> list[sqlite3.Row]:
    if not archive.exists():
        return []
    with closing(sqlite3.connect(f"file:{archive}?mode=ro", uri=True, timeout=10)) as connection:
        connection.row_factory = sqlite3.Row
        return connection.execute(sql).fetchall()


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    return tmp_path / "inbox"


def test_a_campaign_whose_answers_are_files(archive: Archive, inbox: Path) -> None:
    """Good, malformed, in pieces, without a program: reading, repair turns and record are those of models."""
    turns = (("auto", rename_in), ("malformed", save), ("prose", in_pieces), ("refusal_text", save), ("json", save))
    said: list[str] = []
    with (
        Answering(inbox, turns) as answering,
        session.start(config(6), archive, lambda opened: said.append(opened.waiting()), lambda message: None) as opened,
    ):
        ending = opened.search()
        assert opened.spent() == (0.0, 0)
    assert (ending.state, ending.reason) == ("done", "proposals")
    calls = archive.rows("SELECT * FROM llm_calls ORDER BY rowid")
    assert {(c["model"], c["state"], c["cost_nusd"]) for c in calls} == {("inbox", "answered", 0)}
    assert (
        [json.loads(c["params"])["number"] for c in calls] == list(range(1, len(calls) + 1)) == list(answering.prompts)
    )
    assert len({c["proposal_id"] for c in calls}) == 6
    # Whole answers only: each is on record as it was written.
    for call, (number, prompt) in zip(calls, answering.prompts.items(), strict=True):
        assert call["answer"] == scripted_answer(turns[(number - 1) % 5][0], number, prompt)
        for message in json.loads(call["messages"]):
            assert message["content"].strip() in prompt
        assert f"{number:06d}.answer.md (or .txt)" in prompt
    repairs = [c for c in calls if c["turn"] == 1]
    assert repairs
    assert all("What went wrong" in answering.prompts[json.loads(c["params"])["number"]] for c in repairs)
    assert archive.row("SELECT count(*) AS n FROM proposals WHERE status = 'evaluated' AND ordinal > 0")["n"] >= 3
    assert answering.most_open == 2
    assert any(f"2 prompts waiting (000001, 000002) in {inbox}" in line for line in said)
    assert open_prompts(inbox) == {}
    assert len(list((inbox / "answered").glob("*.prompt.md"))) == len(calls)


def test_nothing_of_test_is_in_a_prompt(archive: Archive, inbox: Path) -> None:
    with Answering(inbox) as answering, session.start(config(3), archive, lambda s: None, lambda m: None) as opened:
        ending = opened.search()
        document = opened.finish(ending)
    secret = archive.row("SELECT secret FROM campaigns")["secret"]
    names = json.loads(archive.row("SELECT names FROM instance_sets WHERE split = 'test'")["names"])
    assert document["test"]["verdict"] == "ok"
    for prompt in answering.prompts.values():
        assert secret not in prompt
        assert not any(name in prompt for name in names)


def test_an_answer_that_comes_late_is_nobodys(archive: Archive, inbox: Path) -> None:
    """A second answer to what has one already, and one to a number that was never asked."""
    inbox.mkdir()
    rename_in(inbox, 2, "of an earlier campaign")
    with session.start(
        config(2, inbox=InboxSettings(concurrency=1)), archive, lambda s: None, lambda m: None
    ) as opened:
        searching = threading.Thread(target=opened.search)
        searching.start()
        (first,) = until(lambda: open_prompts(inbox))
        assert first == 3
        rename_in(inbox, first, scripted_answer("auto", 1, open_prompts(inbox)[first]))
        (second,) = until(lambda: open_prompts(inbox).keys() - {first})
        save(inbox, first, "late")
        rename_in(inbox, second, scripted_answer("auto", 2, open_prompts(inbox)[second]))
        searching.join(WAIT)
    assert (
        archive.row("SELECT count(*) AS n FROM llm_calls WHERE answer IN ('late', 'of an earlier campaign')")["n"] == 0
    )
    assert archive.row("SELECT count(*) AS n FROM proposals WHERE status = 'evaluated' AND ordinal > 0")["n"] == 2
    assert answer_file(inbox, first, ".txt").exists()


def test_the_time_bound_holds_while_nobody_answers(archive: Archive, inbox: Path) -> None:
    with session.start(config(0, bounds=Bounds(minutes=0.02)), archive, lambda s: None, lambda m: None) as opened:
        ending = opened.search()
    assert (ending.state, ending.reason) == ("done", "the time was up before an answer came")
    assert open_prompts(inbox) == {}
    states = {row["state"] for row in archive.rows("SELECT state FROM llm_calls")}
    assert states == {"refused"}
    assert not archive.rows("SELECT id FROM proposals WHERE node != 'done'")


def evolve(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return start("-m", "evolve", *arguments, "--archive", folder / "evolve.db", "--plain", "--json")


def test_killed_and_resumed(tmp_path: Path, inbox: Path) -> None:
    """Open prompts stay open, word for word; what was answered meanwhile is taken; nothing is asked twice."""
    archive = tmp_path / "evolve.db"
    process = evolve(tmp_path, "run", PROBLEM, "--proposer", "inbox", "--proposals", "4", "--seed", "5")
    until(lambda: len(open_prompts(inbox)) == 2)
    rename_in(inbox, 1, scripted_answer("auto", 1, open_prompts(inbox)[1]))
    until(lambda: rows(archive, "SELECT 1 FROM llm_calls WHERE state = 'answered'"))
    until(lambda: 3 in open_prompts(inbox))
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = open_prompts(inbox)
    assert sorted(before) == [2, 3]
    rename_in(inbox, 2, scripted_answer("malformed", 2, before[2]))  # while nobody is there to take it
    (inbox / "000003.prompt.md").unlink()

    process = evolve(tmp_path, "resume")
    until(lambda: 3 in open_prompts(inbox))
    assert open_prompts(inbox)[3] == before[3]
    until(lambda: len(rows(archive, "SELECT 1 FROM llm_calls WHERE state = 'answered'")) == 2)
    until(lambda: 4 in open_prompts(inbox))
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=WAIT)
    assert process.returncode == 1
    assert sorted(open_prompts(inbox)) == [3, 4]

    process = evolve(tmp_path, "resume")
    with Answering(inbox) as answering:
        out, err = process.communicate(timeout=WAIT)
    assert process.returncode == 0, err
    assert json.loads(out)["counts"]["proposals"] == 4
    assert min(answering.prompts) == 3
    asked = rows(archive, "SELECT proposal_id, turn, state FROM llm_calls")
    assert {call["state"] for call in asked} == {"answered"}
    assert len({(call["proposal_id"], call["turn"]) for call in asked}) == len(asked)
    assert not rows(archive, "SELECT 1 FROM proposals WHERE node != 'done'")
