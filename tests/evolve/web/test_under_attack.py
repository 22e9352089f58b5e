"""What a tester with bad intentions tries: senseless requests, endless texts, buttons pressed twice, a file swapped."""

from __future__ import annotations

import json
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from serving import served
from starlette.testclient import TestClient

from benchmarks.synthetic_archive import PROBLEMS, Landmarks
from evaluators.registry import describe_problem
from evolve.archive import Archive
from evolve.archive.reading import ReadOnlyArchive
from evolve.campaign.machine import CampaignError
from evolve.campaign.store import CampaignStore, process_mark
from evolve.web import steering
from evolve.web.app import make_app
from evolve.web.steering import Steering

HERE = "http://localhost"
LARGEST = 300_000  # bytes of a page
WITHOUT_END = 1_000_000


@pytest.fixture
def copied(filled: Path, tmp_path: Path) -> Path:
    """An archive that a test may write to."""
    path = tmp_path / "evolve.db"
    shutil.copy(filled, path)
    return path


def said(page: str) -> str:
    return page.split("<main")[1]


@pytest.mark.parametrize(
    ("path", "status", "why"),
    [
        ("/?before=yesterday", 400, "before is &#39;yesterday&#39;"),
        ("/candidates/{candidate}/family?nearest=all", 400, "nearest is &#39;all&#39;"),
        ("/candidates/{candidate}/calls/r/99999999999999999999", 400, "attempt is"),
        ("/candidates?search=" + 501 * "x", 400, "search is"),
        ("/candidates?generation=99999999999999999999", 200, "Generation is 99999999999999999999; allowed: 0 to"),
        ("/candidates?generation=-1", 200, "Generation is -1; allowed: 0 to"),
        ("/campaigns/%25", 404, "No campaign begins with %."),
        ("/candidates/____", 404, "No id of a candidate begins so: ____."),
        ("/static/..%2fapp.py", 404, "Not there"),
    ],
)
def test_a_senseless_request_gets_a_sentence(
    client: TestClient, where: Landmarks, path: str, status: int, why: str
) -> None:
    answer = client.get(path.format(candidate=where.candidate))
    assert answer.status_code == status
    assert why in said(answer.text)
    assert len(answer.content) < 100_000


def test_json_says_why_too(client: TestClient) -> None:
    answer = client.get("/api/candidates?generation=99999999999999999999")
    assert (answer.status_code, answer.json()["detail"][:13]) == (400, "generation is")


def test_head_is_answered_as_get_is(client: TestClient) -> None:
    assert client.head("/").status_code == 200
    assert client.head("/static/evolve.css").headers["content-type"].startswith("text/css")
    assert client.head("/nowhere").status_code == 404


def test_an_origin_that_is_none_is_another_site(client: TestClient, where: Landmarks) -> None:
    for origin in ("http://[::1", "null", "localhost", "http://localhost.evil.example"):
        answer = client.post(f"/campaigns/{where.campaign}/stop", data={"word": "x"}, headers={"Origin": origin})
        assert answer.status_code == 403, origin


def endless(connection: sqlite3.Connection, candidate: str) -> None:
    """Every text of a candidate's has megabytes; one file is a single line, one has nothing but lines."""
    text = WITHOUT_END * "\N{RIGHT-TO-LEFT OVERRIDE}"
    files = {"a.py": WITHOUT_END * "x", "b.py": "\n" * WITHOUT_END}
    stages = [{"name": "races", "verdict": "data_race", "seconds": 9e999, "feedback": text, "facts": {"n": 10**400}}]
    for sql, value in (
        ("UPDATE candidates SET files = ? WHERE id = ?", json.dumps(files)),
        ("UPDATE evaluations SET stages = ? WHERE candidate_id = ?", json.dumps(stages)),
        ("UPDATE evaluations SET feedback = ? WHERE candidate_id = ?", text),
        ("UPDATE proposals SET remark = ? WHERE candidate_id = ?", text),
        ("UPDATE proposals SET failure = ? WHERE candidate_id = ?", text),
        ("UPDATE proposals SET genome = ? WHERE candidate_id = ?", text),
    ):
        connection.execute(sql, (value, candidate))
    connection.execute("UPDATE evaluations SET cpu_seconds = 9e999 WHERE candidate_id = ?", (candidate,))


