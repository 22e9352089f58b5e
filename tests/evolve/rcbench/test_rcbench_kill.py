"""kill -9 five times on the way: no answer is bought twice but of calls in doubt, and no row is missing."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections import Counter
from pathlib import Path

from evolve.archive import Archive
from evolve.rcbench.results import load
from tests.support.killed_processes import fork, requests, start, start_server
from tests.support.planted_models import planted_answers

DRIVER = Path(__file__).with_name("rcbench_driver.py")
CONCURRENCY, KILLS = 2, 5


def driven(tmp_path: Path, instances, way: str, script: dict, kill) -> list[dict]:
    """Kill a run five times as ``kill`` says when, let it end; returns the server's log."""
    log = tmp_path / "log.jsonl"
    (tmp_path / "set.json").write_text(json.dumps(instances.to_json()))
    answers = tmp_path / "answers.json"
    answers.write_text(json.dumps(planted_answers(instances.generated, lambda level: 0.5, ["CAPACITY"])))
    (tmp_path / "script.json").write_text(json.dumps({"answers": str(answers), **script}))
    server, url = start_server(tmp_path / "script.json", log)
    drivers = None
    try:
        drivers = start(DRIVER, tmp_path, url, CONCURRENCY, way)
        for _ in range(KILLS):
            before = len(requests(log))
            pid = fork(drivers)
            kill(before, log)
            os.kill(pid, signal.SIGKILL)
        fork(drivers)
        assert drivers.stdout.readline() == "done\n"
    finally:
        for process in (drivers, server):
            if process:
                process.kill()
                process.communicate()
    return requests(log)


def rows_of(tmp_path: Path) -> list[dict]:
    with Archive(tmp_path / "evolve.db") as archive:
        (result,) = load(archive)
        rows = [dict(r) for r in archive.rows("SELECT * FROM llm_calls ORDER BY rowid")]
        state = archive.row("SELECT state FROM rcbench_runs")["state"]
    assert (state, len(result.answers), result.instances) == ("done", 16, 16)
    assert {a.verdict for a in result.answers} == {"feasible", "infeasible"}
    answered = [r["proposal_id"] for r in rows if r["state"] == "answered"]
    assert len(answered) == len(set(answered)) == 16
    return rows


def test_a_killed_run_loses_and_repeats_nothing(tmp_path, instances):
    rng = random.Random(3)

    def kill(before: int, log: Path) -> None:
        deadline = time.monotonic() + 20
        while len(requests(log)) < before + CONCURRENCY + 1 and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(rng.uniform(0.0, 0.2))

    log = driven(tmp_path, instances, "at-once", {"latency": 0.15, "mix": {"auto": 12, "429": 1}, "seed": 3}, kill)
    rows = rows_of(tmp_path)
    in_doubt = {r["request_id"] for r in rows if r["state"] == "in_doubt"}
    assert 0 < sum(r["state"] == "in_doubt" for r in rows) <= KILLS * CONCURRENCY
    sent = Counter(r["key"] for r in log)
    assert set(sent) <= {r["request_id"] for r in rows}
    assert {key for key, times in sent.items() if times > 1} <= in_doubt
    asked = Counter(r["question"] for r in log if r["status"] == 200 and r["key"] not in in_doubt)
    assert max(asked.values()) == 1


def test_a_killed_run_in_batches_makes_no_batch_twice(tmp_path, instances):
    rng = random.Random(1)

    def kill(before: int, log: Path) -> None:
        time.sleep(rng.uniform(0.05, 0.6))  # some while it is sent, some while it is waited for

    log = driven(tmp_path, instances, "batch", {"batch_looks": 40}, kill)
    rows = rows_of(tmp_path)
    assert {r["state"] for r in rows} == {"answered"}
    assert len(log) == 16
    with Archive(tmp_path / "evolve.db") as archive:
        assert len(archive.rows("SELECT * FROM llm_batches")) == 1
