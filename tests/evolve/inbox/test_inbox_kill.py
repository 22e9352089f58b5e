"""An inbox campaign killed again and again at moments of chance, while somebody answers all the time."""

from __future__ import annotations

import contextlib
import json
import random
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.answering import Answering, open_prompts, rename_in, save
from tests.support.killed_processes import start
from tests.support.scripted_answers import scripted_answer

KILLS = 10
PROPOSALS = 15
TURNS = (("auto", rename_in), ("malformed", save), ("auto", rename_in), ("json", rename_in), ("refusal_text", save))


@pytest.mark.verify
@pytest.mark.timeout(600)
def test_no_question_is_answered_twice_and_no_answer_is_lost(tmp_path: Path) -> None:
    archive, inbox = tmp_path / "evolve.db", tmp_path / "inbox"
    run = ["run", "scheduling/online-flow-time", "--inbox", inbox, "--proposals", PROPOSALS, "--concurrency", 3]
    rng = random.Random(1)
    code = None
    with Answering(inbox, TURNS) as answering:
        for kill in range(KILLS + 1):
            verb = ["resume"] if archive.exists() else run
            process = start("-m", "evolve", *verb, "--archive", archive, "--plain", "--json")
            with contextlib.suppress(subprocess.TimeoutExpired):
                # Opening takes a second or two; the moments of interest are before, in and after it.
                code = process.wait(None if kill == KILLS else rng.uniform(0.5, 5.0))
            process.kill()
            out, _ = process.communicate()
            if code == 0:
                break
    assert code == 0
    assert json.loads(out)["counts"]["proposals"] == PROPOSALS
    with closing(sqlite3.connect(archive)) as connection:
        calls = connection.execute(
            "SELECT json_extract(params, '$.number'), proposal_id, turn, state, answer FROM llm_calls ORDER BY 1"
        ).fetchall()
        unfinished = connection.execute("SELECT count(*) FROM proposals WHERE node != 'done'").fetchone()[0]
    assert unfinished == 0 and open_prompts(inbox) == {}
    assert [number for number, *_ in calls] == list(range(1, len(calls) + 1))
    assert len({(proposal, turn) for _, proposal, turn, *_ in calls}) == len(calls)
    assert {state for *_, state, _ in calls} == {"answered"}
    order = list(answering.prompts)
    for number, *_, answer in calls:
        behaviour, _ = TURNS[order.index(number) % len(TURNS)]
        assert answer == scripted_answer(behaviour, number, answering.prompts[number])
