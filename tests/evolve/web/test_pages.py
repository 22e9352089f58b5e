"""Pages as they come from the server: what they say, and that nothing of a candidate's is obeyed."""

from __future__ import annotations

import html
import json
import re
import sqlite3
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from benchmarks.synthetic_archive import Landmarks
from evolve.archive import Archive
from evolve.web.app import make_app

HERE = "http://localhost"
LARGEST = 300_000  # bytes of a page


def paths(where: Landmarks) -> list[str]:
    """Every kind of page."""
    return [
        "/",
        f"/campaigns/{where.campaign}",
        f"/campaigns/{where.campaign}/map",
        f"/campaigns/{where.campaign}/map?x=length&y=length",
        f"/comparisons/{where.comparison}",
        "/candidates",
        f"/candidates?campaign={where.campaign}&sort=lowest",
        "/candidates?search=minimum&verdict=ok",
        "/candidates?search=minimum",
        "/insights",
        "/insights?search=nowhere",
        f"/candidates/{where.candidate}",
        f"/candidates/{where.candidate}/family",
        "/diff",
        f"/diff?one={where.candidate}&other={where.popular}",
        "/rcbench",
        "/nowhere",
    ]


def form_of(page: str) -> dict[str, str]:
    """What a browser sends along with a form of the page."""
    (word,) = {html.unescape(word) for word in re.findall(r'name="word" value="([^"]+)"', page)}
    return {"word": word}


def test_pages_are_small_whole_and_of_our_own(client: TestClient, where: Landmarks) -> None:
    for path in paths(where):
        answer = client.get(path)
        assert answer.status_code == (404 if path == "/nowhere" else 200), path
        page = answer.text
        assert len(answer.content) < LARGEST, path
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script>|(?<!xmlns=\")https?://", page), path
        assert len(re.findall("<h1", page)) == 1, path
        assert all(f"<{landmark}" in page for landmark in ("header", "nav", "main")), path
        assert 'href="#main"' in page and '<html lang="en">' in page, path
        assert "None" not in re.sub(r"<[^>]*>", "", page), path
        ids = re.findall(r'\sid="([^"]+)"', page)
        assert len(ids) == len(set(ids)), path


def test_styles_and_scripts_may_be_kept_for_ever(client: TestClient) -> None:
    page = client.get("/").text
    addresses = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
    assert len(addresses) == 5
    for address in addresses:
        answer = client.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
    assert client.get("/static/../app.py").status_code == 404


def test_campaigns_are_listed_and_paged(client: TestClient, where: Landmarks, filled: Path) -> None:
    page = client.get("/").text
    assert f'href="/campaigns/{where.campaign}"' in page
    assert "Comparisons" in page
    oldest, at = sqlite3.connect(filled).execute("SELECT id, created_at FROM campaigns ORDER BY created_at").fetchone()
    older = client.get(f"/?before={at + 1}").text
    assert f'href="/campaigns/{oldest}"' in older
    assert where.campaign not in older


def test_an_archive_without_campaigns_says_how_to_begin(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    with Archive(path) as archive, archive.write():
        pass
    assert "evolve run" in TestClient(make_app(path), base_url=HERE).get("/").text


def test_a_campaign_tells_how_it_went(client: TestClient, where: Landmarks, filled: Path) -> None:
    page = client.get(f"/campaigns/{where.campaign[:8]}").text
    for heading in ("Best so far", "Verdicts over time", "Evaluations per second", "reward", "Islands"):
        assert heading in page
    (evaluations,) = sqlite3.connect(filled).execute(
        "SELECT evaluations FROM campaign_totals WHERE campaign_id = ?", (where.campaign,)
    ).fetchone()  # fmt: skip
    assert f"<dd>{evaluations}" in page
    assert "done" in page
    assert "/stop" not in page and "/resume" not in page


def test_a_candidate_tells_all_there_is(client: TestClient, where: Landmarks) -> None:
    page = client.get(f"/candidates/{where.candidate[:12]}").text
    for said in ("Program", "Judged on train", "Each instance", "made-31", "Where it came from", "Parents:", "diff"):
        assert said in page
    assert f'href="/campaigns/{where.campaign}"' in page
    assert '<span class="k">def</span>' in page


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/campaigns/ffffffff", "No campaign begins"),
        ("/candidates/abc", "at least 4 digits"),
        ("/candidates/zzzz", "No id of a candidate begins so"),
        ("/candidates/0000000000/family", "No id"),
        ("/rcbench/none", "no run"),
    ],
)
def test_what_is_not_there_is_said_in_a_page(client: TestClient, path: str, said: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert said in answer.text


def test_insights_that_say_so_stand_above_what_was_proposed(client: TestClient) -> None:
    page = client.get("/candidates?search=np.minimum").text
    (section,) = re.findall(r"<h2>Insights that say so</h2>(.*?)</section>", page, re.DOTALL)
    assert section.count("<q>np.minimum beats a chain of branches.</q>") == 3
    (campaign,) = set(re.findall(r'href="/campaigns/(\w+)"', section))
    (address,) = re.findall(r'href="(/insights[^"]*)"', section)
    answer = client.get(html.unescape(address)).text
    assert answer.count("<blockquote") > 3
    assert f'href="/campaigns/{campaign}"' in answer
    assert f'href="/insights?campaign={campaign}"' in client.get(f"/campaigns/{campaign}").text
    assert "Insights that say so" not in client.get("/candidates?search=np.minimum&verdict=ok").text


def test_insights_are_read_page_by_page(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evolve.web.pages.insights.PER_PAGE", 5)
    page = client.get("/insights").text
    shown = re.findall(r"Seen after \d+ rounds", page)
    assert len(shown) == 5
    (following,) = re.findall(r'href="([^"]+)" rel="next"', client.get("/insights?search=seen").text)
    older = re.findall(r"Seen after \d+ rounds", client.get(html.unescape(following)).text)
    assert len(older) == 5 and not set(shown) & set(older)
    assert "needs a word" in client.get("/insights?search=-").text


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("sort=lowest", "needs a problem or a campaign"),
        ("sort=oddest", "allowed: newest"),
        ("verdict=good", "allowed: ok"),
        ("least=much", "are numbers"),
        ("after=x", "allowed:"),
        ("search=-", "needs a word"),
    ],
)
def test_what_cannot_be_asked_is_said_above_the_table(client: TestClient, query: str, said: str) -> None:
    answer = client.get(f"/candidates?{query}")
    assert answer.status_code == 200
    assert said in answer.text


