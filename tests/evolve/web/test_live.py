"""Pages of campaigns that run: what changes is shown, and they can be stopped and resumed."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from serving import served
from starlette.testclient import TestClient

from benchmarks.synthetic_archive import Landmarks
from evolve.archive import Archive
from evolve.campaign.store import process_mark
from evolve.web.app import make_app
from tests.support.browser import Watched

if TYPE_CHECKING:
    from playwright.sync_api import Browser

HERE = "http://localhost"
OURS = {"Origin": HERE, "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def copied(filled: Path, tmp_path: Path) -> Path:
    """An archive that a test may write to."""
    path = tmp_path / "evolve.db"
    shutil.copy(filled, path)
    return path


def change(path: Path, sql: str, *values: object) -> None:
    with Archive(path) as archive, archive.write() as connection:
        connection.execute(sql, values)


def word_in(page: str) -> dict[str, str]:
    found = re.search(r'name="word" value="([^"]+)"', page)
    assert found is not None
    return {"word": found[1]}


def test_what_is_committed_elsewhere_appears(browser: Browser, copied: Path, where: Landmarks) -> None:
    watched = Watched(browser.new_context().new_page())
    page = watched.page
    with served(copied) as address:
        page.goto(f"{address}campaigns/{where.campaign}")
        page.get_by_text("The same as a table").first.click()
        page.locator("h1").click()
        change(copied, "UPDATE campaign_totals SET evaluations = 9876 WHERE campaign_id = ?", where.campaign)
        page.get_by_text("9876").wait_for(timeout=10_000)
        change(copied, "UPDATE campaigns SET stop_reason = 'seen live' WHERE id = ?", where.campaign)
        page.get_by_text("seen live").wait_for(timeout=10_000)
        assert page.locator("details[open]").count() == 1  # what was unfolded stays so
        page.goto(address)
        change(copied, "UPDATE campaigns SET state = 'failed' WHERE id = ?", where.campaign)
        page.get_by_text("failed").wait_for(timeout=10_000)
    page.context.close()
    assert watched.complaints == []


def test_a_part_in_use_waits(browser: Browser, copied: Path, where: Landmarks) -> None:
    page = browser.new_context().new_page()
    with served(copied) as address:
        page.goto(address)
        page.get_by_role("link", name=where.campaign).focus()
        change(copied, "UPDATE campaigns SET state = 'failed' WHERE id = ?", where.campaign)
        time.sleep(2.5)
        assert page.evaluate("document.activeElement.textContent") == where.campaign
        assert page.get_by_text("failed").count() == 0
        page.get_by_role("link", name="evolve", exact=True).focus()
        page.get_by_text("failed").wait_for(timeout=10_000)
    page.context.close()


def test_a_page_that_nobody_sees_asks_for_nothing(browser: Browser, copied: Path, where: Landmarks) -> None:
    page = browser.new_context().new_page()
    with served(copied) as address:
        page.goto(address)
        page.evaluate(
            "Object.defineProperty(document, 'hidden', {value: true, configurable: true});"
            "document.dispatchEvent(new Event('visibilitychange'))"
        )
        change(copied, "UPDATE campaigns SET state = 'failed' WHERE id = ?", where.campaign)
        time.sleep(2.5)
        assert page.get_by_text("failed").count() == 0
        page.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
        page.get_by_text("failed").wait_for(timeout=10_000)
    page.context.close()


def test_a_campaign_whose_process_has_gone_was_interrupted(copied: Path, where: Landmarks) -> None:
    change(copied, "UPDATE campaigns SET state = 'running', driver = '999999999:1' WHERE id = ?", where.campaign)
    page = TestClient(make_app(copied), base_url=HERE).get(f"/campaigns/{where.campaign}").text
    assert "interrupted" in page
    assert "/resume" in page and "/stop" not in page


def test_only_the_process_of_the_campaign_is_stopped(copied: Path, where: Landmarks) -> None:
    """A number that is another process's by now is left alone."""
    sleeping = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        client = TestClient(make_app(copied), base_url=HERE, follow_redirects=False)
        form = word_in(client.get(f"/campaigns/{where.campaign}").text)
        driver = f"{sleeping.pid}:1"
        change(copied, "UPDATE campaigns SET state = 'running', driver = ? WHERE id = ?", driver, where.campaign)
        assert client.post(f"/campaigns/{where.campaign}/stop", data=form, headers=OURS).status_code == 303
        time.sleep(0.5)
        assert sleeping.poll() is None
        mark = process_mark(sleeping.pid)
        change(copied, "UPDATE campaigns SET driver = ? WHERE id = ?", mark, where.campaign)
        client.post(f"/campaigns/{where.campaign}/stop", data=form, headers=OURS)
        assert sleeping.wait(timeout=10) != 0
    finally:
        sleeping.kill()


