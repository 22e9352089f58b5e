"""A whole campaign of model calls over real HTTP, with everything that goes wrong in practice."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from decimal import Decimal

import pytest

from evolve.archive import Archive
from evolve.campaign import session
from evolve.campaign.config import Bounds, CampaignConfig
from tests.support.openai_server import ERRORS, Script, ScriptedServer

INPUT, OUTPUT = Decimal("1.5"), Decimal("6")  # USD per million tokens
MIX = {
    "auto": 10, "prose": 3, "fences": 3, "no_fence": 2, "crlf": 2, "json": 1, "think": 1, "slow": 1, "malformed": 3,
    "wrong_name": 2, "refusal_text": 2, "truncated": 2, "content_filter": 1, "429": 3, "500": 2, "503": 1, "drop": 1,
    "drop_early": 1, "timeout": 1,
}  # fmt: skip


def config(server: ScriptedServer, bounds: Bounds, **llm: object) -> CampaignConfig:
    return CampaignConfig(
        problem="scheduling/online-flow-time",
        proposer="llm",
        seed=3,
        bounds=bounds,
        llm={
            "models": ["openai/scripted"],
            "base_url": server.url,
            "api_key_env": "SCRIPTED_KEY",
            "concurrency": 8,
            "max_tokens": 300,
            "timeout_seconds": 1.0,
            "prices": {"input_per_million": float(INPUT), "output_per_million": float(OUTPUT)},
            **llm,
        },
    )


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv("SCRIPTED_KEY", "secret")


def search(archive: Archive, wanted: CampaignConfig) -> tuple[session.Session, str]:
    with session.start(wanted, archive, lambda opened: None, lambda message: None) as opened:
        ending = opened.search()
        assert ending.state == "done", ending
        return opened, ending.reason


def nano_dollars(row: dict[str, object]) -> int:
    usd = (INPUT * int(row["prompt_tokens"]) + OUTPUT * int(row["completion_tokens"])) / Decimal(10**6)  # type: ignore[call-overload]
    return int(usd * 10**9)


def test_everything_that_goes_wrong(tmp_path):
    """200 proposals: none lost, right counts, costs exact, what was in doubt charged at its reserve."""
    with ScriptedServer(Script(mix=MIX, seed=7, slow_seconds=0.2, hold_seconds=5.0)) as server:
        with Archive(tmp_path / "a.db") as archive:
            opened, reason = search(archive, config(server, Bounds(proposals=200), retries=8))
            assert reason == "proposals"
            proposals = archive.rows("SELECT * FROM proposals WHERE ordinal > 0")
            calls = [dict(row) for row in archive.rows("SELECT * FROM llm_calls")]
            trained = archive.rows(
                "SELECT * FROM evaluations e JOIN proposals p ON p.id = e.proposal_id "
                "WHERE e.split = 'train' AND p.ordinal > 0"
            )
        log = server.log
    assert len(proposals) == 200
    assert {row["node"] for row in proposals} == {"done"}
    statuses = Counter(row["status"] for row in proposals)
    assert set(statuses) <= {"evaluated", "duplicate", "rejected"}
    # How many answers repeat an earlier program hangs on the order in which eight calls arrive: 98 to 124 were new.
    assert statuses["evaluated"] > 60
    assert statuses["rejected"] < 40
    assert sum(row["evaluations"] for row in proposals) == len(trained) == opened.life.gauge.evaluations

    # Every request the server saw is a row here, and every row was a request.
    assert len(calls) == len(log)
    sent = Counter(row["key"] for row in log)
    assert sent == Counter(row["request_id"] for row in calls)
    by_state = Counter(row["state"] for row in calls)
    assert by_state["reserved"] == 0
    assert by_state["refused"] == sum(row["behaviour"] in ERRORS for row in log)
    assert by_state["in_doubt"] == sum(row["behaviour"] in ("drop", "drop_early", "timeout") for row in log)
    doubted = {row["request_id"] for row in calls if row["state"] == "in_doubt"}
    assert {key for key, times in sent.items() if times > 1} == doubted

    # Each proposal has its answer, and a malformed one got a repair turn.
    answered = {(row["proposal_id"], row["turn"]) for row in calls if row["state"] == "answered"}
    assert len(answered) == by_state["answered"], "an answer was bought twice"
    assert {(row["id"], 0) for row in proposals} <= answered
    assert any(turn == 1 for _, turn in answered)

    # Costs, to the nano-dollar: what the server counted, and the reserve of what is in doubt.
    delivered = [r for r in log if r["status"] == 200]
    assert sum(row["cost_nusd"] for row in calls if row["state"] == "answered") == sum(map(nano_dollars, delivered))
    assert all(row["cost_nusd"] == row["reserved_nusd"] > 0 for row in calls if row["state"] == "in_doubt")
    assert all(row["cost_nusd"] == 0 for row in calls if row["state"] == "refused")
    assert opened.spent()[0] == pytest.approx(sum(row["cost_nusd"] for row in calls) / 1e9, abs=1e-12)
    assert all(row["prompt_name"] and row["prompt_hash"] and json.loads(row["messages"]) for row in calls)


def test_the_cap_is_never_passed(tmp_path):
    """Eight calls at a time against a cap of a cent: it stops before, and says so."""
    with ScriptedServer(Script(latency=0.05)) as server, Archive(tmp_path / "a.db") as archive:
        wanted = config(server, Bounds(proposals=500, usd=0.02))
        opened, reason = search(archive, wanted)
        spent = archive.row("SELECT sum(cost_nusd) AS n FROM llm_calls")
        unpaid = archive.row("SELECT count(*) AS n FROM proposals WHERE status = 'unpaid'")
        served = sum(map(nano_dollars, server.log))
    assert spent is not None and unpaid is not None
    assert spent["n"] == served
    assert 0.5 * 0.02e9 < served <= 0.02e9
    assert "USD" in reason or "$" in reason
    assert unpaid["n"] >= 1
    assert opened.life.gauge.in_flight == 0


def test_a_refused_key_stops_the_campaign_at_once(tmp_path):
    """A 401 is not worth another try: the campaign fails with one sentence and can be resumed."""
    with ScriptedServer(Script(behaviours=["auto", "auto", "401"])) as server, Archive(tmp_path / "a.db") as archive:
        wanted = replace(config(server, Bounds(proposals=50), concurrency=1), workers=1)
        with session.start(wanted, archive, lambda opened: None, lambda message: None) as opened:
            ending = opened.search()
        assert ending.state == "failed"
        assert "401" in ending.reason or "key" in ending.reason.lower()
        assert len(server.log) == 3
        row = archive.row("SELECT * FROM campaigns")
        assert row is not None and row["state"] == "failed"
        pending = archive.rows("SELECT * FROM proposals WHERE node != 'done'")
        assert len(pending) == 1
