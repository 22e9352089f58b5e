"""Genetic and random campaigns, from the first seed to the report."""

from __future__ import annotations

import json
import threading
from dataclasses import replace

import numpy as np
import pytest

from evolve.archive import Archive, ArchiveError
from evolve.campaign import session
from evolve.campaign.config import Bounds, CampaignConfig
from evolve.campaign.store import CampaignStore
from evolve.executors.base import ExecutorError
from evolve.selection.settings import PopulationSettings

QUIET = {"on_beat": lambda opened: None, "say": lambda message: None}
SMALL = CampaignConfig(
    problem="scheduling/online-flow-time",
    seed=11,
    workers=1,
    founders=15,
    bounds=Bounds(evaluations=40),
    population=PopulationSettings(size=20, validate_top=3),
)


def run(archive: Archive, config: CampaignConfig) -> dict:
    with session.start(config, archive, **QUIET) as opened:
        return opened.finish(opened.search())


def history(archive: Archive, campaign: str) -> list[tuple]:
    return [
        tuple(row)
        for row in archive.rows(
            "SELECT ordinal, candidate_id, operator, status, score, admitted FROM proposals WHERE campaign_id = ? "
            "ORDER BY ordinal",
            (campaign,),
        )
    ]


def test_one_worker_is_reproducible(tmp_path):
    """Same seed, one worker: the same children with the same scores, bit for bit."""
    with Archive(tmp_path / "a.db") as archive:
        one, two = run(archive, SMALL), run(archive, SMALL)
        assert history(archive, one["campaign"]) == history(archive, two["campaign"])
        assert one["winner"]["candidate"] == two["winner"]["candidate"]
        other = run(archive, replace(SMALL, seed=12))
        assert history(archive, other["campaign"]) != history(archive, one["campaign"])


def test_stopped_and_resumed_equals_uninterrupted(tmp_path):
    """Stopping in the middle and resuming changes nothing about what is found."""
    with Archive(tmp_path / "a.db") as archive:
        whole = run(archive, SMALL)

        def stop_half_way(opened: session.Session) -> None:
            if opened.progress.evaluations >= 18:
                opened.engine.stop()

        with session.start(SMALL, archive, stop_half_way, lambda message: None) as opened:
            ending = opened.search()
            assert ending.state == "stopped"
            assert opened.finish(ending)["test"] is None, "a campaign that is not over must not look at test"
            campaign = opened.campaign_id
        done = archive.row("SELECT count(*) AS n FROM proposals WHERE campaign_id = ?", (campaign,))
        assert done is not None and done["n"] < len(history(archive, whole["campaign"]))
        with session.resume(campaign, archive, **QUIET) as opened:
            document = opened.finish(opened.search())
        assert history(archive, campaign) == history(archive, whole["campaign"])
        assert document["winner"]["candidate"] == whole["winner"]["candidate"]
        assert document["counts"]["evaluations"] == 40


def test_an_archive_that_fails_for_a_moment_cuts_nobody_off(tmp_path, monkeypatch):
    """Lives under way come to their end before the sandbox is closed, and a resume goes on from there."""
    monkeypatch.setattr("evolve.campaign.engine.HEARTBEAT_SECONDS", 0.1)
    heartbeat = CampaignStore.heartbeat
    failed: list[float] = []

    def fails_once(store: CampaignStore, seconds: float, *more: str) -> None:
        if seconds > 0.3 and not more and not failed:
            failed.append(seconds)
            raise ArchiveError("evolve.db: the disk is full or failing")
        heartbeat(store, seconds, *more)

    monkeypatch.setattr(CampaignStore, "heartbeat", fails_once)
    with Archive(tmp_path / "a.db") as archive:
        long = replace(SMALL, workers=2, bounds=Bounds(evaluations=80))
        with session.start(long, archive, **QUIET) as opened:
            ending = opened.search()
        assert (ending.state, ending.reason) == ("failed", "evolve.db: the disk is full or failing")
        assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("lane-")]
        assert not archive.rows("SELECT id FROM evaluations WHERE verdict = 'internal_error'")
        with session.resume(None, archive, **QUIET) as opened:
            assert opened.finish(opened.search())["counts"]["evaluations"] == 80


