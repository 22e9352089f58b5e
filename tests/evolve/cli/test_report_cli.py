"""`evolve archive export --format html`: from the archive of a real campaign, and in a browser."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cli_running import Finished, Ran

from tests.support.browser import Watched, chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser

HOSTILE = """def priority(a):
    \"\"\"</code></pre><script>document.title = 'owned'</script><img src=x onerror="document.title='owned'">\"\"\"
    # \x1b]0;owned\x07\x1b[31m \u202e }
    return a  # ]]> {{ 7 * 7 }} {% raw %}
"""


class Outline(HTMLParser):
    """Elements of a page, and the levels of its headings."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.headings: list[int] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src", "srcset", "action", "data")]
        assert not [name for name, _ in attrs if name == "style" or name.startswith("on")]


def outline(text: str) -> Outline:
    found = Outline()
    found.feed(text)
    return found


@pytest.fixture
def reported(evolve: Callable[..., Ran], finished: Finished, tmp_path: Path) -> Path:
    """The report of the finished campaign."""
    ran = evolve(
        "archive", "export", finished.document["campaign"][:6], "--format", "html", "--output", "report.html",
        "--archive", str(finished.archive),
    )  # fmt: skip
    assert (ran.code, ran.out) == (0, ""), ran.err
    assert re.search(r"report\.html: campaign \w+, \d+ kB in one file", ran.err)
    return tmp_path / "report.html"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


def test_a_report_tells_the_campaign(reported: Path, finished: Finished) -> None:
    text = reported.read_text(encoding="utf-8")
    found, document = outline(text), finished.document
    assert found.headings[0] == 1
    assert found.headings.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(found.headings, found.headings[1:], strict=False))
    assert all(address.startswith("#") for address in found.addresses)
    assert not {"script", "img", "iframe", "link", "object", "form"} & set(found.tags)
    winner = document["winner"]
    assert winner["candidate"] in text
    for word in winner["source"].split("(")[0].split():
        assert word in text
    for wanted in (
        document["campaign"], document["problem_version"], document["environment"], "On test", "In plain words",
        "What became of proposals", "evolve archive verify", f"evolve replay {winner['candidate'][:16]}",
        document["test"]["secret"], "evolve run campaign.toml",
    ):  # fmt: skip
        assert wanted in text
    for name in document["test"]["versus"]:
        assert name in text
    assert "Against other proposers" not in text  # nobody has compared them
    (size,) = re.findall(r"One file of about (\d+) kB", text)
    assert abs(int(size) * 1000 - len(text.encode())) < 1500
    for svg in re.findall(r"<svg.*?</svg>", text, re.DOTALL):
        ET.fromstring(svg)


def test_the_same_archive_gives_the_same_report(evolve, finished, reported, tmp_path):
    shutil.copy(finished.archive, tmp_path / "evolve.db")
    ran = evolve("archive", "export", finished.document["campaign"], "--format", "html")
    assert ran.out == reported.read_text(encoding="utf-8")
    found = evolve("archive", "export", finished.document["campaign"], "--format", "html", "--json").document()
    assert found == {"campaign": finished.document["campaign"], "bytes": len(ran.out.encode()), "html": ran.out}


def test_a_campaign_is_run_again_from_its_report(finished, reported, tmp_path):
    from html import unescape

    from evolve.archive import Archive
    from evolve.campaign.config import CampaignConfig, read_campaign

    (told,) = re.findall(r"<summary>campaign.toml</summary><pre>(.*?)</pre>", reported.read_text(), re.DOTALL)
    (tmp_path / "campaign.toml").write_text(unescape(told), encoding="utf-8")
    with Archive(finished.archive, create=False) as archive:
        row = archive.row("SELECT config FROM campaigns")
    assert read_campaign(tmp_path / "campaign.toml") == CampaignConfig.from_json(json.loads(row["config"]))


def test_the_winner_is_explained_by_whoever_asks(evolve, finished, tmp_path):
    def report(*more: str) -> Ran:
        return evolve(
            "archive", "export", finished.document["campaign"], "--format", "html", "--archive",
            str(finished.archive), *more,
        )  # fmt: skip

    (tmp_path / "words.txt").write_text("It <b>puts</b> short jobs first.\n\nAnd long ones last.\n")
    for given in ("@words.txt", "It <b>puts</b> short jobs first."):
        text = report("--explanation", given).out
        assert "<p>It &lt;b&gt;puts&lt;/b&gt; short jobs first.</p>" in text
        assert "By the author of this report." in text
    assert "<p>And long ones last.</p>" in report("--explanation", "@words.txt").out
    for given, said in (("@nowhere", "nowhere: cannot be read"), (" ", "must have 1 to 20000 characters")):
        refused = report("--explanation", given)
        assert (refused.code, refused.err.count("\n")) == (2, 1)
        assert said in refused.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--format", "html"), "needs a campaign or a comparison"),
        (("zzzz", "--format", "html"), "no campaign's or comparison's id starts with 'zzzz'"),
        (("zzzz", "--explanation", "x"), "--explanation is for --format html, not module"),
    ],
)
def test_a_mistake_is_one_sentence(evolve, finished, arguments, said):
    ran = evolve("archive", "export", *arguments, "--archive", str(finished.archive))
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert said in ran.err


