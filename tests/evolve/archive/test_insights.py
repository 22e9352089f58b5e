"""Insights of all campaigns: searched as proposals are, indexed whenever they were answered, and never gone through."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from benchmarks.synthetic_archive import build
from evolve.archive import Archive
from evolve.archive.browse import BrowseError, Wanted
from evolve.archive.insights import beside, insights_of
from evolve.archive.verify import verify
from tests.support.watched import Watched

EARLIER, LATER = "c0ffee05", "c0ffee01"
SAID = "<think>\nMaybe zebras?\n</think>\nHere is what I learnt:\n- Weigh slack_left by due dates.\n- Long jobs last.\n"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("insights") / "evolve.db"
    build(path, 4000)
    with Archive(path) as archive, archive.write() as connection:
        for campaign, answer in ((EARLIER, SAID), (LATER, "1. Zebras: slack_left only.\n2. Ties by weight.")):
            connection.execute(
                "INSERT INTO llm_calls (request_id, attempt, campaign_id, proposal_id, turn, model, state, cost_nusd, "
                "reserved_nusd) VALUES (?, 1, ?, ?, 0, 'a/b', 'reserved', NULL, 5)",
                (campaign, campaign, f"{campaign}-insights-000777"),
            )
            connection.execute(
                "UPDATE llm_calls SET state = 'answered', answer = ?, cost_nusd = 1, prompt_tokens = 1, "
                "completion_tokens = 1 WHERE request_id = ?",
                (answer, campaign),
            )
    return path


@pytest.fixture
def archive(path: Path):
    with Archive(path) as archive:
        yield archive


def test_they_are_found_in_all_campaigns_the_latest_first(archive: Archive) -> None:
    found = insights_of(archive, "slack_left")
    assert [(row.campaign, row.summary, row.model) for row in found.rows] == [
        (LATER, 777, "a/b"),
        (EARLIER, 777, "a/b"),
    ]
    assert [row.excerpt for row in found.rows] == ["Zebras: slack_left only.", "Weigh slack_left by due dates."]
    assert found.rows[1].text == "Here is what I learnt:\nWeigh slack_left by due dates.\nLong jobs last."
    assert [row.campaign for row in insights_of(archive, '"due dates" -ties').rows] == [EARLIER]
    assert [row.excerpt for row in insights_of(archive, "maybe").rows] == ["Maybe zebras?"]
    assert insights_of(archive, "slack").rows[0].campaign != LATER  # a name is one word
    assert insights_of(archive, "777").rows == ()  # ids are not what was said


def test_pages_are_all_of_them(archive: Archive) -> None:
    rows = archive.rows(
        "SELECT proposal_id, campaign_id, problem FROM llm_calls JOIN campaigns ON campaigns.id = campaign_id "
        "WHERE proposal_id LIKE '%-insights-%' AND llm_calls.state = 'answered' ORDER BY 1"
    )
    ids = [row["proposal_id"] for row in rows]
    problems = {row["problem"] for row in rows}
    assert len(ids) > 15 and len(problems) > 1

    def walked(**among: str) -> list[str]:
        found: list[str] = []
        before = None
        while True:
            page = insights_of(archive, before=before, limit=7, **among)
            assert [row.number for row in page.rows] == sorted((row.number for row in page.rows), reverse=True)
            found += [f"{row.campaign}-insights-{row.summary:06d}" for row in page.rows]
            if (before := page.before) is None:
                return found

    assert sorted(walked()) == ids
    assert sorted(walked(campaign=EARLIER)) == [one for one in ids if one.startswith(EARLIER)]
    for problem in problems:
        assert sorted(walked(problem=problem)) == [row["proposal_id"] for row in rows if row["problem"] == problem]
    assert walked(problem=next(iter(problems)).rpartition("-")[0]) == []  # the beginning of a name is not the name


def test_an_archive_of_before_has_them_once_it_is_opened(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "before.db"
    shutil.copy(path, copy)
    with sqlite3.connect(copy) as connection:
        everything = sorted(connection.execute("SELECT answer, problem, campaign_id, call_id FROM insights"))
        for trigger in ("insight_is_found", "insight_is_answered"):
            connection.execute(f"DROP TRIGGER {trigger}")
        connection.execute("DROP TABLE insights")
        connection.execute("DELETE FROM _sqlite_migrations WHERE name = 'm010_insights'")
        connection.execute("PRAGMA user_version = 9")
    connection.close()
    with Archive(copy) as archive:
        again = archive.rows("SELECT answer, problem, campaign_id, call_id FROM insights")
        assert sorted(tuple(row) for row in again) == everything
        assert [row.campaign for row in insights_of(archive, "slack_left", campaign=LATER).rows] == [LATER]


def test_one_that_is_missing_is_told_by_verify(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "missing.db"
    shutil.copy(path, copy)
    with sqlite3.connect(copy) as connection:
        connection.execute("DELETE FROM insights WHERE insights MATCH 'slack_left'")
    connection.close()
    with Archive(copy) as archive:
        said = [one["said"] for one in verify(archive, lambda message: None)["findings"] if "insights" in one["said"]]
    assert said == [f"insights of campaign {one} cannot all be searched for" for one in (LATER, EARLIER)]


def test_beside_proposals_only_where_nothing_else_is_asked_for(archive: Archive) -> None:
    assert len(beside(archive, Wanted(search="slack_left"), 1).rows) == 1
    assert [row.campaign for row in beside(archive, Wanted(search="slack_left", campaign=EARLIER), 3).rows] == [EARLIER]
    assert beside(archive, Wanted(search="slack_left", verdict="ok"), 3).rows == ()
    assert beside(archive, Wanted(), 3).rows == ()


def test_what_cannot_be_had_is_said(archive: Archive) -> None:
    with pytest.raises(BrowseError, match="needs a word"):
        insights_of(archive, "-")
    with pytest.raises(BrowseError, match="limit is 0"):
        insights_of(archive, limit=0)
    for odd in ('"', "\0", 'a" OR answer : "b', "answer"):
        assert insights_of(archive, campaign=odd).rows == insights_of(archive, problem=odd).rows == ()


def test_nothing_is_gone_through(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched(monkeypatch)
    with Archive(path) as archive:
        for among in ({}, {"campaign": EARLIER}, {"problem": "packing/online-bin-packing"}):
            insights_of(archive, "np.minimum", limit=3, **among)
    assert watched.scans(path) == []