def test_texts_without_end_are_cut(copied: Path, where: Landmarks) -> None:
    with sqlite3.connect(copied) as connection:
        endless(connection, where.candidate)
    client = TestClient(make_app(copied), base_url=HERE)
    answer = client.get(f"/candidates/{where.candidate}")
    # What has no shape is written as its number, eight characters for one.
    assert len(answer.content) < 8 * LARGEST
    assert f'That is its beginning: <a href="/api/candidates/{where.candidate}">' in answer.text
    assert "more characters" in answer.text
    assert "infinite" in answer.text
    diff = client.get(f"/diff?one={where.candidate}&other={where.popular}")
    assert len(diff.content) < LARGEST
    assert "too long to be compared" in diff.text
    whole = client.get(f"/api/candidates/{where.candidate}").json()
    assert len(whole["files"]["a.py"]) == WITHOUT_END


def test_halves_of_characters_do_not_stop_a_page_or_its_data(copied: Path, where: Landmarks) -> None:
    with sqlite3.connect(copied) as connection:
        stages = json.dumps([{"name": "screen", "verdict": "ok", "seconds": 0.1, "feedback": "a\ud800b"}])
        connection.execute("UPDATE evaluations SET stages = ?", (stages,))
        connection.execute("UPDATE instance_sets SET names = ?", (json.dumps(["\udfff"] * 32),))
    client = TestClient(make_app(copied), base_url=HERE)
    assert "a‹U+D800›b" in client.get(f"/candidates/{where.candidate}").text
    for path in ("", "/standings"):
        assert client.get(f"/api/candidates/{where.candidate}{path}").status_code == 200


def test_of_two_presses_at_once_one_resumes(copied: Path, where: Landmarks, monkeypatch: pytest.MonkeyPatch) -> None:
    """A campaign has one driver, however fast somebody clicks."""
    launched: list[subprocess.Popen[bytes]] = []
    popen: Callable[..., Any] = subprocess.Popen

    def slowly(command: list[str], **more: Any) -> Any:
        time.sleep(0.1)
        launched.append(popen([sys.executable, "-c", "import time; time.sleep(20)"], **more))
        return launched[-1]

    monkeypatch.setattr(steering.subprocess, "Popen", slowly)
    acting = Steering(ReadOnlyArchive(copied))
    presses = [threading.Thread(target=acting.resume, args=(where.campaign,)) for _ in range(4)]
    for press in presses:
        press.start()
    for press in presses:
        press.join()
    for process in launched:
        process.kill()
    assert len(launched) == 1


def test_to_resume_what_is_just_stopping_is_not_forgotten(
    copied: Path, where: Landmarks, monkeypatch: pytest.MonkeyPatch
) -> None:
    launched: list[subprocess.Popen[bytes]] = []
    popen: Callable[..., Any] = subprocess.Popen
    patient = "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); print(flush=True); time.sleep(1)"

    def launch(command: list[str], **more: Any) -> Any:
        launched.append(popen([sys.executable, "-c", patient], **more | {"stdout": subprocess.PIPE}))
        launched[-1].stdout.readline()
        return launched[-1]

    monkeypatch.setattr(steering.subprocess, "Popen", launch)
    acting = Steering(ReadOnlyArchive(copied))
    drive = "UPDATE campaigns SET state = ?, driver = ? WHERE id = ?"
    with Archive(copied) as archive:
        acting.resume(where.campaign)
        with archive.write() as connection:
            connection.execute(drive, ("running", process_mark(launched[0].pid), where.campaign))
        acting.stop(where.campaign)
        with archive.write() as connection:
            connection.execute(drive, ("stopped", "", where.campaign))
    assert acting.told(where.campaign) is None
    acting.resume(where.campaign)
    assert len(launched) == 2
    launched[1].kill()
    launched[1].wait()
    told = acting.told(where.campaign)
    assert told is not None and told.said == "`evolve resume` was ended by signal 9."