def test_the_report_says_what_was_found(tmp_path):
    """The document of `evolve run --json`: winner, counts, and the test block with every baseline."""
    with Archive(tmp_path / "a.db") as archive:
        document = run(archive, replace(SMALL, workers=2))
        assert document["state"] == "done" and document["stop_reason"] == "evaluations"
        assert document["counts"]["evaluations"] == 40
        assert document["winner"]["audit"] == "ok"
        assert "def priority" in document["winner"]["source"]
        test = document["test"]
        assert set(test["parts"]) == {"n40", "ood"}
        assert {"score", "confidence", "paired_vs_best_baseline", "paired_vs_best_any", "looked_at"} <= test.keys()
        assert set(test["baselines"]) == {"priority/fifo", "priority/spt", "priority/hrrn"}
        low, high = test["confidence"]
        assert low <= test["score"] <= high
        stored = archive.row("SELECT report, secret, winner FROM campaigns")
        assert stored is not None and json.loads(stored["report"])["winner"] == document["winner"]
        assert test["secret"] == stored["secret"]
        # `test` is looked at once, for the winner alone.
        assert test["looked_at"] == 1


def test_selection_never_sees_test(tmp_path):
    """Until the end no evaluation on `test` exists, and no proposer is told of one."""
    with Archive(tmp_path / "a.db") as archive, session.start(SMALL, archive, **QUIET) as opened:
        opened.search()
        assert not archive.rows("SELECT id FROM evaluations WHERE split = 'test'")
        members = opened.life.islands.members()
        assert members and all(np.isfinite(m.instance_scores).all() for m in members)


def test_random_draws_no_parents(tmp_path):
    """The random proposer: same generators, selection off."""
    with Archive(tmp_path / "a.db") as archive:
        document = run(archive, replace(SMALL, proposer="random", bounds=Bounds(evaluations=20)))
        assert document["counts"]["evaluations"] == 20
        assert not archive.rows("SELECT * FROM parents")


def test_seeds_count_against_no_bound(tmp_path):
    """Seeds are members from the start, under ordinals 0, -1, …, and cost none of the budget."""
    with Archive(tmp_path / "a.db") as archive:
        config = replace(SMALL, seed_from=("baseline:spt", "baseline:fifo"), bounds=Bounds(evaluations=5))
        document = run(archive, config)
        assert document["counts"]["evaluations"] == 5
        rows = archive.rows("SELECT ordinal, status, operator FROM proposals WHERE ordinal <= 0 ORDER BY ordinal DESC")
        assert [tuple(r) for r in rows] == [(0, "evaluated", "seed"), (-1, "evaluated", "seed")]


def test_a_failing_sandbox_stops_the_campaign(tmp_path, monkeypatch):
    """Failures of ours are nobody's verdict: the campaign stops, and can be resumed."""
    from sandboxes import Outcome, Reason

    with Archive(tmp_path / "a.db") as archive:
        with session.start(SMALL, archive, **QUIET) as opened:
            broken = Outcome(Reason.INTERNAL_ERROR, detail="the disk is gone", backend="bubblewrap")
            monkeypatch.setattr(opened.executor.pool, "run", lambda job, gate=None: broken)
            ending = opened.search()
        assert ending.state == "failed" and "sandbox" in ending.reason
        monkeypatch.undo()
        assert not archive.rows("SELECT id FROM proposals WHERE evaluations > 0")
        with session.resume(None, archive, **QUIET) as opened:
            assert opened.search().state == "done"


@pytest.mark.parametrize("at", ["seeds", "beat"])
def test_what_fails_beside_the_lanes_stops_the_campaign_and_it_can_go_on(tmp_path, monkeypatch, at):
    """No machine for the seeds, or no room to write down what happened to machines: neither cuts a lane off."""

    def no_room(opened: session.Session) -> None:
        if at == "beat" and opened.progress.evaluations >= 10:
            raise ArchiveError("no room")

    def no_machine(*_, **__):
        raise ExecutorError("no machine")

    with Archive(tmp_path / "a.db") as archive:
        with session.start(SMALL, archive, no_room, QUIET["say"]) as opened, monkeypatch.context() as patch:
            if at == "seeds":
                patch.setattr(opened.life.evaluator, "evaluate", no_machine)
            ending = opened.search()
        assert (ending.state, ending.reason) == ("failed", "no machine" if at == "seeds" else "no room")
        with session.resume(None, archive, **QUIET) as opened:
            assert opened.search().state == "done"
        assert not archive.rows("SELECT id FROM proposals WHERE node != 'done' OR verdict = 'internal_error'")


def test_sequence_campaign_varies_whole_functions(tmp_path):
    """An entry point that is no expression is searched by operators on Python source."""
    config = CampaignConfig(
        problem="scheduling/single-machine-tardiness",
        entry_point="sequence",
        seed=2,
        founders=4,
        bounds=Bounds(evaluations=12),
    )
    with Archive(tmp_path / "a.db") as archive, session.start(config, archive, **QUIET) as opened:
        assert opened.search().state == "done"
        assert opened.life.islands.best is not None
        assert all("def sequence" in m.source for m in opened.life.islands.members())
        children = archive.rows("SELECT DISTINCT candidate_id FROM proposals WHERE ordinal > 0 AND verdict = 'ok'")
        assert len(children) > 2


