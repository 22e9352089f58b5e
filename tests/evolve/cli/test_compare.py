"""`evolve compare`: the document, going on after a kill, models, and what it refuses."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cli_running import ONLINE, Ran, command, environment, spawn

from evolve.campaign.store import process_mark
from tests.support.openai_server import Script, ScriptedServer

CAMPAIGN = f"""[campaign]
problem = "{ONLINE}"
seed_from = ["start.py"]
founders = 3
[budget]
evaluations = 12
"""
START = "def priority(p, wait, t, jobs, work):\n    return -p\n"
COMMAND = ("compare", "c.toml", "--repeats", "2", "--seed", "5", "--no-test", "--json")


@dataclass(frozen=True)
class Compared:
    """A comparison that is done."""

    folder: Path
    document: dict[str, Any]


def fill(folder: Path) -> None:
    (folder / "c.toml").write_text(CAMPAIGN)
    (folder / "start.py").write_text(START)


def rows(folder: Path, sql: str) -> list[Any]:
    """Read in a process that may be writing; nothing while there is no such table."""
    if not (folder / "evolve.db").exists():
        return []
    with contextlib.closing(sqlite3.connect(f"file:{folder}/evolve.db?mode=ro", uri=True, timeout=10)) as connection:
        try:
            return connection.execute(sql).fetchall()
        except sqlite3.OperationalError:
            return []


EVALUATED = "SELECT id, created_at, score FROM evaluations"


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Compared:
    """Made once; with reports on test."""
    folder = tmp_path_factory.mktemp("compared")
    fill(folder)
    ran = spawn(*(word for word in COMMAND if word != "--no-test"), cwd=folder)
    assert ran.code == 0, ran.err
    return Compared(folder, ran.document())


def test_the_archive_knows_comparisons(compared: Compared) -> None:
    """`archive list` and `show`, of one that is done and of the same one on its way."""
    comparison, campaigns = compared.document["comparison"], compared.document["campaigns"]
    listed = spawn("archive", "list", "--json", cwd=compared.folder).document()
    assert [row["comparison"] for row in listed] == [comparison] * 4
    assert {row["campaign"] for row in listed} == {campaign["campaign"] for campaign in campaigns}
    (row,) = spawn("archive", "list", "--comparisons", "--json", cwd=compared.folder).document()
    assert (row["comparison"], row["state"], row["done"], row["campaigns"]) == (comparison, "done", 4, 4)
    assert (row["proposers"], row["repeats"], row["evaluations"]) == (["genetic", "random"], 2, 12)
    shown = spawn("archive", "list", cwd=compared.folder).out
    assert shown.count(comparison) == 5  # beside each of its campaigns, and in a table of its own
    refused = spawn("archive", "list", "--comparisons", "--verdict", "ok", cwd=compared.folder)
    assert (refused.code, "--comparisons lists no candidates" in refused.err) == (2, True)

    assert spawn("archive", "show", comparison[:6], "--json", cwd=compared.folder).document() == compared.document
    assert f"comparison {comparison}: done" in spawn("archive", "show", comparison, cwd=compared.folder).out


def test_the_archive_knows_comparisons_on_their_way(compared: Compared, tmp_path: Path) -> None:
    shutil.copy(compared.folder / "evolve.db", tmp_path / "evolve.db")
    comparison = compared.document["comparison"]
    with contextlib.closing(sqlite3.connect(tmp_path / "evolve.db")) as connection, connection:
        connection.execute("UPDATE comparisons SET state = 'running', report = NULL")
        last = compared.document["campaigns"][-1]["campaign"]
        connection.execute("UPDATE campaigns SET state = 'stopped', report = NULL WHERE id = ?", (last,))
    document = spawn("archive", "show", comparison, "--json", cwd=tmp_path).document()
    assert (document["comparison"], document["state"]) == (comparison, "running")
    assert [result["campaigns"] for result in document["results"]] == [1, 2]
    (row,) = spawn("archive", "list", "--comparisons", "--json", cwd=tmp_path).document()
    assert (row["state"], row["done"]) == ("running", 3)


def test_equal_budget_and_the_same_seeds_in_turns(compared: Compared) -> None:
    document = compared.document
    assert document["state"] == "done"
    campaigns = document["campaigns"]
    assert [(c["proposer"], c["seed"]) for c in campaigns] == [
        ("genetic", 5), ("random", 5), ("random", 6), ("genetic", 6),
    ]  # fmt: skip
    assert {(c["state"], c["evaluations"], c["stop_reason"]) for c in campaigns} == {("done", 12, "evaluations")}
    assert len(rows(compared.folder, "SELECT id FROM campaigns")) == 4


def test_results_are_those_of_the_campaigns(compared: Compared) -> None:
    document = compared.document
    reports = {row[0]: json.loads(row[1]) for row in rows(compared.folder, "SELECT id, report FROM campaigns")}
    for result in document["results"]:
        mine = [reports[c["campaign"]] for c in document["campaigns"] if c["proposer"] == result["proposer"]]
        scores = sorted(report["winner"]["validation"]["score"] for report in mine)
        assert result["median"] == pytest.approx(sum(scores) / 2)
        low, high = result["quartiles"]
        assert scores[0] <= low <= result["median"] <= high <= scores[1]
        assert set(result["test"]) == {"all", *mine[0]["test"]["parts"]}
        assert result["test"]["all"]["median"] == pytest.approx(sum(report["test"]["score"] for report in mine) / 2)
    assert [result["best_of"] for result in document["results"]] == [None, 12]
    (pair,) = document["pairs"]
    assert (pair["first"], pair["second"]) == ("genetic", "random")
    assert pair["a12"] == pair["u"] / 4
    assert pair["p_holm"] == pair["p"]
    assert pair["comparison"] == "indistinguishable"


def test_curves_end_where_the_winners_are(compared: Compared) -> None:
    document = compared.document
    assert document["curves"]["evaluations"] == list(range(13))
    for result in document["results"]:
        curve = document["curves"]["proposers"][result["proposer"]]
        known = [value for value in curve["median"] if value is not None]
        assert known == sorted(known, reverse=True)  # flow time: less is better
        assert known[-1] == pytest.approx(result["median"])
        assert {len(curve[key]) for key in ("median", "low", "high")} == {13}
        for low, median, high in zip(curve["low"], curve["median"], curve["high"], strict=True):
            assert median is None or (low <= median and (high is None or median <= high))


def test_the_same_command_again_runs_nothing(compared: Compared, evolve, tmp_path: Path) -> None:
    folder = shutil.copytree(compared.folder, tmp_path / "copy")
    os.chdir(folder)
    before = rows(folder, EVALUATED)
    again = evolve(*(word for word in COMMAND if word != "--no-test"))
    assert again.code == 0, again.err
    assert again.document() == compared.document
    (folder / "start.py").unlink()  # what it started from is in the archive
    resumed = evolve("compare", "--resume", compared.document["comparison"][:6], "--json")
    assert resumed.document() == compared.document
    assert rows(folder, EVALUATED) == before
    ((kept,),) = rows(folder, "SELECT report FROM comparisons")
    assert json.loads(kept) == compared.document


def test_on_a_terminal(compared: Compared, evolve) -> None:
    archive = str(compared.folder / "evolve.db")
    ran: Ran = evolve("compare", "--resume", compared.document["comparison"], "--archive", archive)
    assert ran.code == 0
    for words in ("random: best of 12", "winners on test", "best so far", "genetic - random", "can be told apart"):
        assert words in ran.out
    assert "best published: " in ran.out
    assert "▁" in ran.out or "█" in ran.out


def test_a_comparison_is_reported_as_one_file(compared: Compared, evolve) -> None:
    """And its campaigns tell of it, as an ablation."""
    document, archive = compared.document, str(compared.folder / "evolve.db")
    export = ("archive", "export", document["comparison"][:8], "--format", "html", "--archive", archive)
    ran = evolve(*export, "--explanation", "Selection pays.")
    assert ran.code == 0, ran.err
    assert "<p>Selection pays.</p>" in ran.out
    assert ran.out == evolve(*export, "--explanation", "Selection pays.").out
    for result in document["results"]:
        assert f'<th scope="row">{result["proposer"]}</th>' in ran.out
    for one in document["campaigns"]:
        assert one["campaign"] in ran.out
    assert f"--proposers {','.join(document['proposers'])} --repeats 2 --seed 5 --archive evolve.db" in ran.out
    of_campaign = evolve("archive", "export", document["campaigns"][0]["campaign"], *export[3:]).out
    assert f"Comparison {document['comparison']}: " in of_campaign


def test_rehearsal_counts_and_writes_nothing(evolve, tmp_path: Path) -> None:
    words = ("--repeats", "3", "--evaluations", "40", "--dry-run", "--json")
    plan = evolve("compare", ONLINE, *words).document()
    assert (plan["campaigns"], plan["evaluations"], plan["campaigns_done"]) == (6, 240, 0)
    assert plan["minutes"] > 0
    assert set(plan["minutes_estimated_from"]) == {"genetic", "random"}
    assert list(tmp_path.iterdir()) == []


def test_rehearsal_knows_what_is_done(compared: Compared, evolve) -> None:
    archive = str(compared.folder / "evolve.db")
    plan = evolve(
        "compare", "--resume", compared.document["comparison"], "--archive", archive, "--dry-run", "--json"
    ).document()
    assert plan["campaigns_done"] == plan["campaigns"] == 4
    assert plan["minutes"] == 0
    assert set(plan["minutes_estimated_from"].values()) == {"earlier campaigns"}


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command(*arguments), cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def wait_for_more(process: subprocess.Popen[str], folder: Path, sql: str, more: int) -> None:
    """Until the query has so many more rows than now, or the process has ended."""
    wanted = len(rows(folder, sql)) + more
    while process.poll() is None and len(rows(folder, sql)) < wanted:
        time.sleep(0.01)


def test_kill_at_any_moment_and_go_on(tmp_path: Path) -> None:
    fill(tmp_path)
    rng = random.Random(4)
    before: set[Any] = set()
    for kill in range(5):
        process = start(tmp_path, *COMMAND)
        try:
            wait_for_more(process, tmp_path, "SELECT id FROM events" if kill else "SELECT id FROM comparisons", 1)
            if kill:
                wait_for_more(process, tmp_path, "SELECT id FROM proposals WHERE node = 'done'", rng.randint(1, 12))
        finally:
            process.send_signal(signal.SIGKILL)
            process.communicate()
        after = set(rows(tmp_path, EVALUATED))
        assert before <= after, "a committed evaluation was lost or redone"
        before = after
    ran = spawn(*COMMAND, cwd=tmp_path)
    assert ran.code == 0, ran.err
    document = ran.document()
    assert before <= set(rows(tmp_path, EVALUATED))
    assert document["state"] == "done"
    assert [(c["state"], c["evaluations"]) for c in document["campaigns"]] == [("done", 12)] * 4
    assert document["results"][0]["test"] is None
    assert not rows(tmp_path, "SELECT id FROM events WHERE kind = 'test_used'")
    # No campaign but those of the comparison, each once.
    begun = {row[0] for row in rows(tmp_path, "SELECT id FROM campaigns")}
    assert begun == {c["campaign"] for c in document["campaigns"]}
    assert len(rows(tmp_path, "SELECT id FROM comparisons")) == 1


def test_ctrl_c_stops_cleanly_and_says_how_to_go_on(tmp_path: Path) -> None:
    fill(tmp_path)
    process = start(tmp_path, *COMMAND[:-1], "--evaluations", "60", "--json")
    try:
        wait_for_more(process, tmp_path, "SELECT id FROM proposals WHERE node = 'done'", 5)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()
    document = json.loads(out)
    assert process.returncode == 1, err
    assert (document["state"], document["stop_reason"]) == ("stopped", "interrupted")
    assert [c["state"] for c in document["campaigns"]][1:] == ["not begun"] * 3
    assert (document["results"], document["pairs"]) == ([], [])
    assert err.splitlines()[-1].endswith(f"go on with: evolve compare --resume {document['comparison']} "
                                         "--archive evolve.db")  # fmt: skip


def test_models_at_equal_evaluations(evolve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRIPTED_KEY", "secret")
    with ScriptedServer(Script()) as server:
        (tmp_path / "c.toml").write_text(
            f'[campaign]\nproblem = "{ONLINE}"\nfounders = 2\n[budget]\nevaluations = 4\n[llm]\n'
            'api_key_env = "SCRIPTED_KEY"\nprices = { input_per_million = 1.5, output_per_million = 6.0 }\n'
        )
        ran = evolve(
            "compare", "c.toml", "--proposers", "llm,random", "--repeats", "2", "--model", "openai/scripted",
            "--base-url", server.url, "--usd", "0.5", "--no-test", "--json",
        )  # fmt: skip
        assert ran.code == 0, ran.err
    document = ran.document()
    asked, random_ = document["results"]
    assert asked["proposer"] == "llm" and asked["usd"] > 0 and random_["usd"] == 0
    assert {(c["state"], c["evaluations"]) for c in document["campaigns"]} == {("done", 4)}
    spent = sum(c["usd"] for c in document["campaigns"])
    assert spent * 1e9 == pytest.approx(rows(tmp_path, "SELECT sum(cost_nusd) FROM llm_calls")[0][0])


def test_too_little_money_is_said(evolve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRIPTED_KEY", "secret")
    with ScriptedServer(Script()) as server:
        (tmp_path / "c.toml").write_text(
            f'[campaign]\nproblem = "{ONLINE}"\nfounders = 2\n[budget]\nevaluations = 4\nusd = 0.000001\n[llm]\n'
            f'models = ["openai/scripted"]\nbase_url = "{server.url}"\napi_key_env = "SCRIPTED_KEY"\n'
            "prices = { input_per_million = 1.5, output_per_million = 6.0 }\n"
        )
        ran = evolve("compare", "c.toml", "--proposers", "llm,random", "--repeats", "2", "--no-test")
    assert ran.code == 0, ran.err
    assert "llm: 2 of 2 campaigns ended before their last evaluation (median 0), one of them since: $" in ran.out


@pytest.mark.parametrize(
    ("words", "file", "says"),
    [
        ("c.toml", "", ("c.toml", "--evaluations N", "[budget]")),
        ("c.toml --evaluations 0", "", ("--evaluations", "positive", "0")),
        ("c.toml", "evaluations = 5\nminutes = 2", ("c.toml", "budget.minutes", "evaluations")),
        ("c.toml", "evaluations = 5\nproposals = 9", ("c.toml", "budget.proposals", "evaluations")),
        ("c.toml", "evaluations = 5\ntokens = 9", ("c.toml", "budget.tokens", "evaluations")),
        ("c.toml --usd 1", "evaluations = 5", ("--usd", "llm", "genetic,random")),
        ("c.toml --minutes 3", "evaluations = 5", ("--minutes", "--help")),
        ("c.toml --proposers genetic", "evaluations = 5", ("--proposers", "'genetic'", "two or more")),
        ("c.toml --proposers genetic,genetic", "evaluations = 5", ("--proposers", "different")),
        ("c.toml --proposers genetic,magic", "evaluations = 5", ("--proposers", "'magic'", "genetic, random, llm")),
        ("c.toml --proposers genetic,llm", "evaluations = 5", ("--model", "[llm]")),
        ("c.toml --model openai/x", "evaluations = 5", ("--model", "llm", "genetic,random")),
        ("c.toml --repeats 1", "evaluations = 5", ("--repeats", "equal to 2")),
        ("c.toml --sandbox jail", "evaluations = 5", ("--sandbox", "jail", "bubblewrap")),
        ("c.toml --entry-point order", "evaluations = 5", ("order", "priority")),
        ("gone.toml", "", ("gone.toml", "No such file")),
        ("no/such --evaluations 5", "", ("no/such", ONLINE)),
        ("", "", ("CAMPAIGN.toml", "--resume ID")),
        ("c.toml --resume abcd", "", ("CAMPAIGN.toml", "--resume ID")),
        ("--resume abcd", "", ("evolve.db", "no archive")),
        ("--resume abcd --repeats 3", "", ("--resume", "--repeats")),
    ],
)
def test_bad_input(words: str, file: str, says: tuple[str, ...], evolve, tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text(f'[campaign]\nproblem = "{ONLINE}"\n[budget]\n{file}\n')
    refused(evolve("compare", *words.split()), *says)
    assert [path.name for path in tmp_path.iterdir()] == ["c.toml"]


def refused(ran: Ran, *says: str) -> None:
    assert ran.code == 2, (ran.out, ran.err)
    assert ran.out == ""
    (sentence,) = ran.err.splitlines()
    assert "internal error" not in sentence
    for word in says:
        assert word in sentence


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (f"UPDATE comparisons SET driver = '{process_mark(os.getpid())}'", (f"process {os.getpid()}",)),
        ("UPDATE comparisons SET plan = json_set(plan, '$.problem_version', 'before')", ("before", "start a new one")),
        ("UPDATE comparisons SET id = 'ffff'", ("{id}", "the latest: ffff")),
    ],
    ids=["running elsewhere", "another version", "unknown id"],
)
def test_what_cannot_be_gone_on_with(
    change: str, says: tuple[str, ...], compared: Compared, evolve, tmp_path: Path
) -> None:
    with contextlib.closing(sqlite3.connect(compared.folder / "evolve.db")) as theirs:
        theirs.execute("PRAGMA wal_checkpoint")
    shutil.copy(compared.folder / "evolve.db", tmp_path)
    with contextlib.closing(sqlite3.connect(tmp_path / "evolve.db")) as connection, connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute(change)
    wanted = compared.document["comparison"]
    refused(evolve("compare", "--resume", wanted), *(word.replace("{id}", wanted) for word in says))