def test_why_a_campaign_cannot_be_resumed_is_said(copied: Path, where: Landmarks) -> None:
    change(copied, "UPDATE campaigns SET state = 'stopped', problem_version = 'old' WHERE id = ?", where.campaign)
    client = TestClient(make_app(copied), base_url=HERE)
    form = word_in(client.get(f"/campaigns/{where.campaign}").text)
    client.post(f"/campaigns/{where.campaign}/resume", data=form, headers=OURS)
    until = time.monotonic() + 30
    while "was run on version old" not in (page := client.get(f"/campaigns/{where.campaign}").text):
        assert time.monotonic() < until, page
        time.sleep(0.2)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[Path, subprocess.Popen[bytes]]]:
    """A real campaign on a problem of one's own, which would go on for minutes."""

    def evolve(*words: str) -> list[str]:
        return [sys.executable, "-m", "evolve", *words]

    subprocess.run(evolve("new", "mine"), cwd=tmp_path, check=True, capture_output=True)
    command = evolve("run", "mine", "--minutes", "5", "--workers", "1", "--seed", "1", "--plain")
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, env=dict(os.environ)) as campaign:
        path = tmp_path / "evolve.db"
        until = time.monotonic() + 60
        while not path.exists() or not begun(path):
            assert campaign.poll() is None, campaign.stderr and campaign.stderr.read()
            assert time.monotonic() < until
            time.sleep(0.1)
        try:
            yield path, campaign
        finally:
            campaign.kill()


def begun(path: Path) -> str:
    """Id of the campaign, once it has evaluated something."""
    try:
        row = sqlite3.connect(path).execute("SELECT campaign_id FROM campaign_totals WHERE evaluations > 5").fetchone()
    except sqlite3.OperationalError:  # its tables are being made
        return ""
    return str(row[0]) if row else ""


def test_a_real_campaign_climbs_is_stopped_and_resumed(
    browser: Browser, running: tuple[Path, subprocess.Popen[bytes]]
) -> None:
    path, campaign = running
    watched = Watched(browser.new_context().new_page())
    page = watched.page
    page.set_default_timeout(30_000)
    with served(path) as address:
        page.goto(address)
        page.get_by_role("link", name=begun(path)).click()

        def evaluations() -> int:
            return int(
                page.locator("#now div", has=page.get_by_text("Evaluations", exact=True))
                .locator("dd")
                .inner_text()
                .split()[0]
            )

        first = evaluations()
        page.wait_for_function(
            "before => [...document.querySelectorAll('#now div')].some((one) => "
            "one.textContent.includes('Evaluations') && parseInt(one.querySelector('dd').textContent) > before)",
            arg=first + 5,
        )
        page.get_by_role("button", name="Stop").click()
        page.get_by_text("(interrupted)").wait_for()
        assert campaign.wait(timeout=30) == 1
        page.get_by_role("button", name="Resume").click()
        page.get_by_role("button", name="Stop").wait_for()
        stopped = evaluations()
        page.wait_for_function(
            "before => parseInt([...document.querySelectorAll('#now div')].find((one) => "
            "one.textContent.includes('Evaluations')).querySelector('dd').textContent) > before",
            arg=stopped,
        )
        page.get_by_role("button", name="Stop").click()
        page.get_by_role("button", name="Resume").wait_for()
    page.context.close()
    assert watched.complaints == []
