"""The executor `ray` on a real cluster: nodes that die, come and are lacking, and what it gives beside `local`."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from evaluators.cascade import Evaluator
from evolve.archive import Archive
from evolve.archive.records import read_candidate
from evolve.campaign import session
from evolve.campaign.config import Bounds, CampaignConfig, RaySettings
from sandboxes.pool import open_pool
from tests.support.ray_cluster import TestCluster, gone, ray_cluster, wait_until

pytestmark = pytest.mark.skipif(find_spec("ray") is None, reason="needs Ray: scripts/setup --tests installs it")

PROBLEM = "scheduling/online-flow-time"
SMALL = CampaignConfig(PROBLEM, seed=4, workers=1, founders=10, executor="ray", bounds=Bounds(evaluations=80))


@pytest.fixture(scope="module")
def cluster() -> Iterator[TestCluster]:
    with ray_cluster() as made:
        yield made


def config(cluster: TestCluster, wait_minutes: float = 1.0) -> CampaignConfig:
    return replace(SMALL, ray=RaySettings(cluster.address, wait_minutes))


def quiet(_: object) -> None:
    pass


def kinds(archive: Archive) -> list[str]:
    return [row["kind"] for row in archive.rows("SELECT kind FROM events WHERE kind LIKE 'node_%' ORDER BY id")]


def check_counts(archive: Archive, evaluations: int) -> None:
    """The budget is used exactly, nobody is blamed, and nothing is lost or there twice."""
    assert archive.rows("SELECT state FROM campaigns")[0]["state"] == "done"
    assert archive.rows("SELECT sum(evaluations) AS n FROM proposals WHERE ordinal > 0")[0]["n"] == evaluations
    assert not archive.rows("SELECT id FROM proposals WHERE node != 'done'")
    assert not archive.rows("SELECT id FROM proposals WHERE status = 'failed' OR verdict = 'internal_error'")
    assert not archive.rows("SELECT id FROM evaluations WHERE verdict = 'internal_error'")
    judged = archive.rows(
        "SELECT count(*) AS n, count(DISTINCT e.proposal_id) AS proposals FROM evaluations e "
        "JOIN proposals p ON p.id = e.proposal_id WHERE e.split = 'train' AND p.ordinal > 0"
    )[0]
    assert judged["n"] == judged["proposals"] == evaluations


def check_scores(archive: Archive) -> None:
    """What a node said is what this process says."""
    rows = archive.rows(
        "SELECT c.*, e.score AS score FROM evaluations e JOIN candidates c ON c.id = e.candidate_id "
        "WHERE e.split = 'train' AND e.complete = 1 AND e.verdict = 'ok' LIMIT 5"
    )
    assert rows
    from evaluators.registry import load_problem

    problem = load_problem(PROBLEM)
    with open_pool(slots=1, **problem.spec.requires.visible) as pool:
        evaluator = Evaluator(problem, pool, problem.spec.entry_points[0])
        for row in rows:
            assert evaluator.evaluate(read_candidate(row), "train").score == row["score"]


def test_a_node_dies_and_another_joins(cluster: TestCluster, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    first, _ = cluster.add(), cluster.add()
    sandboxes: list[int] = []
    joined: list[object] = []
    most = 0

    def beat(opened: session.Session) -> None:
        nonlocal most
        most = max(most, opened.life.gauge.in_flight)
        if opened.executor.slots == 2 and opened.progress.evaluations >= 15 and not sandboxes:
            sandboxes.extend(cluster.kill(first))
        elif sandboxes and not joined:
            joined.append(cluster.add())

    with Archive(tmp_path / "a.db") as archive:
        with session.start(config(cluster), archive, beat, quiet) as opened:
            wait_until(lambda: opened.executor.slots == 2)
            ending = opened.search()
            if opened.executor.slots < 2:  # the new one takes its time
                wait_until(lambda: opened.executor.slots == 2)
            document = opened.finish(ending)
        assert ending.state == "done", ending.reason
        check_counts(archive, 80)
        check_scores(archive)
        assert kinds(archive).count("node_joined") == 3
        assert kinds(archive).count("node_lost") == 1
        assert len({row["environment"] for row in archive.rows("SELECT environment FROM evaluations")}) == 1
        (campaign,) = archive.rows("SELECT * FROM campaigns")
        assert json.loads(campaign["report"]) == document
    assert capfd.readouterr().out == ""
    assert sandboxes
    wait_until(lambda: all(gone(process) for process in sandboxes))
    assert most <= 3  # slots and a lane
    nodes = document["executor"]["nodes"]
    assert [node["state"] for node in nodes].count("lost") == 1
    assert all(node["answers"] > 0 for node in nodes)
    assert document["winner"]["audit"] == "ok"
    assert document["test"]["verdict"] == "ok"


def test_without_a_node_it_waits_then_stops_and_can_be_resumed(cluster: TestCluster, tmp_path: Path) -> None:
    if not cluster.nodes:
        cluster.add()

    def beat(opened: session.Session) -> None:
        while opened.progress.evaluations >= 10 and cluster.nodes:
            cluster.kill(cluster.nodes[0])

    with Archive(tmp_path / "a.db") as archive:
        with session.start(config(cluster, wait_minutes=0.05), archive, beat, quiet) as opened:
            ending = opened.search()
            assert opened.finish(ending)["state"] == "failed"
        assert ending.state == "failed"
        assert ending.reason.startswith("no Ray node could be used for 0.05 min: ")
        before = archive.rows("SELECT id, created_at FROM evaluations ORDER BY id")
        cluster.add()
        with session.resume(None, archive, quiet, quiet) as opened:
            ending = opened.search()
            opened.finish(ending, test=False)
        assert ending.state == "done", ending.reason
        check_counts(archive, 80)
        kept = {tuple(row) for row in archive.rows("SELECT id, created_at FROM evaluations")}
        assert {tuple(row) for row in before} <= kept


def evolve(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "evolve", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


def test_one_slot_gives_what_one_worker_gives(tmp_path: Path) -> None:
    """Without an address Ray is started here, and ends with the command; nothing of it is seen."""
    documents = []
    for executor in ("ray", "local"):
        ran = evolve(
            tmp_path, "run", PROBLEM, "--executor", executor, "--workers", "1", "--seed", "9", "--evaluations", "12",
            "--archive", f"{executor}.db", "--json",
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr
        assert all(line.startswith("evolve: ") for line in ran.stderr.splitlines()), ran.stderr
        documents.append(json.loads(ran.stdout))
    remote, local = documents
    assert remote["executor"]["name"] == "ray" and local["executor"] == {"name": "local", "slots": 1}
    for key in ("counts", "verdicts", "baselines", "winner", "environment", "sandbox"):
        assert remote[key] == local[key]
    assert [point["score"] for point in remote["curve"]] == [point["score"] for point in local["curve"]]
