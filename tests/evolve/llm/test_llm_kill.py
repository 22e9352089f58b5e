"""kill -9 in the middle of calls: nothing committed is bought again, and what is in doubt is redone under its key."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from evolve.archive import Archive
from tests.support.killed_processes import fork, requests, start, start_server

DRIVER = Path(__file__).with_name("driver.py")
CALLS, THREADS, KILLS = 40, 4, 4


@pytest.mark.parametrize("what", ["questions", "summaries"])
def test_killed_drivers_lose_and_repeat_nothing(what, tmp_path):
    log, script, file = tmp_path / "log.jsonl", tmp_path / "script.json", tmp_path / "evolve.db"
    script.write_text(json.dumps({"mix": {"auto": 8, "429": 1, "drop": 1}, "latency": 0.15, "seed": 3}))
    server, url = start_server(script, log)
    rng, drivers = random.Random(7), None
    try:
        drivers = start(DRIVER, file, url, CALLS, THREADS, what)
        for _ in range(KILLS):
            before = len(requests(log))
            driver = fork(drivers)
            while len(requests(log)) < before + THREADS + 1:
                time.sleep(0.005)
            time.sleep(rng.uniform(0.0, 0.2))
            os.kill(driver, signal.SIGKILL)
            with Archive(file) as archive:
                under_way = archive.row("SELECT count(*) FROM llm_calls WHERE state = 'reserved'")[0]
            assert under_way <= THREADS
        fork(drivers)
        answers, recovered, spent = map(int, drivers.stdout.readline().split())
        drivers.communicate(timeout=10)
    finally:
        for process in (drivers, server):
            if process:
                process.kill()
                process.communicate()
    assert answers == CALLS
    with Archive(file) as archive:
        rows = [dict(r) for r in archive.rows("SELECT * FROM llm_calls ORDER BY rowid")]
    assert Counter(r["state"] for r in rows)["answered"] == CALLS
    assert len({r["proposal_id"] for r in rows if r["state"] == "answered"}) == CALLS
    assert spent == sum(r["cost_nusd"] for r in rows)
    in_doubt = {r["request_id"] for r in rows if r["state"] == "in_doubt"}
    killed = [r for r in rows if r["error"] and "driver died" in r["error"]]
    assert 0 < len(killed) <= KILLS * THREADS
    assert recovered <= THREADS
    # On the wire: no key the archive does not know, and a key twice only for what was in doubt. A driver killed
    # between committing an intent and sending it leaves a row the server never saw.
    sent = Counter(r["key"] for r in requests(log))
    assert set(sent) <= {r["request_id"] for r in rows}
    assert {key for key, times in sent.items() if times > 1} <= in_doubt
    for row in rows:
        assert sent[row["request_id"]] <= sum(r["request_id"] == row["request_id"] for r in rows)
