"""Whatever goes wrong, and however often: nothing is lost, repeated or bought twice, and the bounds hold exactly."""

from __future__ import annotations

import random
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from evolve.archive import Archive
from evolve.archive.transcript import transcript
from evolve.archive.verify import verify
from evolve.campaign import session
from evolve.campaign.config import Bounds, CampaignConfig, ReplaySettings
from tests.support.chaos import (
    NODES,
    USD,
    Fault,
    KilledAtStart,
    KilledDriver,
    KilledWhileSummingUp,
    Scene,
    draw,
    small_disk,
)
from tests.support.openai_server import DOUBT, ERRORS
from tests.support.ray_cluster import ray_cluster

EACH = 4
"""Evaluations for each fault, so that there is work to be cut off."""
ON_A_CLUSTER, EACH_THERE = 40, 8
"""Faults, and evaluations for each: to strike takes longer there."""
ENDS = {"0", "1", "2", "130"}
"""Exit codes: done, ran and stopped or failed, could not begin (the disk), ended at once."""


@pytest.mark.parametrize(
    ("count", "seed"), [(9, 1), pytest.param(100, 2, marks=pytest.mark.verify)], ids=["sample", "whole"]
)
@pytest.mark.timeout(1200)
def test_chaos(tmp_path: Path, count: int, seed: int) -> None:
    rng = random.Random(seed)
    with (
        small_disk(tmp_path / "disk", 96) as disk,
        Scene(tmp_path, (disk or tmp_path) / "evolve.db", EACH * count, disk) as scene,
    ):
        plague(scene, draw(count, rng, scene), rng)
        check(scene)


@pytest.mark.verify
@pytest.mark.skipif(find_spec("ray") is None, reason="needs Ray: scripts/setup --tests installs it")
@pytest.mark.timeout(2400)
def test_chaos_on_a_cluster(tmp_path: Path) -> None:
    """The same with candidates judged on two nodes of a Ray cluster, which are killed, too."""
    rng = random.Random(3)
    with (
        small_disk(tmp_path / "disk", 96) as disk,
        ray_cluster() as cluster,
        Scene(tmp_path, (disk or tmp_path) / "evolve.db", EACH_THERE * ON_A_CLUSTER, disk, cluster) as scene,
    ):
        for _ in range(NODES):
            cluster.add()
        plague(scene, draw(ON_A_CLUSTER, rng, scene), rng)
        check(scene)
        kinds = {row["kind"] for row in scene.rows("SELECT DISTINCT kind FROM events")}
        assert {"node_joined", "node_lost"} <= kinds


KILLS = (KilledWhileSummingUp, KilledDriver, KilledAtStart)
PROPOSALS = (
    "SELECT ordinal, operator, asked, remark, turn, candidate_id, verdict, status, score, admitted, evaluations, "
    "(SELECT model FROM llm_calls l WHERE l.proposal_id = p.id LIMIT 1) AS model "
    "FROM proposals p WHERE campaign_id = ? ORDER BY ordinal"
)


@pytest.mark.parametrize(
    ("kills", "lanes", "seed"),
    [(3, 1, 1), pytest.param(30, 1, 2, marks=pytest.mark.verify), pytest.param(30, 4, 3, marks=pytest.mark.verify)],
    ids=["sample", "whole", "crowded"],
)
@pytest.mark.timeout(1200)
def test_killed_again_and_again_it_remembers(tmp_path: Path, kills: int, lanes: int, seed: int) -> None:
    """Summaries and the bandit over two models: what a killed campaign asks is what its archive implies."""
    rng = random.Random(seed)
    script = {"paying": ["alpha", "The current program"], "shortening": "shorter program"}
    with Scene(
        tmp_path, tmp_path / "evolve.db", EACH * kills + 4, script=script, models=("openai/alpha", "openai/beta"),
        workers=min(lanes, 2), concurrency=lanes, distill=4,
    ) as scene:  # fmt: skip
        plague(scene, [KILLS[k % len(KILLS)]() for k in range(kills)], rng)
        check(scene)
        remembered(scene)
    if lanes == 1:
        repeated(scene)


def remembered(scene: Scene) -> None:
    """Each summary was bought once and told afterwards; the export has all that was bought."""
    with Archive(scene.archive) as archive:
        (campaign,) = archive.rows("SELECT * FROM campaigns")
        header, *proposals = transcript(archive, campaign["id"])
        (total,) = archive.rows("SELECT evaluations, cost_nusd FROM campaign_totals")
        calls = archive.rows("SELECT count(*) AS n, sum(prompt_tokens) AS tokens FROM llm_calls")
    counts = header["counts"]
    assert (counts["evaluations"], counts["cost_nusd"]) == tuple(total)
    assert (counts["calls"], counts["prompt_tokens"]) == tuple(calls[0])
    assert header["report"]["usd"] * 1e9 == pytest.approx(total["cost_nusd"])
    summaries = header["summaries"]
    assert [one["after"] for one in summaries] == [4 * one["number"] for one in summaries]
    told = {one["number"] for one in summaries if one["summary"]}
    assert len(told) == len(summaries) > 1
    states = [[call["state"] for call in one["calls"]] for one in summaries]
    assert all(one.count("answered") == 1 for one in states)
    assert len(summaries) < 20 or any("in_doubt" in one for one in states)
    last = max(told)
    later = [one for one in proposals if one["ordinal"] > 4 * last + 8 * (scene.concurrency - 1) and one["calls"]]
    line = next(one["summary"] for one in summaries if one["number"] == last).split("\n")[0]
    assert all(line in _prompt(header, one) for one in later)
    assert {call["model"] for one in proposals for call in one["calls"]} == set(scene.models)


