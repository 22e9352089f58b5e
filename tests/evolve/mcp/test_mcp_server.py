"""`evolve mcp`, driven by the SDK's own client over standard input and output."""

from __future__ import annotations

import json
import sqlite3
import sys
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
    "start_campaign", "resume_campaign",
}  # fmt: skip


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
    """Six proposals by tools alone: every answer gets its verdict, and nothing of `test` is ever told."""
    archive = tmp_path / "evolve.db"
    behaviours = ["auto", "malformed", "prose", "auto", "refusal_text", "json", "auto", "auto"]
    verdicts: list[dict[str, Any]] = []

    async def session() -> None:
        async with agent(tmp_path) as one:
            assert {tool.name for tool in (await one.client.list_tools()).tools} == TOOLS
            assert "holds no inbox campaign" in await one.refused("campaign_status")
            await one.call("start_campaign", problem=PROBLEM, proposals=6, seed=4)
            assert "running already" in await one.refused("start_campaign", problem=PROBLEM)
            while (prompt := await one.call("next_prompt"))["id"] is not None or prompt["state"] == "running":
                if prompt["id"] is None:
                    continue
                assert "def priority(p, wait, t, jobs, work):" in prompt["text"]
                assert "answer.md" not in prompt["text"]
                answer = scripted_answer(behaviours[len(verdicts) % 8], prompt["id"], prompt["text"])
                verdicts.append(await one.call("submit_candidate", id=prompt["id"], answer=answer))
            assert prompt["state"] == "done"
            status = await one.call("campaign_status")
            assert (status["state"], status["counts"]["proposals"], status["open_prompts"]) == ("done", 6, [])
            for split in ("train", "validation"):
                best = await one.call("archive_best", split=split, limit=5)
                assert {entry["split"] for entry in best} == {split}
            shown = await one.call("archive_show", candidate=status["best"]["candidate"])
            assert {entry["split"] for entry in shown["evaluations"]} <= {"train", "validation"}
            assert "def priority" in json.dumps(shown["files"])
            assert "allowed: train, validation" in await one.refused("archive_best", split="test")
            assert "no candidate's id starts with" in await one.refused("archive_show", candidate="0000")
            assert "has an answer already" in await one.refused("submit_candidate", id=1, answer="x")
            hidden(one.told)

    def hidden(told: str) -> None:
        """The archive has the winner's and the baselines' scores on `test`; the agent has been told none of them."""
        with closing(sqlite3.connect(archive)) as connection:
            scores = connection.execute("SELECT score FROM evaluations WHERE split = 'test'").fetchall()
        names = json.loads(row(archive, "SELECT names FROM instance_sets WHERE split = 'test'")["names"])
        assert len(scores) > 3
        for secret in [row(archive, "SELECT secret FROM campaigns")["secret"], *names, *(repr(s) for (s,) in scores)]:
            assert str(secret) not in told

    drive(session)
    judged = [verdict["verdict"] for verdict in verdicts]
    assert judged.count("ok") >= 3 and judged.count("rejected") >= 2
    for verdict in verdicts:
        assert verdict["feedback"]
        assert (verdict["train_score"] is not None) == (verdict["verdict"] == "ok")
    assert any(verdict["repair_asked"] for verdict in verdicts)


@pytest.mark.timeout(200)
def test_a_campaign_outlives_its_server(tmp_path: Path) -> None:
    """With --run the next server goes on where the last one ended; an open prompt keeps its id."""
    texts: dict[int, str] = {}

    async def first() -> None:
        async with agent(tmp_path, "--run", PROBLEM, "--proposals", "3", "--inbox", "box") as one:
            for _ in range(2):
                prompt = await one.call("next_prompt")
                texts[prompt["id"]] = prompt["text"]
            assert sorted(texts) == [1, 2]
            assert (await one.call("campaign_status"))["state"] == "running"
            assert "no prompt 000099" in await one.refused("submit_candidate", id=99, answer="x")
            assert "is empty" in await one.refused("submit_candidate", id=1, answer=" ")
            assert "wait_seconds must lie between" in await one.refused("next_prompt", wait_seconds=-1)
            assert "there is no problem" in await one.refused("start_campaign", problem="/etc")

    async def second() -> None:
        async with agent(tmp_path, "--inbox", "box") as one:
            assert "does not run" in await one.refused("next_prompt")
            await one.call("resume_campaign")
            prompt = await one.call("next_prompt")
            assert texts[prompt["id"]] == prompt["text"]
            answer = scripted_answer("auto", 1, prompt["text"])
            sent = await one.call("submit_candidate", id=prompt["id"], answer=answer, wait_seconds=0)
            assert sent["verdict"] is None
            assert (await one.call("candidate_verdict", id=prompt["id"]))["verdict"] == "ok"

    drive(first)
    assert sorted(open_prompts(tmp_path / "box")) == [1, 2]
    drive(second)
    assert row(tmp_path / "evolve.db", "SELECT count(*) AS n FROM campaigns")["n"] == 1
