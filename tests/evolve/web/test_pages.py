"""Pages as they come from the server: what they say, and that nothing of a candidate's is obeyed."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

from starlette.testclient import TestClient

from benchmarks.synthetic_archive import Landmarks
from evolve.web.app import make_app

HERE = "http://localhost"


def test_campaigns_are_listed_with_links(client: TestClient, where: Landmarks) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert f'href="/campaigns/{where.campaign}"' in page.text
    assert "Comparisons" in page.text
    assert 'href="#main"' in page.text
    assert 'scope="col"' in page.text


def test_styles_and_scripts_are_files_of_ours_that_may_be_kept(client: TestClient) -> None:
    page = client.get("/").text
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script>|https?://", page)
    for address in re.findall(r'(?:src|href)="(/static/[^"]+)"', page):
        answer = client.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]


def test_what_is_not_there_is_said_in_a_page(client: TestClient) -> None:
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert "<h1>" in answer.text


def test_an_archive_without_campaigns_says_how_to_begin(filled: Path, tmp_path: Path) -> None:
    from evolve.archive import Archive

    path = tmp_path / "empty.db"
    with Archive(path) as archive, archive.write():
        pass
    assert "evolve run" in TestClient(make_app(path), base_url=HERE).get("/").text


def test_hostile_names_stay_text(filled: Path, tmp_path: Path) -> None:
    path = tmp_path / "evolve.db"
    path.write_bytes(filled.read_bytes())
    other = sqlite3.connect(path)
    other.execute("UPDATE campaigns SET problem = ?", ("<script>alert(1)</script>\x1b[2J\u202e",))
    other.commit()
    other.close()
    page = TestClient(make_app(path), base_url=HERE).get("/").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;␛[2J‹U+202E›" in page
