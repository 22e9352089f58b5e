"""Who may ask, from where, and what a page may do: as a browser and as an attacker would ask."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from evolve.archive import ArchiveError
from evolve.archive.reading import ReadOnlyArchive
from evolve.web.app import make_app
from evolve.web.security import Access, is_loopback

HERE = "http://localhost"


@pytest.fixture(scope="module")
def guarded(filled: Path) -> tuple[TestClient, str]:
    """A server that others can reach, and its token."""
    access = Access.bound_to("0.0.0.0")
    assert access.token is not None
    return TestClient(make_app(filled, access), base_url=HERE, follow_redirects=False), access.token


@pytest.mark.parametrize("host", ["localhost", "localhost:8484", "127.0.0.1", "127.0.0.1:9000", "[::1]:8484"])
def test_names_of_this_machine_are_answered(client: TestClient, host: str) -> None:
    assert client.get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "evil.example:8484", "", "[", "127.0.0.1.evil.example"]
)
def test_a_name_that_was_made_to_mean_this_machine_is_not(client: TestClient, host: str) -> None:
    answer = client.get("/", headers={"Host": host})
    assert answer.status_code == 421
    assert "Campaigns" not in answer.text


@pytest.mark.parametrize("path", ["/", "/nowhere", "/static/evolve.css", "/api/openapi.json"])
def test_every_answer_keeps_scripts_and_frames_out(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in headers


def test_from_this_machine_no_token_is_asked_for_and_from_others_one_is() -> None:
    assert Access.bound_to("127.0.0.1").token is None
    assert Access.bound_to("::1").token is None
    assert Access.bound_to("localhost").token is None
    assert len(Access.bound_to("0.0.0.0").token or "") >= 32
    assert not is_loopback("localhost.evil.example")


def test_without_the_token_nothing_is_shown(guarded: tuple[TestClient, str]) -> None:
    client, _ = guarded
    for path in ("/", "/static/evolve.css", "/api/openapi.json", "/?token=", "/?token=wrong", "/?token=é"):
        answer = client.get(path)
        assert answer.status_code == 401
        assert "<" not in answer.text


def test_the_token_is_shown_once_and_leaves_the_address(guarded: tuple[TestClient, str]) -> None:
    client, token = guarded
    answer = client.get(f"/?before=5&token={token}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/?before=5")
    kept = answer.headers["set-cookie"]
    assert "HttpOnly" in kept and "SameSite=lax" in kept
    assert client.get("/").status_code == 200
    client.cookies.clear()
    assert client.get("/").status_code == 401
    assert client.get("/", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_the_way_back_leads_nowhere_else(guarded: tuple[TestClient, str]) -> None:
    client, token = guarded
    assert client.get(f"{HERE}//evil.example/?token={token}").headers["location"].startswith("/evil.example")
    client.cookies.clear()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1234"},
        {"Origin": HERE, "Sec-Fetch-Site": "cross-site"},
        {"Origin": HERE, "Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_form_of_another_site_changes_nothing(client: TestClient, headers: dict[str, str]) -> None:
    assert client.post("/", data={"word": "x"}, headers=headers).status_code == 403


def test_the_archive_cannot_be_written(filled: Path) -> None:
    with ReadOnlyArchive(filled) as archive:
        with pytest.raises(ArchiveError, match="not writable"), archive.write() as connection:
            connection.execute("DELETE FROM campaigns")
        with pytest.raises(ArchiveError):
            archive.rows("DELETE FROM campaigns")


def test_a_change_by_somebody_else_is_seen(filled: Path, tmp_path: Path) -> None:
    path = tmp_path / "evolve.db"
    path.write_bytes(filled.read_bytes())
    with ReadOnlyArchive(path) as archive:
        before = archive.changes()
        assert archive.changes() == before
        other = sqlite3.connect(path)
        other.execute("UPDATE campaigns SET stop_reason = 'changed'")
        other.commit()
        other.close()
        assert archive.changes() != before