def test_a_campaign_is_taken_from_no_other_process(copied: Path, where: Landmarks) -> None:
    """Whatever was so when somebody looked: to look and to take are one transaction."""
    spec = describe_problem(PROBLEMS[0])
    change = "UPDATE campaigns SET state = ?, driver = ? WHERE id = ?"
    with (
        Archive(copied) as archive,
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as other,
    ):
        store = CampaignStore(archive, where.campaign, spec, spec.entry_points[0].name)
        with archive.write() as connection:
            connection.execute(change, ("running", process_mark(other.pid), where.campaign))
        with pytest.raises(CampaignError, match=f"is being run by process {other.pid}"):
            store.claim()
        other.kill()
        other.wait()
        store.claim()
        with pytest.raises(CampaignError, match="is being run by process"):
            store.claim()
        with archive.write() as connection:
            connection.execute(change, ("done", "", where.campaign))
        with pytest.raises(CampaignError, match="is done"):
            store.claim()


def test_an_archive_that_takes_the_others_name_is_shown(copied: Path, where: Landmarks, tmp_path: Path) -> None:
    client = TestClient(make_app(copied), base_url=HERE)
    page = f"/campaigns/{where.campaign}"
    assert "another file" not in client.get(page).text
    other = tmp_path / "other.db"
    with Archive(copied) as archive:
        archive.row("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(copied, other)
    with Archive(other) as archive, archive.write() as connection:
        connection.execute("UPDATE campaigns SET stop_reason = 'another file'")
    copied.unlink()
    answer = client.get(page)
    assert answer.status_code == 503
    assert "cannot be read any more: No such file or directory" in said(answer.text)
    assert client.get("/api/campaigns").status_code == 503
    other.rename(copied)
    assert "another file" in client.get(page).text


def test_a_terminal_is_told_nothing_by_a_candidate(hostile: tuple[Path, str]) -> None:
    path, candidate = hostile
    command = [sys.executable, "-m", "evolve", "archive", "show", candidate, "--archive", str(path)]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    assert "window.taken = 1" in shown
    assert not {"\x1b", "\x9b", "\x07", "\u202e", "\u200b"} & set(shown)


def asking(address: str, request: str) -> socket.socket:
    """A connection on which that was asked."""
    url = urlsplit(address)
    assert url.hostname and url.port
    made = socket.create_connection((url.hostname, url.port), timeout=10)
    made.sendall(request.format(host=url.netloc).encode())
    return made


def test_clients_that_stay_go_or_speak_otherwise(filled: Path, where: Landmarks) -> None:
    """What the server says to its terminal is looked at by :func:`served`."""
    live = "GET /live/campaign/" + where.campaign + " HTTP/1.1\r\nHost: {host}\r\n\r\n"
    with served(filled) as address:
        streams = [asking(address, live) for _ in range(100)]
        half = (
            "POST /campaigns/x/stop HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n"
            "Content-Length: 999\r\n\r\nword="
        )
        asking(address, half).close()
        socketlike = (
            "GET / HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        with asking(address, socketlike) as client:
            assert client.recv(100).startswith(b"HTTP/1.1 200")
        began = time.monotonic()
        assert urllib.request.urlopen(address, timeout=10).status == 200
        assert time.monotonic() - began < 5
    for stream in streams:  # it ended although they were open
        stream.close()


def test_a_host_that_is_no_name_is_said(filled: Path) -> None:
    command = [sys.executable, "-m", "evolve", "ui", "--archive", str(filled), "--no-browser", "--host", 300 * "a"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "cannot be listened on" in done.stderr
