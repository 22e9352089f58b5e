"""`evolve mcp`, driven by the SDK's own client over standard input and output."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, StdioServerParameters, stdio_client

from tests.support.answering import open_prompts
from tests.support.killed_processes import ROOT
from tests.support.scripted_answers import scripted_answer

PROBLEM = "scheduling/online-flow-time"
TOOLS = {
    "next_prompt", "submit_candidate", "candidate_verdict", "campaign_status", "archive_best", "archive_show",
    "archive_list", "archive_lineage", "start_campaign", "resume_campaign",
}  # fmt: skip


def test_the_page_on_agents_names_every_tool() -> None:
    page = (ROOT / "docs" / "AGENTS.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)\(", page, re.MULTILINE)) == TOOLS


class Agent:
    """The client's side: calls a tool; keeps everything it was told."""

    def __init__(self, client: Client) -> None:
        self.client, self.told = client, ""

    async def call(self, tool: str, **arguments: Any) -> Any:
        done = await self.client.call_tool(tool, arguments)
        text = "\n".join(getattr(part, "text", "") for part in done.content)
        self.told += text
        assert not done.is_error, text
        found = done.structured_content
        return found["result"] if set(found) == {"result"} else found

    async def refused(self, tool: str, **arguments: Any) -> str:
        """The sentence with which a tool says no."""
        done = await self.client.call_tool(tool, arguments)
        assert done.is_error
        (part,) = done.content
        assert "\n" not in part.text and "Traceback" not in part.text
        return str(part.text)


@asynccontextmanager
async def agent(folder: Path, *arguments: str) -> AsyncIterator[Agent]:
    server = StdioServerParameters(
        command=sys.executable, args=["-m", "evolve", "mcp", *arguments], cwd=folder, env={"PYTHONPATH": str(ROOT)}
    )
    async with Client(stdio_client(server)) as client:
        yield Agent(client)


def drive(session: Callable[[], Awaitable[None]]) -> None:
    async def limited() -> None:
        with anyio.fail_after(150):
            await session()

    anyio.run(limited)


def row(archive: Path, sql: str) -> sqlite3.Row:
    with closing(sqlite3.connect(f"file:{archive}?mode=ro", uri=True, timeout=10)) as connection:
        connection.row_factory = sqlite3.Row
        found: sqlite3.Row = connection.execute(sql).fetchone()
        return found


