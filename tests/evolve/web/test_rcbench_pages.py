"""R-ConstraintBench in the pages: a real run of a contestant that is often wrong."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from serving import served
from starlette.testclient import TestClient

from evolve.web.app import make_app

if TYPE_CHECKING:
    from playwright.sync_api import Browser

HERE = "http://localhost"


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with two runs."""
    folder = tmp_path_factory.mktemp("benched")

    def evolve(*words: str) -> None:
        subprocess.run([sys.executable, "-m", "evolve", "rcbench", *words], cwd=folder, check=True, capture_output=True)

    evolve("generate", "--levels", "3,9", "--per-level", "2", "--tasks", "12", "--phases", "precedence,all")
    evolve("run", "--solver", "all-at-zero", "--solver", "sgs-lft")
    return Path(folder) / "evolve.db"


@pytest.fixture(scope="module")
def benched(answered: Path) -> TestClient:
    return TestClient(make_app(answered), base_url=HERE)


def test_runs_lead_to_answers_and_these_to_schedules(benched: TestClient) -> None:
    page = benched.get("/rcbench").text
    assert "sgs-lft" in page and "8 of 8" in page
    ways = dict(re.findall(r'href="(/rcbench/[0-9a-f]+)">[0-9a-f]+</a></th><td>([^<]+)</td>', page))
    run = next(way for way, contestant in ways.items() if contestant == "all-at-zero")
    page = benched.get(run).text
    assert "0 (0 %)" in page and "precedence/k03/01" in page
    answer = benched.get(re.findall(rf'href="({run}/[0-9a-f]+)"', page)[0])
    assert answer.status_code == 200
    assert answer.text.count('role="img" aria-label="Gantt chart') == 2
    assert "What is wrong" in answer.text
    assert not re.search(r"\sstyle=|<style", answer.text)
    assert benched.get(f"{run}/0123").status_code == 404


def test_answers_of_a_run_are_filtered_and_each_share_leads_to_its_answers(benched: TestClient) -> None:
    ways = dict(
        re.findall(r'href="(/rcbench/[0-9a-f]+)">[0-9a-f]+</a></th><td>([^<]+)</td>', benched.get("/rcbench").text)
    )
    run = next(way for way, contestant in ways.items() if contestant == "all-at-zero")

    def shown(**asked: str) -> list[str]:
        return re.findall(r'<a href="/rcbench/[0-9a-f]+/[0-9a-f]+">([^<]+)</a>', benched.get(run, params=asked).text)

    assert len(shown()) == 8
    cell = re.search(
        r'<td class="share0"><a href="(\?phase=all&amp;level=9)#answers">0<span class="of">/2', benched.get(run).text
    )
    assert cell
    assert shown(phase="all", level="9") == ["all/k09/01", "all/k09/02"]
    assert len(shown(verdict="infeasible", violated="PRECEDENCE")) == 8
    assert shown(verdict="feasible") == [] and shown(phase="<b>") == []
    assert shown(page="2") == []
    assert benched.get(run, params={"page": "0"}).status_code == 400


def test_no_barrier_is_found_in_runs_and_answers(answered: Path, benched: TestClient, browser: Browser) -> None:
    from axe_playwright_python.sync_playwright import Axe

    run = re.findall(r'href="(/rcbench/[0-9a-f]+)"', benched.get("/rcbench").text)[0]
    answer = re.findall(rf'href="({run}/[0-9a-f]+)"', benched.get(run).text)[0]
    found = []
    with served(answered) as address:
        for scheme in ("light", "dark"):
            context = browser.new_context(color_scheme=scheme)  # type: ignore[arg-type]
            page = context.new_page()
            for path in ("/rcbench", run, answer):
                page.goto(address.rstrip("/") + path)
                found += [(scheme, path, violation["id"]) for violation in Axe().run(page).response["violations"]]
            context.close()
    assert found == []