def test_a_campaign_on_its_way_is_reported_as_far_as_it_is(evolve, finished, tmp_path):
    shutil.copy(finished.archive, tmp_path / "running.db")
    with sqlite3.connect(tmp_path / "running.db") as connection:
        connection.execute("UPDATE campaigns SET report = NULL, winner = NULL, state = 'running', stop_reason = ''")
    connection.close()
    ran = evolve("archive", "export", finished.document["campaign"], "--format", "html", "--archive", "running.db")
    assert ran.code == 0, ran.err
    assert finished.document["winner"]["candidate"] in ran.out  # it leads
    assert finished.document["test"]["secret"] not in ran.out
    assert "On test" not in ran.out
    # Baselines are drawn before the campaign's document tells them, too.
    (curve,) = re.findall(r"<h3>Best so far on validation</h3>(.*?)<h3>", ran.out, re.DOTALL)
    baselines = finished.document["baselines"]["validation"]
    assert baselines and all(name in curve for name in baselines)
    with sqlite3.connect(tmp_path / "running.db") as connection:
        connection.execute("DELETE FROM elites")
    connection.close()
    ran = evolve("archive", "export", finished.document["campaign"], "--format", "html", "--archive", "running.db")
    assert "No candidate has passed validation and audit yet." in ran.out


@pytest.fixture
def hostile(finished: Finished, tmp_path: Path) -> Path:
    """The archive with a program, an operator and a failure by somebody who would like to be more than read."""
    shutil.copy(finished.archive, tmp_path / "hostile.db")
    with sqlite3.connect(tmp_path / "hostile.db") as connection:
        (text,) = connection.execute("SELECT report FROM campaigns").fetchone()
        document = json.loads(text)
        document["winner"] |= {"source": HOSTILE, "genome": HOSTILE}
        connection.execute("UPDATE campaigns SET report = ?, stop_reason = ?", (json.dumps(document), HOSTILE))
        connection.execute("UPDATE proposals SET operator = ?, remark = ? WHERE ordinal > 0", (HOSTILE, HOSTILE))
        connection.execute(
            "UPDATE proposals SET failure = ?, verdict = 'rejected', status = 'rejected' WHERE ordinal = 2", (HOSTILE,)
        )
    connection.close()
    return tmp_path / "hostile.db"


def test_hostile_text_does_nothing(evolve, finished, hostile, browser, tmp_path):
    campaign = finished.document["campaign"]
    ran = evolve("archive", "export", campaign, "--format", "html", "-o", "r.html", "--archive", str(hostile))
    assert ran.code == 0, ran.err
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "script" not in outline(text).tags
    assert all(c.isprintable() or c == "\n" or c == "\t" for c in text)
    assert "␛]0;owned" in text
    assert "{{ 7 * 7 }}" in text
    watched = Watched(browser.new_page())
    watched.page.goto((tmp_path / "r.html").as_uri())
    assert watched.page.title() != "owned"
    assert watched.page.evaluate("document.querySelectorAll('img, script').length") == 0
    assert watched.complaints == []


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_a_report_opens_from_disk_and_asks_for_nothing(browser, reported, scheme, width):
    page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 900})
    watched = Watched(page)
    page.goto(reported.as_uri())
    assert watched.complaints == []
    assert watched.requests == [reported.as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(252, 252, 251)"
    assert dark == (scheme == "dark")
    # The stylesheet is let in by its hash, and charts have their colours from it.
    stroke = page.evaluate("getComputedStyle(document.querySelector('.chart .line')).stroke")
    assert stroke == ("rgb(90, 180, 240)" if scheme == "dark" else "rgb(0, 114, 178)")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#searched"


def test_a_report_is_printed_in_light(browser, reported):
    page = browser.new_page(color_scheme="dark")
    page.goto(reported.as_uri())
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.querySelector('.chart .line')).stroke") == "rgb(0, 114, 178)"
    assert len(page.pdf()) > 10_000
