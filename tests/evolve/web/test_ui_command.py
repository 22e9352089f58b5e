"""`evolve ui` as a person starts it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from serving import served


def evolve(*words: str, cwd: Path, **more: str) -> tuple[int, str]:
    command, environment = [sys.executable, "-m", "evolve", "ui", *words], {**os.environ, **more}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stderr


def test_without_an_archive_it_says_so(tmp_path: Path) -> None:
    code, said = evolve(cwd=tmp_path)
    assert (code, said.count("\n")) == (2, 1)
    assert "there is no archive" in said
    assert list(tmp_path.iterdir()) == []


def test_a_port_in_use_is_named(filled: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, said = evolve("--archive", str(filled), "--port", str(port), "--no-browser", cwd=filled.parent)
    assert (code, said.count("\n")) == (2, 1)
    assert f"--port {port}" in said and "Address already in use" in said


def test_for_others_the_address_has_a_token(filled: Path) -> None:
    with served(filled, "--host", "0.0.0.0") as address:
        bare, _, token = address.partition("?token=")
        assert len(token) >= 32
        try:
            urllib.request.urlopen(bare)
            raise AssertionError("it was let in without the token")
        except urllib.error.HTTPError as refused:
            assert refused.code == 401
        asked = urllib.request.Request(f"{bare}api/campaigns", headers={"Authorization": f"Bearer {token}"})
        assert urllib.request.urlopen(asked).status == 200


def test_the_browser_is_opened_unless_it_is_not_wanted(filled: Path, tmp_path: Path) -> None:
    opened = tmp_path / "opened"
    program = tmp_path / "browser"
    program.write_text(f'#!/bin/sh\necho "$1" > {opened}\nkill -INT $PPID\n')
    program.chmod(0o755)
    code, said = evolve("--archive", str(filled), "--port", "0", cwd=tmp_path, BROWSER=f"{program} %s")
    assert code == 0, said
    assert opened.read_text().strip() == said.split()[1]
