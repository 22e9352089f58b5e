"""Running the command as a person does: in this process where that shows the same, else in one of its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_running import NOT_OURS, Finished, Ran, spawn


@pytest.fixture
def evolve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Runs the command in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    for key in os.environ:
        if key.startswith(NOT_OURS):
            monkeypatch.delenv(key)
    monkeypatch.setenv("COLUMNS", "100")

    def run(*arguments: str) -> Ran:
        from evolve.cli.main import main

        monkeypatch.setattr(sys, "argv", ["evolve", *arguments])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capfd.readouterr()
        code = ended.value.code
        return Ran(code if isinstance(code, int) else 0 if code is None else 1, captured.out, captured.err)

    return run


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """Made once; tests copy the archive if they would write to it."""
    folder = tmp_path_factory.mktemp("finished")
    made = spawn("new", "mine", cwd=folder)
    assert made.code == 0, made.err
    (folder / "campaign.toml").write_text('[campaign]\nproblem = "mine"\nseed = 3\nfounders = 3\n', encoding="utf-8")
    ran = spawn("run", "campaign.toml", "--evaluations", "15", "--json", cwd=folder)
    assert ran.code == 0, ran.err
    return Finished(folder / "mine", folder / "evolve.db", ran, ran.document())
