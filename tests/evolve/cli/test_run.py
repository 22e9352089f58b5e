"""`evolve run` and `evolve resume`: the final document, the lines while it runs, and Ctrl-C."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import shlex
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cli_running import ONLINE, Finished, command, environment, spawn

# Slow enough that a signal always finds an evaluation under way: 20 instances on train, 20 on validation, 60 on test.
SLOW = """import time

def assign(p, m):
    time.sleep(0.02)
    return [j % m for j in range(len(p))]
"""


def test_final_document(finished: Finished) -> None:
    document = finished.document
    for key in (
        "campaign", "problem", "problem_version", "entry_point", "proposer", "seed", "state", "stop_reason", "archive",
        "counts", "verdicts", "seconds", "evaluations_per_second", "usd", "tokens", "sandbox", "baselines", "curve",
        "winner", "test",
    ):  # fmt: skip
        assert key in document
    assert re.fullmatch(r"[0-9a-f]{8}", document["campaign"])
    assert (document["state"], document["stop_reason"]) == ("done", "evaluations")
    counts = document["counts"]
    assert counts["evaluations"] == 15
    assert counts["proposals"] == sum(counts[k] for k in ("evaluated", "duplicate", "rejected", "failed", "unpaid"))
    assert document["usd"] == 0
    winner = document["winner"]
    assert "def assign(" in winner["source"]
    assert re.fullmatch(r"[0-9a-f]{64}", winner["candidate"])
    assert winner["audit"] == "ok"
    low, high = winner["validation"]["confidence"]
    assert low <= winner["validation"]["score"] <= high


def test_test_block(finished: Finished) -> None:
    test = finished.document["test"]
    assert test["verdict"] == "ok"
    assert test["instances"] == {"fixed": 40, "fresh": 20}
    assert isinstance(test["looked_at"], int)
    low, high = test["confidence"]
    assert low <= test["score"] <= high
    assert set(test["baselines"]) == {"assign/round_robin", "assign/list_scheduling"}
    best = min(test["baselines"], key=lambda name: test["baselines"][name]["score"])
    for key in ("paired_vs_best_baseline", "paired_vs_best_any"):
        block = test[key]
        assert block["baseline"] == best
        assert block["difference"] == block["difference"]
        assert len(block["confidence"]) == len(block["ratio_confidence"]) == 2
        assert block["comparison"] in ("better", "worse", "indistinguishable")
    assert sum(part["n"] for part in test["parts"].values()) == 60
    for part in test["parts"].values():
        assert set(part["versus"]) == set(test["baselines"])


def test_lines_go_to_stderr(finished: Finished) -> None:
    lines = finished.ran.err.splitlines()
    assert all(line.startswith("evolve: ") for line in lines)
    assert any("15 evaluations" in line for line in lines)
    assert "\x1b" not in finished.ran.err
    json.loads(finished.ran.out)  # nothing but the document


def test_the_report_is_kept(finished: Finished, evolve) -> None:
    kept = evolve("archive", "show", finished.document["campaign"], "--archive", str(finished.archive), "--json")
    assert kept.document() == finished.document


def test_rehearsal_writes_nothing(evolve, tmp_path: Path) -> None:
    ran = evolve("run", ONLINE, "--evaluations", "7", "--workers", "1", "--dry-run", "--json")
    plan = ran.document()
    assert ran.code == 0
    assert plan["problem"] == ONLINE
    assert plan["entry_point"] == "priority"
    assert plan["proposer"] == "genetic"
    assert plan["bounds"] == {"evaluations": 7}
    assert plan["workers"] == 1
    assert set(plan["instances"]) == {"train", "validation", "test"}
    assert list(tmp_path.iterdir()) == []


def test_without_bounds_a_campaign_gets_small_ones(evolve) -> None:
    assert evolve("run", ONLINE, "--dry-run", "--json").document()["bounds"] == {"minutes": 2.0}


def test_campaign_file_with_the_command_line_on_top(evolve, tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text(
        f'[campaign]\nproblem = "{ONLINE}"\nproposer = "random"\nworkers = 1\n[budget]\nevaluations = 9\nminutes = 4\n'
    )
    plan = evolve("run", "c.toml", "--minutes", "3", "--dry-run", "--json").document()
    assert plan["proposer"] == "random"
    assert plan["workers"] == 1
    assert plan["bounds"] == {"evaluations": 9, "minutes": 3.0}


def test_seeds_named_on_the_command_line(evolve, finished: Finished) -> None:
    winner = finished.document["winner"]["candidate"]
    plan = evolve(
        "run", str(finished.folder), "--seed-from", f"archive:{winner[:12]}", "--seed-from", "baseline:round_robin",
        "--archive", str(finished.archive), "--dry-run", "--json",
    ).document()  # fmt: skip
    assert plan["seeds"][0] == winner[:12]
    assert len(plan["seeds"]) == 2


@contextlib.contextmanager
def running(folder: Path, evaluations: int) -> Iterator[subprocess.Popen[str]]:
    """A campaign of slow candidates that is in the midst of its search."""
    assert spawn("new", "mine", cwd=folder).code == 0
    (folder / "slow.py").write_text(SLOW)
    process = subprocess.Popen(
        command(
            "run", "mine", "--seed-from", "slow.py", "--evaluations", str(evaluations), "--json",
            "--archive", str(folder / "evolve.db"),
        ),
        cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        wait_for(process, "evaluations")
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_for(process: subprocess.Popen[str], words: str) -> None:
    assert process.stderr is not None
    seen = []
    for line in process.stderr:
        seen.append(line)
        if words in line:
            return
    raise AssertionError("".join(seen))


def resume_command(stderr: str) -> list[str]:
    """The command that the last line says to go on with."""
    said = stderr.splitlines()[-1]
    assert said.startswith("evolve: ")
    words = shlex.split(said.rpartition("go on with: ")[2])
    assert words[:2] == ["evolve", "resume"]
    return words[1:]


def archived(folder: Path, sql: str) -> list[Any]:
    with contextlib.closing(sqlite3.connect(folder / "evolve.db")) as connection:
        return connection.execute(sql).fetchall()


JUDGED = "SELECT proposal_id, created_at FROM evaluations WHERE split = 'train' AND proposal_id IS NOT NULL"


def test_ctrl_c_once_stops_cleanly_and_resume_finishes(tmp_path: Path) -> None:
    with running(tmp_path, evaluations=6) as process:
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 1, err
    assert json.loads(out)["state"] == "stopped"
    assert json.loads(out)["stop_reason"] == "interrupted"
    assert archived(tmp_path, "SELECT state FROM campaigns") == [("stopped",)]
    before = archived(tmp_path, JUDGED)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    ran = spawn(*resume_command(err), "--json", cwd=elsewhere)
    assert ran.code == 0, ran.err
    document = ran.document()
    assert document["state"] == "done"
    assert document["counts"]["evaluations"] == 6
    assert set(before) <= set(archived(tmp_path, JUDGED))  # none was judged a second time


def test_ctrl_c_twice_stops_at_once_and_loses_nothing(tmp_path: Path) -> None:
    with running(tmp_path, evaluations=6) as process:
        process.send_signal(signal.SIGINT)
        wait_for(process, "press Ctrl-C again")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)
    assert process.returncode == 130, err
    assert out == ""
    before = archived(tmp_path, JUDGED)
    ran = spawn(*resume_command(err), "--json", cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert ran.document()["counts"]["evaluations"] == 6
    after = archived(tmp_path, JUDGED)
    assert set(before) <= set(after)
    assert len({proposal for proposal, _ in after}) == len(after)


def test_ctrl_c_before_the_search_says_how_to_go_on(tmp_path: Path) -> None:
    assert spawn("new", "mine", cwd=tmp_path).code == 0
    slower = SLOW.replace("0.02", "0.1")  # so that the signal comes before the search on a busy machine, too
    (tmp_path / "mine" / "baselines" / "assign" / "round_robin.py").write_text(slower)
    process = subprocess.Popen(
        command("run", "mine", "--evaluations", "5"), cwd=tmp_path, env=environment(), stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
        # A shell's background job inherits an ignored SIGINT, and Python then leaves it ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    try:
        wait_for(process, "judging the baselines")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 130
    assert out == ""
    ((campaign,),) = archived(tmp_path, "SELECT id FROM campaigns")
    hint = f"evolve: stopped before the search, go on with: evolve resume {campaign} --archive evolve.db"
    assert hint in err.splitlines()
    assert "Traceback" not in err


def test_the_panel_gives_the_terminal_back(tmp_path: Path) -> None:
    """Ctrl-C twice on a terminal: the panel says what the first did, and the second leaves a visible cursor."""
    assert spawn("new", "mine", cwd=tmp_path).code == 0
    (tmp_path / "slow.py").write_text(SLOW)
    master, slave = pty.openpty()
    process = subprocess.Popen(
        command("run", "mine", "--seed-from", "slow.py", "--evaluations", "50"),
        cwd=tmp_path, env=environment(TERM="xterm"), stdin=slave, stdout=slave, stderr=slave,
    )  # fmt: skip
    os.close(slave)
    printed = b""
    try:
        for words in (b"on validation", b"press Ctrl-C again", b"go on with"):
            while words not in printed:
                printed += os.read(master, 65536)
            if words != b"go on with":
                process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 130
    finally:
        process.kill()
        process.wait()
        os.close(master)
    assert printed.rindex(b"\x1b[?25h") > printed.rindex(b"\x1b[?25l")
