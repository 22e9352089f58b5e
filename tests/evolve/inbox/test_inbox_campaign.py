"""Campaigns without a model: everything through files, whatever is written into them, and whatever is killed."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evolve.archive import Archive
from evolve.campaign import session
from evolve.campaign.config import Bounds, CampaignConfig, InboxSettings
from tests.support.answering import Answering, answer_file, in_pieces, open_prompts, rename_in, save
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


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    return tmp_path / "inbox"


def test_a_campaign_whose_answers_are_files(archive: Archive, inbox: Path) -> None:
    """Good, malformed, in pieces, without a program: reading, repair turns and record are those of models."""
    turns = (("auto", rename_in), ("malformed", save), ("prose", in_pieces), ("refusal_text", save), ("json", save))
    said: list[str] = []
    with (
        Answering(inbox, turns) as answering,
        session.start(
            config(6, inbox=InboxSettings(concurrency=2)),
            archive,
            lambda opened: said.append(opened.waiting()),
            lambda message: None,
        ) as opened,
    ):
        ending = opened.search()
        assert opened.spent() == (0.0, 0)
        assert opened.finish(ending)["test"]["verdict"] == "ok"
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
    # Of train it is told where a parent loses, of test nothing.
    assert any("(lower bound" in prompt for prompt in answering.prompts.values())
    for secret in secrets(archive):
        assert not any(secret in prompt for prompt in answering.prompts.values())


def secrets(archive: Archive) -> set[str]:
    """The campaign's secret, and names of instances and scores that only ``test`` has."""
    seed = archive.row("SELECT secret FROM campaigns")
    assert seed is not None
    names: dict[str, set[str]] = {"train": set(), "validation": set(), "test": set()}
    for row in archive.rows("SELECT split, names FROM instance_sets"):
        names[row["split"]] |= set(json.loads(row["names"]))
    scores = {repr(row["score"]) for row in archive.rows("SELECT score FROM evaluations WHERE split = 'test'")}
    assert len(scores) > 3
    return {seed["secret"], *scores} | (names["test"] - names["train"] - names["validation"])


def test_answers_that_nobody_asked_for(archive: Archive, inbox: Path) -> None:
    """Of an earlier campaign, before the question, after the answer: none is taken for another question's."""
    inbox.mkdir()
    rename_in(inbox, 2, "of an earlier campaign")
    said: list[str] = []
    with session.start(
        config(2), archive, lambda opened: said.append(opened.waiting()), lambda message: None
    ) as opened:  # fmt: skip
        searching = threading.Thread(target=opened.search)
        searching.start()
        (first,) = until(lambda: open_prompts(inbox))
        assert first == 3
        rename_in(inbox, 4, "early")
        save(inbox, first, " ")
        until(lambda: said and "000003.answer.txt is empty" in said[-1])
        rename_in(inbox, first, scripted_answer("auto", 1, open_prompts(inbox)[first]))
        (second,) = until(lambda: open_prompts(inbox).keys() - {first})
        assert second == 5
        save(inbox, first, "late")
        rename_in(inbox, second, scripted_answer("auto", 2, open_prompts(inbox)[second]))
        searching.join(WAIT)
    answers = {row["answer"] for row in archive.rows("SELECT answer FROM llm_calls")}
    assert len(answers) == 2 and not answers & {"late", "early", "of an earlier campaign"}
    assert archive.row("SELECT count(*) AS n FROM proposals WHERE status = 'evaluated' AND ordinal > 0")["n"] == 2
    assert answer_file(inbox, first, ".txt").exists()


def test_the_time_bound_holds_while_nobody_answers(archive: Archive, inbox: Path) -> None:
    with session.start(config(0, bounds=Bounds(minutes=0.05)), archive, lambda s: None, lambda m: None) as opened:
        ending = opened.search()
    assert (ending.state, ending.reason) == ("done", "the time was up before an answer came")
    assert open_prompts(inbox) == {}
    states = {row["state"] for row in archive.rows("SELECT state FROM llm_calls")}
    assert states == {"refused"}
    assert not archive.rows("SELECT id FROM proposals WHERE node != 'done'")