@pytest.mark.timeout(200)
def test_a_whole_campaign(tmp_path: Path) -> None:
    """By tools alone, by two clients of whom the first leaves: each answer has its verdict, `test` is never told."""
    archive = tmp_path / "evolve.db"
    verdicts: list[dict[str, Any]] = []
    told: list[str] = []
    left_open: dict[str, Any] = {}

    async def first() -> None:
        async with agent(tmp_path, "--inbox", "box") as one:
            assert {tool.name for tool in (await one.client.list_tools()).tools} == TOOLS
            assert "holds no inbox campaign" in await one.refused("campaign_status")
            assert "there is no problem" in await one.refused("start_campaign", problem="/etc")
            assert "allowed: baseline:NAME" in await one.refused(
                "start_campaign", problem=PROBLEM, seed_from=["/etc/passwd"]
            )
            await one.call("start_campaign", problem=PROBLEM, proposals=4, seed=4, seed_from=["baseline:spt"])
            assert "running already" in await one.refused("start_campaign", problem=PROBLEM)
            prompt = await one.call("next_prompt")
            assert "def priority(p, wait, t, jobs, work):" in prompt["text"]
            assert "answer.md" not in prompt["text"]
            for behaviour in ("auto", "malformed"):
                answer = scripted_answer(behaviour, prompt["id"], prompt["text"])
                verdicts.append(await one.call("submit_candidate", id=prompt["id"], answer=answer))
                prompt = verdicts[-1]["next"]
            left_open.update(prompt)
            assert prompt["repair"] and (await one.call("campaign_status"))["state"] == "running"
            assert "no prompt 000099" in await one.refused("submit_candidate", id=99, answer="x")
            assert "is empty" in await one.refused("submit_candidate", id=prompt["id"], answer=" ")
            assert "at most 1000000" in await one.refused("submit_candidate", id=prompt["id"], answer="x" * 1_000_001)
            assert "wait_seconds must lie between" in await one.refused("next_prompt", wait_seconds=-1)
            assert "id: Input should be a valid integer" in await one.refused("submit_candidate", id="x", answer="x")
            assert "has an answer already" in await one.refused("submit_candidate", id=1, answer="x")
            told.append(one.told)

    async def second() -> None:
        async with agent(tmp_path, "--inbox", "box") as one:
            assert "does not run (stopped)" in await one.refused("next_prompt")
            await one.call("resume_campaign")
            prompt = await one.call("next_prompt", brief=True)
            assert prompt == left_open | {"handed_out_before": True}
            # What is handed in and not waited for is asked after.
            answer = scripted_answer("auto", prompt["id"], prompt["text"])
            sent = await one.call("submit_candidate", id=prompt["id"], answer=answer, wait_seconds=0)
            assert sent["verdict"] is None
            assert (await one.call("candidate_verdict", id=prompt["id"]))["verdict"] == "ok"
            prompt = await one.call("next_prompt")
            while prompt["id"] is not None:
                answer = scripted_answer("auto", prompt["id"], prompt["text"])
                verdicts.append(await one.call("submit_candidate", id=prompt["id"], answer=answer))
                prompt = verdicts[-1]["next"]
            assert prompt["state"] == "done"
            status = await one.call("campaign_status")
            assert (status["state"], status["counts"]["proposals"], status["open_prompts"]) == ("done", 4, [])
            for split in ("train", "validation"):
                best = await one.call("archive_best", split=split, limit=5)
                assert {entry["split"] for entry in best} == {split}
            assert {entry["split"] for entry in await one.call("archive_list", verdict="ok")} == {"train"}
            winner = status["best"]["candidate"]
            shown = await one.call("archive_show", candidate=winner)
            assert {entry["split"] for entry in shown["evaluations"]} <= {"train", "validation"}
            assert "def priority" in json.dumps(shown["files"])
            assert (await one.call("archive_lineage", candidate=winner))[0]["candidate"] == winner
            assert "allowed: train, validation" in await one.refused("archive_best", split="test")
            assert "verdict is 'good'; allowed: ok," in await one.refused("archive_list", verdict="good")
            assert "no candidate's id starts with" in await one.refused("archive_show", candidate="0000")
            told.append(one.told)

    drive(first)
    assert list(open_prompts(tmp_path / "box")) == [left_open["id"]]
    drive(second)
    assert row(archive, "SELECT count(*) AS n FROM campaigns")["n"] == 1
    assert [verdict["verdict"] for verdict in verdicts][:2] == ["ok", "rejected"]
    for verdict in verdicts:
        assert verdict["feedback"]
        assert re.fullmatch("proposal [1-4] of 4", verdict["position"])
        assert (verdict["train_score"] is not None) == (verdict["verdict"] == "ok")
        assert verdict["repair_asked"] == (verdict["verdict"] == "rejected")
    assert_hidden(archive, "".join(told))


def assert_hidden(archive: Path, told: str) -> None:
    """The archive has the winner's and the baselines' scores on `test`; the agent has been told none of them."""
    names: dict[str, set[str]] = {"train": set(), "validation": set(), "test": set()}
    with closing(sqlite3.connect(archive)) as connection:
        scores = connection.execute("SELECT score FROM evaluations WHERE split = 'test'").fetchall()
        for split, found in connection.execute("SELECT split, names FROM instance_sets"):
            names[split] |= set(json.loads(found))
    assert len(scores) > 3
    only_test = names["test"] - names["train"] - names["validation"]
    for secret in [row(archive, "SELECT secret FROM campaigns")["secret"], *only_test, *(repr(s) for (s,) in scores)]:
        assert str(secret) not in told


def until(happens: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.timeout(200)
def test_a_server_that_is_killed_leaves_a_campaign_to_resume(tmp_path: Path) -> None:
    arguments = [sys.executable, "-m", "evolve", "mcp", "--run", PROBLEM, "--proposals", "3"]
    server = subprocess.Popen(
        arguments, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdin=subprocess.PIPE
    )  # fmt: skip
    until(lambda: bool(open_prompts(tmp_path / "inbox")))
    server.kill()
    server.wait()
    until(lambda: tuple(row(tmp_path / "evolve.db", "SELECT state, driver FROM campaigns")) == ("stopped", ""))
    assert list(open_prompts(tmp_path / "inbox")) == [1]