@pytest.mark.parametrize("signal_at", [3, 9])
def test_stop_from_another_thread(tmp_path, signal_at):
    """A stop finishes what is in flight and leaves nothing half done."""
    with Archive(tmp_path / "a.db") as archive, session.start(replace(SMALL, workers=2), archive, **QUIET) as opened:
        threading.Timer(0.02 * signal_at, opened.engine.stop).start()
        ending = opened.search()
        assert ending.state in ("stopped", "done")
        assert not archive.rows("SELECT id FROM proposals WHERE node != 'done'")


KINDS = {
    "grid": {"kind": "grid", "selection": "rank", "half_life": 20, "near_duplicate": 0.95},
    "pareto": {"kind": "pareto", "selection": "tournament", "aims": ("gap", "length")},
    "ring": {"islands": 3, "merge": 0, "migrate": 6, "reset": 9, "inspirations": "unlike", "size": 12},
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_population_comes_back_the_same(tmp_path, kind):
    """Stopped and resumed, a campaign goes on with the same members in the same places."""
    config = replace(SMALL, population=PopulationSettings(**{"size": 20, "validate_top": 3} | KINDS[kind]))
    with Archive(tmp_path / "a.db") as archive:
        whole = run(archive, config)

        def stop_half_way(opened: session.Session) -> None:
            if opened.progress.evaluations >= 22:
                opened.engine.stop()

        with session.start(config, archive, on_beat=stop_half_way, say=QUIET["say"]) as opened:
            assert opened.search().state == "stopped"
            before = {m.candidate_id: opened.life.islands.homes(m.candidate_id) for m in opened.life.islands.members()}
            campaign = opened.campaign_id
        with session.resume(campaign, archive, **QUIET) as opened:
            after = {m.candidate_id: opened.life.islands.homes(m.candidate_id) for m in opened.life.islands.members()}
            assert after == before
            opened.search()
        assert history(archive, campaign) == history(archive, whole["campaign"])
        kinds = {row["kind"] for row in archive.rows("SELECT kind FROM events WHERE campaign_id = ?", (campaign,))}
        assert {"migrated", "reset"} <= kinds or kind != "ring"


def test_a_stuck_population_is_founded_anew(tmp_path):
    """Without a new best for long the population is given up, once in the archive too; what it found stays."""
    settings = PopulationSettings(size=20, validate_top=3, patience=25)
    config = replace(SMALL, founders=5, bounds=Bounds(evaluations=70), population=settings)
    with Archive(tmp_path / "a.db") as archive:
        with session.start(config, archive, **QUIET) as opened:
            assert opened.search().state == "done"
            restarts = archive.rows("SELECT json_extract(data, '$.ordinal') AS n FROM events WHERE kind = 'restarted'")
            assert restarts
            alive = archive.rows(
                "SELECT p.ordinal FROM members m JOIN proposals p ON p.id = m.proposal_id WHERE m.alive = 1"
            )
            assert all(row["ordinal"] > restarts[-1]["n"] for row in alive)
            assert {m.ordinal for m in opened.life.islands.members()} == {row["ordinal"] for row in alive}
        best = archive.row("SELECT min(validation) AS v FROM elites WHERE audit = 'ok'")
        kept = opened.store.best_validated("min", audited=True)
        assert best is not None and kept is not None and kept["validation"] == best["v"]


def test_children_that_fall_behind_on_validation_are_no_elites(tmp_path):
    """They are judged on a part of it only; what is chosen from has been judged on all."""
    population = PopulationSettings(size=90, validate_top=10)
    config = replace(SMALL, problem="scheduling/single-machine-tardiness", founders=60,
                     bounds=Bounds(evaluations=120), population=population)  # fmt: skip
    with Archive(tmp_path / "a.db") as archive:
        with session.start(config, archive, **QUIET) as opened:
            opened.search()
        judged = {
            row["candidate_id"]: row["complete"]
            for row in archive.rows(
                "SELECT candidate_id, complete FROM evaluations WHERE split = 'validation' AND proposal_id IS NOT NULL"
            )
        }
        elites = {row["candidate_id"] for row in archive.rows("SELECT candidate_id FROM elites")}
    assert elites and {judged[candidate] for candidate in elites} == {1}
    assert 0 in judged.values()
