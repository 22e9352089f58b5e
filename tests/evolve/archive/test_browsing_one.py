"""One campaign's course and map, one candidate's family and standing, one proposal's calls."""

from __future__ import annotations

import bisect
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from benchmarks.synthetic_archive import PROBLEMS, Landmarks, build, landmarks
from evaluators.baselines import baselines
from evaluators.evaluation import Evaluation, Resources
from evaluators.registry import describe_problem
from evaluators.statistics import paired
from evaluators.verdicts import Verdict
from evolve.archive import Archive, queries
from evolve.archive.arms import arms
from evolve.archive.asking import calls, insights
from evolve.archive.browse import BrowseError
from evolve.archive.cells import cells
from evolve.archive.declared import spec_of
from evolve.archive.family import CHILDREN, family
from evolve.archive.records import put_candidate, put_evaluation
from evolve.archive.standing import standings
from evolve.archive.sums import BLOCKS, champions, course, evaluations_until
from evolve.campaign.config import CampaignConfig
from evolve.campaign.history import CampaignHistory
from evolve.selection.settings import PopulationSettings
from tests.support.watched import Watched

LLM = "c0ffee05"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("one") / "evolve.db"
    build(path, 12_000)
    with Archive(path) as archive, archive.write() as connection:
        for number, state in ((901, "answered"), (902, "refused"), (903, "answered")):
            connection.execute(
                "INSERT INTO llm_calls (request_id, attempt, campaign_id, proposal_id, turn, state, messages, answer, "
                "model, prompt_name, cost_nusd) VALUES (?, 1, ?, ?, 0, ?, ?, ?, 'm', 'distill', 5)",
                (
                    f"s{number}", LLM, f"{LLM}-insights-{number:06d}", state,
                    json.dumps([{"role": "user", "content": [{"type": "text", "text": "Sum up."}]}]),
                    f"Lesson {number}.",
                ),
            )  # fmt: skip
    return path


@pytest.fixture(scope="module")
def where(path: Path) -> Landmarks:
    return landmarks(path)


@pytest.fixture
def archive(path: Path):
    with Archive(path) as archive:
        yield archive


def test_a_course_adds_up(archive: Archive, where: Landmarks) -> None:
    found = course(archive, where.campaign)
    row = queries.summary(archive, where.campaign)
    assert len(found.blocks) <= BLOCKS
    assert found.width == 64  # six thousand proposals
    assert [one.first for one in found.blocks] == [1 + 64 * k for k in range(len(found.blocks))]
    assert sum(one.proposals for one in found.blocks) == row["proposals"]
    assert sum(one.evaluations for one in found.blocks) == row["evaluations"]
    verdicts: Counter[str] = Counter()
    for one in found.blocks:
        verdicts.update(one.verdicts)
    rows = archive.rows(
        "SELECT coalesce(nullif(verdict, ''), status), count(*) FROM proposals WHERE campaign_id = ? GROUP BY 1",
        (where.campaign,),
    )
    assert verdicts == dict(map(tuple, rows))
    (best,) = archive.rows(
        "SELECT min(score) FROM evaluations WHERE campaign_id = ? AND split = 'train' AND complete = 1 "
        "AND verdict = 'ok'",
        (where.campaign,),
    )
    assert found.blocks[-1].best == pytest.approx(best[0])
    falling = [one.best for one in found.blocks if one.best is not None]
    assert falling == sorted(falling, reverse=True)
    assert (found.direction, found.problem) == ("min", PROBLEMS[0])
    json.dumps(found.as_json())


def test_champions_are_the_audited_bests(archive: Archive, where: Landmarks) -> None:
    found = course(archive, where.campaign)
    scores = [one.score for one in found.champions]
    assert scores == sorted(scores, reverse=True)
    assert found.champions[-1].candidate == queries.summary(archive, where.campaign)["winner"]
    assert [one.ordinal for one in found.champions] == sorted(one.ordinal for one in found.champions)


def test_what_operators_brought_is_what_a_look_at_all_finds(archive: Archive) -> None:
    found = {(one.operator, one.model): one for one in course(archive, LLM).arms}
    for row in arms(archive, LLM, "min"):
        one = found[row["operator"], row["model"] or ""]
        assert (one.proposals, one.improved, one.admitted) == (row["proposals"], row["improved"], row["admitted"])
        assert one.usd == pytest.approx(row["usd"])
    assert any(one.improved for one in found.values())
    (island,) = course(archive, LLM).islands
    assert island.proposals == sum(one.proposals for one in found.values())
    assert island.members == len(archive.rows("SELECT 1 FROM members WHERE campaign_id = ? AND alive = 1", (LLM,)))


