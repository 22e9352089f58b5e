"""`evolve inbox`: a campaign answered from a shell, killed and gone on with."""

from __future__ import annotations

import json
import re
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from cli_running import ONLINE, command, environment

from tests.support.answering import answer_file, open_prompts, rename_in
from tests.support.scripted_answers import scripted_answer


@pytest.fixture
def campaign(tmp_path: Path) -> Iterator[Any]:
    """Runs and resumes a campaign in the background, as a person would with &."""
    started: list[subprocess.Popen[bytes]] = []

    def begin(*arguments: str) -> subprocess.Popen[bytes]:
        with (tmp_path / "run.log").open("ab") as log:
            process = subprocess.Popen(
                command(*arguments, "--plain"), cwd=tmp_path, env=environment(), stdout=log, stderr=log
            )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.wait()


def rows(folder: Path, sql: str) -> list[sqlite3.Row]:
    with closing(sqlite3.connect(f"file:{folder / 'evolve.db'}?mode=ro", uri=True, timeout=10)) as connection:
        connection.row_factory = sqlite3.Row
        return connection.execute(sql).fetchall()


def check_beside_parent(folder: Path, verdict: dict[str, Any], said: str) -> None:
    """What is said of program and parent is what the archive has of them; of racing's estimates nothing is known."""
    beside = verdict.get("against_parent")
    if beside is None:
        return
    (train,) = rows(
        folder,
        "SELECT o.score - t.score AS by, t.complete FROM evaluations t JOIN evaluations o ON o.split = 'train' "
        f"AND o.candidate_id = '{beside['candidate']}' WHERE t.split = 'train' "
        f"AND t.candidate_id = '{verdict['candidate']}'",
    )
    if train["complete"]:
        assert beside["by"] == pytest.approx(train["by"])  # smaller is better
    how = f"better by {beside['by']:.3g} than" if beside["by"] > 0 else f"worse by {-beside['by']:.3g} than"
    assert f"{how if beside['by'] else 'as good as'} its parent" in said


@pytest.mark.timeout(120)
def test_a_campaign_from_a_shell(evolve, campaign, tmp_path: Path) -> None:
    """Killed while prompts are open: they stay open word for word, no answer is lost, nothing is asked twice."""

    def answer(prompt: dict[str, Any], behaviour: str = "auto", *more: str) -> Any:
        (tmp_path / "a.md").write_text(scripted_answer(behaviour, prompt["id"], prompt["text"]))
        return evolve("inbox", "answer", str(prompt["id"]), "a.md", *more)

    killed = campaign("run", ONLINE, "--proposer", "inbox", "--proposals", "5", "--seed", "5", "--concurrency", "2")
    asked = evolve("inbox", "next", "--json")  # waits for a campaign that is just being started
    first = asked.document()
    assert (asked.code, first["id"]) == (0, 1)
    assert "# Single machine" in first["text"] and "Score: " in first["text"]
    handed_in = answer(first, "auto", "--json")
    judged, following = handed_in.document()["verdict"], handed_in.document()["next"]
    assert (handed_in.code, judged["verdict"], judged["in_population"]) == (0, "ok", True)
    assert "(lower bound" in judged["feedback"]
    assert sum(judged["against_best"][key] for key in ("better", "equal", "worse")) > 10
    assert judged["position"] in ("proposal 1 of 5", "proposal 2 of 5")  # two are asked for at a time
    if judged["against_parent"]["candidate"] == judged["against_best"]["candidate"]:
        assert judged["against_parent"] == judged["against_best"]
    assert following["id"] == 2 and "# Single machine" not in following["text"] and "Score: " in following["text"]
    assert "has an answer already; open are: 000002, 000003" in answer(first).err

    assert evolve("inbox", "next", "--json").document()["id"] == 3  # the other one has been handed out

    killed.send_signal(signal.SIGKILL)
    before = open_prompts(tmp_path / "inbox")
    assert sorted(before) == [2, 3]
    (tmp_path / "inbox" / "000003.prompt.md").unlink()
    kept = answer(following, "refusal_text")  # nobody is there to judge it
    assert kept.code == 2 and "the answer is kept" in kept.err and "`evolve resume" in kept.err
    killed.wait()

    going_on = campaign("resume")
    refused = evolve("inbox", "verdict", "2")
    assert refused.code == 0 and re.search(r"prompt 000002 \(proposal [12] of 5\): rejected", refused.out)
    deadline = time.monotonic() + 30
    while 3 not in open_prompts(tmp_path / "inbox") and time.monotonic() < deadline:
        time.sleep(0.05)
    assert open_prompts(tmp_path / "inbox")[3] == before[3]
    rename_in(tmp_path / "inbox", 3, scripted_answer("malformed", 3, before[3]))  # by hand, beside the commands
    seen = set()
    while (shown := evolve("inbox", "next", "--json", "--brief")).code == 0:
        prompt = shown.document()
        assert prompt["id"] not in seen
        seen.add(prompt["id"])
        told = answer(prompt, "diff")
        assert told.code == 0 and re.search(rf"^prompt {prompt['id']:06d} \(proposal [1-5] of 5\): ", told.out, re.M)
        check_beside_parent(tmp_path, evolve("inbox", "verdict", str(prompt["id"]), "--json").document(), told.out)
    assert shown.document()["state"] == "done"
    assert "the campaign is done" in evolve("inbox", "next", "--wait", "0").err.lower()
    assert going_on.wait(60) == 0
    status = evolve("inbox", "status", "--json").document()
    assert status["position"] == "proposal 5 of 5"
    assert (status["state"], status["counts"]["proposals"], status["open_prompts"]) == ("done", 5, [])
    calls = rows(tmp_path, "SELECT proposal_id, turn, state, params FROM llm_calls ORDER BY rowid")
    assert {call["state"] for call in calls} == {"answered"}
    assert len({(call["proposal_id"], call["turn"]) for call in calls}) == len(calls)
    assert [json.loads(call["params"])["number"] for call in calls] == list(range(1, len(calls) + 1))
    assert not rows(tmp_path, "SELECT 1 FROM proposals WHERE node != 'done'")
    assert not answer_file(tmp_path / "inbox", 3).exists()


def test_rehearsed(evolve, tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text(
        f'[campaign]\nproblem = "{ONLINE}"\nproposer = "inbox"\n[inbox]\nfolder = "box"\nconcurrency = 3\n'
    )
    plan = evolve("run", "c.toml", "--dry-run", "--json").document()
    assert plan["inbox"] == str(tmp_path / "box") and plan["bounds"]
    assert not (tmp_path / "box").exists()