def _prompt(header: dict[str, Any], proposal: dict[str, Any]) -> str:
    """The user's part of the first question."""
    return str(header["messages"][proposal["calls"][0]["messages"][-1]["message"]])


def repeated(scene: Scene) -> None:
    """Never killed, and from what is on record alone, the same is asked of the same model, word for word."""
    with Archive(scene.archive) as archive:
        (campaign,) = archive.rows("SELECT id FROM campaigns")
        config = CampaignConfig(
            "scheduling/online-flow-time", proposer="replay", seed=11, bounds=Bounds(evaluations=scene.evaluations),
            replay=ReplaySettings(campaign["id"]),
        )  # fmt: skip
        with session.start(config, archive, lambda opened: None, lambda message: None) as opened:
            ending = opened.search()
        assert (ending.state, ending.reason) == ("done", "evaluations")
        then, now = (
            [tuple(row) for row in archive.rows(PROPOSALS, (one,))] for one in (campaign["id"], opened.campaign_id)
        )
    assert then == now


def plague(scene: Scene, faults: Sequence[Fault], rng: random.Random) -> None:
    """Have faults strike at random moments; what was committed before one is there after it."""
    before: dict[str, tuple[object, ...]] = {}
    for number, fault in enumerate(faults):
        scene.pace(number / len(faults))
        scene.keep_driving()
        scene.wait_for_work()
        time.sleep(rng.uniform(0.0, 0.4))
        fault.strike(scene, rng)
        after = scene.committed()
        lost = {key for key, value in before.items() if after.get(key) != value}
        assert not lost, f"{type(fault).__name__} (number {number}) took or changed {sorted(lost)[:5]}"
        before = after
    scene.pace(1.0)
    for _ in range(20):
        scene.keep_driving()
        assert scene.wait_for_end(600), "the campaign does not come to its end"
        if scene.rows("SELECT state FROM campaigns")[0]["state"] == "done":
            break
    after = scene.committed()
    assert {key: after.get(key) for key in before} == before


def check(scene: Scene) -> None:
    """What must be true of a campaign that is done, however it came to be so."""
    log = (scene.folder / "driver.log").read_text()
    assert "Traceback" not in log, log[-3000:]
    assert "internal error" not in log, log[-3000:]
    endings = (scene.folder / "endings").read_text().split()
    assert set(endings) <= ENDS
    (campaign,) = scene.rows("SELECT * FROM campaigns")
    assert (campaign["state"], campaign["stop_reason"]) == ("done", "evaluations"), log[-3000:]

    # The bound was reached and not passed, by as many judgements on record, each made once.
    paid = scene.rows("SELECT sum(evaluations) AS n FROM proposals")[0]["n"]
    judged = scene.rows(
        "SELECT count(*) AS n FROM evaluations e JOIN proposals p ON p.id = e.proposal_id "
        "WHERE e.split = 'train' AND p.ordinal > 0 AND e.verdict != 'internal_error'"
    )[0]["n"]
    assert paid == judged == scene.evaluations
    # All programs the server hands out are sound: whatever went wrong was not their fault.
    verdicts = {row["verdict"] for row in scene.rows("SELECT verdict FROM evaluations")}
    assert verdicts <= {"ok", "internal_error"}

    check_calls(scene)
    with Archive(scene.archive) as archive:
        report = verify(archive, lambda _: None)
    assert (report["wrong"], report["findings"]) == (0, [])


def check_calls(scene: Scene) -> None:
    """The archive's bill against the server's log."""
    calls = scene.rows("SELECT * FROM llm_calls ORDER BY rowid")
    assert {call["state"] for call in calls} <= {"answered", "refused", "in_doubt"}
    assert sum(call["cost_nusd"] for call in calls) <= USD * 1e9
    attempts, asked = Counter(call["request_id"] for call in calls), {}
    for call in calls:
        asked[call["request_id"]] = (call["proposal_id"], call["turn"])
    doubted = {call["request_id"] for call in calls if call["state"] == "in_doubt"}
    sent = Counter(request["key"] for request in scene.requests())
    assert set(sent) <= set(asked), "a call that is not on record"
    assert all(times <= attempts[key] for key, times in sent.items())
    again = {key for key, times in sent.items() if times > 1}
    assert again <= doubted, f"sent again though not in doubt: {sorted(again - doubted)[:5]}"
    bought = defaultdict(set)
    for request in scene.requests():
        if request["status"] == 200 and request["behaviour"] not in (*DOUBT, *ERRORS):
            bought[asked[request["key"]]].add(request["key"])
    twice = {question: keys for question, keys in bought.items() if len(keys) > 1}
    assert not twice, f"answers bought twice: {twice}"