def test_pages_of_candidates_follow_each_other(client: TestClient, where: Landmarks) -> None:
    path, seen = f"/candidates?campaign={where.campaign}", []
    while path:
        page = client.get(path).text
        seen += re.findall(r'<th scope="row"><a class="id" href="/candidates/([0-9a-f]+)"', page)
        following = re.search(r'href="(/candidates\?[^"]*after=[^"]*)" rel="next"', page)
        path = html.unescape(following[1]) if following else ""
    assert len(seen) > 400
    assert where.candidate in seen


def test_differences_stand_side_by_side(client: TestClient, where: Landmarks) -> None:
    page = client.get(f"/diff?one={where.candidate[:16]}&other={where.popular[:16]}").text
    assert page.count('<tr class="changed">') >= 1
    assert page.count('<tr class="equal">') >= 1
    same = client.get(f"/diff?one={where.candidate}&other={where.candidate}").text
    assert "Nothing differs" in same


def test_a_hostile_candidate_stays_text(hostile: tuple[Path, str], where: Landmarks) -> None:
    path, candidate = hostile
    client = TestClient(make_app(path), base_url=HERE)
    pages = [*paths(where), f"/candidates/{candidate}", f"/diff?one={candidate}&other={where.popular}"]
    for place in [*pages, f"/candidates/{candidate}/family", "/candidates?search=window", "/insights"]:
        page = client.get(place).text
        assert "<script>window" not in page, place
        assert "<img" not in page and "<svg onload" not in page, place
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", page), place
    shown = client.get(f"/candidates/{candidate}").text
    assert "{{ 7 * 7 }}" in re.sub(r"<[^>]*>", "", shown)
    for visible in ("␛]0;taken␇", "‹U+202E›", "‹U+200B›", "‹U+009B›"):
        assert visible in shown


def test_exports_are_downloads(client: TestClient, where: Landmarks) -> None:
    form = form_of(client.get(f"/campaigns/{where.campaign}").text)
    ours = {"Origin": HERE, "Sec-Fetch-Site": "same-origin"}
    record = client.post(f"/campaigns/{where.campaign}/export", data=form | {"format": "record"}, headers=ours)
    assert record.headers["content-disposition"] == f'attachment; filename="campaign-{where.campaign}.jsonl"'
    assert json.loads(record.text.splitlines()[0])["campaign"] == where.campaign
    report = client.post(f"/campaigns/{where.campaign}/export", data=form | {"format": "html"}, headers=ours)
    assert report.headers["content-disposition"].startswith("attachment")
    assert where.campaign in report.text
    wrong = client.post(f"/campaigns/{where.campaign}/export", data=form | {"format": "exe"}, headers=ours)
    assert (wrong.status_code, "allowed: html, record" in wrong.text) == (400, True)
    module = client.post(f"/candidates/{where.candidate}/export", data=form | {"format": "module"}, headers=ours)
    assert module.headers["content-type"].startswith("text/plain")
    assert "def " in module.text


def test_a_form_without_the_word_does_nothing(client: TestClient, where: Landmarks) -> None:
    ours = {"Origin": HERE, "Sec-Fetch-Site": "same-origin"}
    for action in ("stop", "resume", "export"):
        for form in ({}, {"word": ""}, {"word": "guessed"}):
            answer = client.post(f"/campaigns/{where.campaign}/{action}", data=form, headers=ours)
            assert answer.status_code == 403
            assert "load it again" in answer.text
    large = {"word": "x" * 20_000}
    assert client.post(f"/campaigns/{where.campaign}/stop", data=large, headers=ours).status_code == 403