def test_evaluations_up_to_a_champion_are_those_of_all_proposals_before(archive: Archive, where: Landmarks) -> None:
    for campaign in (where.campaign, LLM, "c0ffee00"):
        found = [champion.ordinal for champion in champions(archive, campaign, "min")]
        told = evaluations_until(archive, campaign, found)
        best, falling = float("inf"), []
        for row in CampaignHistory(archive, campaign).champions():
            if row["validation"] < best:
                best = row["validation"]
                falling.append(row["evaluations"])
        assert told == falling
    ordinals = [-1, 0, 1, 7, 8, 9, 511, 512, 513, 4096, 4100, 10**9]
    counted = [
        archive.rows(
            "SELECT coalesce(sum(evaluations), 0) FROM proposals WHERE campaign_id = ? AND ordinal <= ?",
            (where.campaign, ordinal),
        )[0][0]
        for ordinal in ordinals
    ]
    assert evaluations_until(archive, where.campaign, ordinals) == counted


def test_a_course_of_a_problem_that_is_gone(archive: Archive, tmp_path: Path) -> None:
    assert spec_of(archive, "no/such-problem") is None
    with Archive(tmp_path / "evolve.db") as other:
        with other.write() as connection:
            connection.execute(
                "INSERT INTO campaigns (id, problem, problem_version, entry_point, environment, config, created_at) "
                "VALUES ('c', 'no/such-problem', 'v', 'e', '', '{\"problem\": \"no/such-problem\"}', 1)"
            )
        found = course(other, "c")
        assert (found.direction, found.unit, found.blocks, found.baselines) == ("min", "", (), ())
        with pytest.raises(KeyError):
            course(other, "d")


def test_cells_hold_the_best_of_their_kind(archive: Archive, where: Landmarks) -> None:
    found = cells(archive, where.campaign)
    assert [axis.trait for axis in found.axes] == ["length", "branches"]
    assert found.members == 300
    assert not found.grid
    for one in found.elites:
        assert one.cell == tuple(
            bisect.bisect_right(axis.edges, value) for axis, value in zip(found.axes, one.traits, strict=True)
        )
    assert len({one.cell for one in found.elites}) == len(found.elites) > 1
    (best,) = archive.rows("SELECT min(score) FROM members WHERE campaign_id = ? AND alive = 1", (where.campaign,))
    assert min(one.score for one in found.elites) == best[0]
    other = cells(archive, where.campaign, ("numbers", "cpu_seconds"))
    assert [axis.trait for axis in other.axes] == ["numbers", "cpu_seconds"]
    with pytest.raises(BrowseError, match="axis is 'beauty'; allowed: length"):
        cells(archive, where.campaign, ("beauty",))
    with pytest.raises(KeyError):
        cells(archive, "nobody")


def test_a_grid_is_shown_on_its_own_axes(archive: Archive, tmp_path: Path) -> None:
    population = PopulationSettings(kind="grid", axes={"numbers": (2, 4)})
    config = CampaignConfig(PROBLEMS[0], population=population).as_json()
    with Archive(tmp_path / "evolve.db") as other:
        with other.write() as connection:
            connection.execute(
                "INSERT INTO campaigns (id, problem, problem_version, entry_point, config, created_at) "
                "VALUES ('c', ?, 'v', 'priority', ?, 1)",
                (PROBLEMS[0], json.dumps(config)),
            )
        found = cells(other, "c")
    assert found.grid
    assert [(axis.trait, axis.edges) for axis in found.axes] == [("numbers", (2, 4))]
    assert found.elites == ()


def test_a_family_is_the_lineage_with_its_edges(archive: Archive, where: Landmarks) -> None:
    found = family(archive, where.candidate, limit=60)
    line = queries.lineage(archive, where.candidate, limit=60)
    ancestors = [one for one in found.relatives if one.distance >= 0]
    assert [one.candidate for one in ancestors] == [one["candidate"] for one in line]
    assert all(one.verdict == "ok" for one in ancestors)
    assert not found.whole
    known = {one.candidate for one in found.relatives}
    expected = {(p, one.candidate) for one in found.relatives for p in one.parents if p in known}
    assert set(found.edges) == expected
    assert len(found.edges) >= len(ancestors) - 1
    assert family(archive, "nobody").relatives == ()


def test_a_family_has_children(archive: Archive, where: Landmarks) -> None:
    found = family(archive, where.popular, limit=1)
    children = [one for one in found.relatives if one.distance < 0]
    assert 0 < len(children) <= CHILDREN
    assert all((where.popular, one.candidate) in found.edges for one in children)


