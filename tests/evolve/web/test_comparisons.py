"""The page of a comparison, and the same as JSON: one that is done, one on its way, one that has not begun."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from serving import served
from starlette.testclient import TestClient

from benchmarks.synthetic_archive import Landmarks
from evolve.archive import Archive
from evolve.compare.report import document_of
from evolve.web.app import make_app
from tests.support.browser import Watched

if TYPE_CHECKING:
    from playwright.sync_api import Browser

HERE = "http://localhost"
OURS = {"Origin": HERE, "Sec-Fetch-Site": "same-origin"}
LAST = "c0ffee03"
"""The campaign that is run last: genetic, repeat 1."""


@pytest.fixture
def copied(filled: Path, tmp_path: Path) -> Path:
    """An archive that a test may write to."""
    path = tmp_path / "evolve.db"
    shutil.copy(filled, path)
    return path


def change(path: Path, *statements: str) -> None:
    with Archive(path) as archive, archive.write() as connection:
        for statement in statements:
            connection.execute(statement)


UNDER_WAY = f"UPDATE campaigns SET state = 'stopped', report = NULL, winner = NULL WHERE id = '{LAST}'"
ENDED = (
    "UPDATE campaigns SET state = 'done', report = (SELECT report FROM campaigns WHERE id = 'c0ffee00') "
    f"WHERE id = '{LAST}'"
)
NOT_BEGUN = (
    f"UPDATE comparison_campaigns SET campaign_id = 'f' || campaign_id WHERE campaign_id = '{LAST}'",
    f"UPDATE campaigns SET state = 'stopped', report = NULL WHERE id < '{LAST}'",
)


def text_of(page: str) -> str:
    """What is read, chart and all."""
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


def test_it_tells_what_was_compared_and_links_to_it_lead_here(client: TestClient, where: Landmarks) -> None:
    address = f'href="/comparisons/{where.comparison}"'
    assert address in client.get("/").text
    assert address in client.get(f"/campaigns/{LAST}").text
    assert address not in client.get(f"/campaigns/{where.campaign}").text
    page = client.get(f"/comparisons/{where.comparison[:6]}").text
    said = text_of(page)
    assert "Genetic against random" in said
    (row,) = client.get("/api/comparisons").json()
    assert f"Budget of each campaign {row['evaluations']} evaluations" in said
    assert "Seeds of each proposer 2 0 to 1" in said
    assert "4 of 4 campaigns are done. No proposers can be told apart yet." in said
    assert f"evolve compare --resume {where.comparison}" in said
    assert "genetic − random" in said
    assert "indistinguishable" in said
    for campaign in ("c0ffee00", "c0ffee01", "c0ffee02", LAST):
        assert f'href="/campaigns/{campaign}"' in page
    assert page.count('href="/candidates/') == 4  # the winners


def test_one_on_its_way_shows_what_there_is(copied: Path, where: Landmarks) -> None:
    change(copied, UNDER_WAY)
    client = TestClient(make_app(copied), base_url=HERE)
    said = text_of(client.get(f"/comparisons/{where.comparison}").text)
    assert "3 of 4 campaigns are done." in said
    assert "Under way: genetic, seed 1." in said
    assert "genetic, seed 1: from" in said  # the chart's description
    assert "Results until now" in said
    assert re.search(r"genetic 1 of 2", said)
    # The document is kept until a campaign ends: then it is another one.
    change(copied, ENDED)
    assert "4 of 4 campaigns are done." in text_of(client.get(f"/comparisons/{where.comparison}").text)
    assert "Under way" not in text_of(client.get(f"/comparisons/{where.comparison}").text)


def test_before_a_campaign_is_done_there_are_its_curves(copied: Path, where: Landmarks) -> None:
    change(copied, *NOT_BEGUN)
    client = TestClient(make_app(copied), base_url=HERE)
    page = client.get(f"/comparisons/{where.comparison}").text
    assert "Results" not in page
    assert "Under way: genetic, seed 0; random, seed 0; random, seed 1." in text_of(page)
    assert "not begun" in page
    assert f'href="/campaigns/f{LAST}"' not in page
    told = client.get(f"/api/comparisons/{where.comparison}").json()
    assert (told["proposers"], told["pairs"]) == ([], [])
    assert [one["state"] for one in told["campaigns"]] == ["stopped"] * 3 + ["not begun"]
    change(copied, "UPDATE comparison_campaigns SET campaign_id = 'e' || campaign_id")
    said = text_of(client.get(f"/comparisons/{where.comparison}").text)
    assert "No campaign of it has begun yet." in said
    form = {"word": client.app.access.word}  # type: ignore[attr-defined]
    refused = client.post(f"/comparisons/{where.comparison}/export", data=form, headers=OURS)
    assert (refused.status_code, "nothing to report" in refused.text) == (400, True)


def test_who_is_better_is_said_in_words(copied: Path, where: Landmarks) -> None:
    with Archive(copied, create=False) as archive:
        document = document_of(archive, where.comparison)
    for pair in document["pairs"]:
        del pair["comparison"]  # as earlier releases wrote it
        pair |= {"p": 0.01, "p_holm": 0.02, "a12": 0.0}
    with Archive(copied) as archive, archive.write() as connection:
        connection.execute(
            "UPDATE comparisons SET state = 'done', stop_reason = '', report = ?", (json.dumps(document),)
        )
    client = TestClient(make_app(copied), base_url=HERE)
    said = text_of(client.get(f"/comparisons/{where.comparison}").text)
    assert "4 of 4 campaigns are done. genetic is worse than random." in said
    assert client.get(f"/api/comparisons/{where.comparison}").json()["pairs"][0]["comparison"] == "worse"


def test_its_report_is_a_download(client: TestClient, where: Landmarks) -> None:
    (word,) = set(re.findall(r'name="word" value="([^"]+)"', client.get(f"/comparisons/{where.comparison}").text))
    report = client.post(f"/comparisons/{where.comparison[:5]}/export", data={"word": word}, headers=OURS)
    assert report.headers["content-disposition"] == f'attachment; filename="comparison-{where.comparison}.html"'
    assert "genetic − random" in report.text
    assert "indistinguishable" in report.text
    assert client.post(f"/comparisons/{where.comparison}/export", data={}, headers=OURS).status_code == 403


def test_the_same_as_json(client: TestClient, filled: Path, where: Landmarks) -> None:
    told: dict[str, Any] = client.get(f"/api/comparisons/{where.comparison[:6]}").json()
    (row,) = client.get("/api/comparisons").json()
    with Archive(filled, create=False) as archive:
        document = document_of(archive, where.comparison)
    assert told["summary"] == row
    assert [one["median"] for one in told["proposers"]] == [one["median"] for one in document["results"]]
    curve = told["proposers"][0]["curve"]
    assert [at["evaluations"] for at in curve] == document["curves"]["evaluations"]
    assert [at["high"] for at in curve] == document["curves"]["proposers"]["genetic"]["high"]
    assert told["pairs"] == document["pairs"]
    kept = ("campaign", "proposer", "repeat", "seed", "state", "evaluations", "winner", "validation")
    assert [[one[key] for key in kept] for one in told["campaigns"]] == [
        [one[key] for key in kept] for one in document["campaigns"]
    ]


@pytest.mark.parametrize("path", ["/comparisons/ffff", "/api/comparisons/ffff", "/live/comparison/ffff"])
def test_one_that_is_not_there(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "o comparison begins with" in answer.text


def test_it_follows_its_campaigns(browser: Browser, copied: Path, where: Landmarks) -> None:
    change(copied, UNDER_WAY)
    watched = Watched(browser.new_context().new_page())
    page = watched.page
    page.set_default_timeout(15_000)
    with served(copied) as address:
        page.goto(f"{address}comparisons/{where.comparison}")
        change(copied, f"UPDATE campaign_totals SET evaluations = 9876 WHERE campaign_id = '{LAST}'")
        page.locator("#campaigns").get_by_text("9876").wait_for()
        assert page.get_by_text("Under way: genetic, seed 1.").is_visible()
        change(copied, ENDED, "UPDATE comparisons SET stop_reason = 'seen live'")
        page.get_by_text("4 of 4 campaigns are done.").wait_for()
        page.get_by_text("seen live").wait_for()
        page.get_by_text("Under way").wait_for(state="detached")
        page.goto(address)
        change(copied, UNDER_WAY)
        page.locator("#comparisons").get_by_text("3 of 4").wait_for()
    page.context.close()
    assert watched.complaints == []
