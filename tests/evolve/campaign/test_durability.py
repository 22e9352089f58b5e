"""kill -9 at random moments, resume, and nothing is lost, repeated or bought twice."""

from __future__ import annotations

import collections
import contextlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
CAMPAIGN = """
[campaign]
problem = "scheduling/online-flow-time"
proposer = "llm"
seed = 5
workers = 2

[budget]
proposals = {proposals}

[llm]
models = ["openai/scripted"]
base_url = "http://127.0.0.1:{port}/v1"
api_key_env = "SCRIPTED_KEY"
concurrency = 4
prices = {{ input_per_million = 1.5, output_per_million = 6.0 }}
"""


@pytest.fixture
def server(tmp_path):
    script = tmp_path / "script.json"
    script.write_text(json.dumps({"behaviours": ["auto", "prose", "malformed", "auto", "fences"], "latency": 0.15}))
    log = tmp_path / "requests.jsonl"
    command = [sys.executable, "-m", "tests.support.openai_server"]
    process = subprocess.Popen(
        [*command, "--port", "0", "--script", str(script), "--log", str(log)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout is not None
    port = int("".join(c for c in process.stdout.readline() if c.isdigit()))
    yield port, log
    process.kill()
    process.wait()


def evolve(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", "from evolve.cli.main import main; main()", *arguments, "--archive", "evolve.db"],
        cwd=folder,
        env={**os.environ, "SCRIPTED_KEY": "secret"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def rows(folder: Path, sql: str) -> list[sqlite3.Row]:
    connection = sqlite3.connect(f"file:{folder / 'evolve.db'}?mode=ro", uri=True, timeout=10)
    connection.row_factory = sqlite3.Row
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def progress(folder: Path) -> tuple[int, int]:
    """Rows that grow while a campaign works: calls and evaluations."""
    try:
        return (
            rows(folder, "SELECT count(*) AS n FROM llm_calls")[0]["n"],
            rows(folder, "SELECT count(*) AS n FROM evaluations")[0]["n"],
        )
    except sqlite3.OperationalError:
        return 0, 0


def committed(folder: Path) -> dict[str, tuple]:
    """Evaluation id -> when it was made and what it said."""
    return {
        r["id"]: (r["created_at"], r["verdict"], r["score"])
        for r in rows(folder, "SELECT id, created_at, verdict, score FROM evaluations")
    }


def run_with_kills(folder: Path, kills: int, proposals: int, rng: random.Random) -> None:
    """Start, kill -9 at a random moment of real work, resume, and so on; then let it end."""
    process = evolve(folder, "run", "campaign.toml", "--plain")
    before: dict[str, tuple] = {}
    for _ in range(kills):
        start = progress(folder)
        # Work begins when the first row is written; the moment of the kill is drawn from what follows.
        while process.poll() is None and progress(folder) == start:
            time.sleep(0.01)
        time.sleep(rng.uniform(0.0, 0.8))
        process.send_signal(signal.SIGKILL)
        process.wait()
        after = committed(folder)
        assert {k: v for k, v in after.items() if k in before} == before, "a committed evaluation was lost or redone"
        before = after
        if rows(folder, "SELECT state FROM campaigns")[0]["state"] == "done":
            break
        process = evolve(folder, "resume", "--plain")
    _, err = process.communicate(timeout=280)
    assert process.returncode in (0, -9), err
    final = committed(folder)
    assert {k: v for k, v in final.items() if k in before} == before


@pytest.mark.parametrize(
    ("kills", "proposals"), [(5, 24), pytest.param(20, 60, marks=pytest.mark.verify)], ids=["sample", "whole"]
)
@pytest.mark.timeout(900)
def test_kill_and_resume(tmp_path, server, kills, proposals):
    port, log = server
    (tmp_path / "campaign.toml").write_text(CAMPAIGN.format(port=port, proposals=proposals))
    run_with_kills(tmp_path, kills, proposals, random.Random(kills))

    (campaign,) = rows(tmp_path, "SELECT * FROM campaigns")
    assert campaign["state"] == "done", campaign["stop_reason"]
    assert rows(tmp_path, "SELECT count(*) AS n FROM proposals WHERE ordinal > 0")[0]["n"] == proposals
    assert not rows(tmp_path, "SELECT id FROM proposals WHERE node != 'done'")

    # No verdict was computed twice: one evaluation a proposal, turn and split.
    twice = rows(
        tmp_path,
        "SELECT proposal_id, split, repeat FROM evaluations WHERE proposal_id IS NOT NULL "
        "GROUP BY proposal_id, split, repeat HAVING count(*) > 1",
    )
    assert not twice
    counted = rows(tmp_path, "SELECT sum(evaluations) AS n FROM proposals")[0]["n"]
    trained = rows(tmp_path, "SELECT count(*) AS n FROM evaluations e JOIN proposals p ON p.id = e.proposal_id "
                             "WHERE e.split = 'train' AND p.ordinal > 0")[0]["n"]  # fmt: skip
    assert counted == trained

    # No answer was bought twice: a key was sent again only where the call was in doubt.
    sent = collections.Counter(json.loads(line)["key"] for line in log.read_text().splitlines())
    doubted = {r["request_id"] for r in rows(tmp_path, "SELECT request_id FROM llm_calls WHERE state = 'in_doubt'")}
    assert {key for key, times in sent.items() if times > 1} <= doubted
    answered = rows(tmp_path, "SELECT proposal_id, turn, count(*) AS n FROM llm_calls WHERE state = 'answered' "
                              "GROUP BY proposal_id, turn")  # fmt: skip
    assert all(r["n"] == 1 for r in answered)
    assert len({r["proposal_id"] for r in answered}) == proposals
    assert not rows(tmp_path, "SELECT request_id FROM llm_calls WHERE state = 'reserved'")


FREE = """
[campaign]
problem = "scheduling/online-flow-time"
proposer = "genetic"
seed = 5
workers = 2


[budget]
proposals = {proposals}
"""


@pytest.mark.parametrize(
    ("kills", "proposals"), [(3, 60), pytest.param(20, 300, marks=pytest.mark.verify)], ids=["sample", "whole"]
)
@pytest.mark.timeout(900)
def test_kill_and_resume_where_nothing_is_bought(tmp_path, kills, proposals):
    """What a free proposer made and nobody has judged may be lost; its proposal is made again, and none is left out."""
    (tmp_path / "campaign.toml").write_text(FREE.format(proposals=proposals))
    run_with_kills(tmp_path, kills, proposals, random.Random(kills))
    ordinals = [r["ordinal"] for r in rows(tmp_path, "SELECT ordinal FROM proposals WHERE ordinal > 0 ORDER BY 1")]
    assert ordinals == list(range(1, proposals + 1))
    assert not rows(tmp_path, "SELECT id FROM proposals WHERE node != 'done'")


def test_a_proposal_that_left_no_trace_is_made(tmp_path):
    """As if the campaign had been cut off before anything of proposal 7 was written, and after 8 was judged."""
    (tmp_path / "campaign.toml").write_text(FREE.format(proposals=12))
    assert evolve(tmp_path, "run", "campaign.toml", "--plain").wait(120) == 0
    with contextlib.closing(sqlite3.connect(tmp_path / "evolve.db")) as archive:
        (lost,) = archive.execute("SELECT id FROM proposals WHERE ordinal = 7").fetchone()
        judged = "SELECT id FROM evaluations WHERE proposal_id = ?"
        for table, key in (
            ("instance_scores", f"evaluation_id IN ({judged})"), ("evaluations", "proposal_id = ?"),
            ("elites", "proposal_id = ?"), ("members", "proposal_id = ?"), ("parents", "proposal_id = ?"),
            ("events", "proposal_id = ?"), ("proposals", "id = ?"),
        ):  # fmt: skip
            archive.execute(f"DELETE FROM {table} WHERE {key}", (lost,))
        archive.execute("UPDATE campaigns SET state = 'running', report = NULL, driver = ''")
        archive.commit()
    assert evolve(tmp_path, "resume", "--plain").wait(120) == 0
    (made,) = rows(tmp_path, "SELECT node, status FROM proposals WHERE ordinal = 7")
    assert made["node"] == "done"
    assert rows(tmp_path, "SELECT count(*) AS n FROM proposals WHERE ordinal > 0")[0]["n"] == 12