def test_calls_and_insights(archive: Archive) -> None:
    row = archive.row(
        "SELECT proposal_id, answer FROM llm_calls WHERE campaign_id = ? AND attempt = 2 AND state = 'answered'",
        (LLM,),
    )
    assert row is not None
    lost, answered = calls(archive, row["proposal_id"])
    assert (lost.state, lost.answer, lost.usd) == ("in_doubt", None, 0.03)
    assert (answered.state, answered.answer, answered.model) == ("answered", row["answer"], "openai/made-up")
    assert answered.messages[0].role == "user"
    assert "return" in answered.messages[0].content
    assert calls(archive, "nobody") == ()
    said = insights(archive, LLM, 2)
    assert [one.answer for one in said] == ["Lesson 903.", "Lesson 901."]
    assert "Sum up." in said[0].messages[0].content
    assert [one.answer for one in insights(archive, LLM, containing="lesson 901")] == ["Lesson 901."]
    assert insights(archive, "c0ffee") == ()


@pytest.fixture
def judged(tmp_path: Path):
    """An archive with two baselines and a third program, judged on four instances."""
    spec = describe_problem(PROBLEMS[2])
    entry = spec.entry_points[0]
    programs = baselines(spec, entry)
    (one, first), (other, second), (_, mine) = list(programs.items())[:3]
    scores = {first.id: [3.0, 4, 5, 6], second.id: [1.0, 2, 3, 4], mine.id: [2.0, 3, 4, np.nan]}
    with Archive(tmp_path / "evolve.db") as archive:
        with archive.write() as connection:
            connection.execute(
                "INSERT INTO instance_sets (id, problem, split, names, parts, best_known, proven) "
                'VALUES (\'set\', ?, \'train\', \'["a", "b", "c", "d"]\', \'["x", "x", "y", "y"]\', '
                "'[1, null, 3, 4]', '[1, 0, 0, 0]')",
                (spec.name,),
            )
            for candidate in (first, second, mine):
                put_candidate(connection, candidate, "")
                values = np.array(scores[candidate.id], float)
                whole = bool(np.isfinite(values).all())
                evaluation = Evaluation(
                    candidate_id=candidate.id, split="train", verdict=Verdict.OK, stage="train",
                    score=float(np.nanmean(values)), confidence=(1.0, 9.0) if whole else None, values={},
                    instance_scores=values, instance_objectives=10 * values, complete=whole, stages=(), feedback="",
                    resources=Resources(0.1, 0.1, 1), decisions_digest="", sandbox="none", environment="here",
                )  # fmt: skip
                put_evaluation(connection, evaluation, spec, entry.name, "set", None, None)
        yield archive, one, other, first, second, mine


def test_a_standing_is_instance_by_instance(judged) -> None:
    archive, one, other, first, second, mine = judged
    (found,) = standings(archive, first.id)
    assert (found.instances, found.parts) == (("a", "b", "c", "d"), ("x", "x", "y", "y"))
    assert found.best_known == (1, None, 3, 4)
    assert found.scores == (3.0, 4.0, 5.0, 6.0)
    assert found.objectives == (30.0, 40.0, 50.0, 60.0)
    (rival,) = found.rivals  # the third is not judged on all, and nobody is compared with himself
    assert (rival.name, rival.candidate, rival.score) == (other, second.id, 2.5)
    expected = paired(np.array([3.0, 4, 5, 6]), np.array([1.0, 2, 3, 4]), found.direction)
    assert (rival.difference, rival.comparison) == (expected.difference, expected.comparison.value)
    (raced,) = standings(archive, mine.id)
    assert raced.scores == (2.0, 3.0, 4.0, None)
    assert [rival.name for rival in raced.rivals] == [one, other]
    assert all((rival.difference, rival.comparison) == (None, "") for rival in raced.rivals)
    assert standings(archive, first.id, ("validation",)) == ()
    json.dumps(found.as_json())


def test_nothing_of_it_looks_through_a_table(path: Path, where: Landmarks, monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched(monkeypatch)
    with Archive(path) as archive:
        asked = {
            "course": lambda: course(archive, where.campaign),
            "evaluations": lambda: evaluations_until(archive, where.campaign, range(100, 5000, 700)),
            "comparison": lambda: (
                queries.comparison(archive, where.comparison),
                queries.compared(archive, where.comparison),
            ),
            "cells": lambda: cells(archive, where.campaign),
            "family": lambda: family(archive, where.candidate),
            "family of a popular one": lambda: family(archive, where.popular),
            "standings": lambda: standings(archive, where.candidate),
            "calls": lambda: calls(archive, f"{LLM}-000030"),
            "insights": lambda: insights(archive, LLM),
        }
        for name, ask in asked.items():
            watched.steps = 0
            ask()
            assert watched.steps < 60, f"{name}: {watched.steps} thousand steps"
    assert watched.scans(path) == []
