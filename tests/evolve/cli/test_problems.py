"""`evolve problems`: the list, one problem, ours and a user's."""

from __future__ import annotations

import re

import pytest
from cli_running import ONLINE, TARDINESS


def test_list_names_every_problem_whole(evolve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    ran = evolve("problems")
    assert ran.code == 0
    first_words = [line.split()[0] for line in ran.out.splitlines() if line.strip()]
    assert {ONLINE, TARDINESS} <= set(first_words)
    assert "…" not in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80


def test_list_as_json(evolve) -> None:
    listed = evolve("problems", "--json").document()
    assert {ONLINE, TARDINESS} <= {problem["name"] for problem in listed}
    assert all(set(problem) >= {"name", "title", "language"} for problem in listed)


@pytest.mark.parametrize("name", [ONLINE, TARDINESS])
def test_one_problem(name: str, evolve) -> None:
    document = evolve("problems", name, "--json").document()
    assert document["name"] == name
    assert re.fullmatch(r"[0-9a-f]{16}", document["version"])
    assert document["online"] is (name == ONLINE)
    assert {o["direction"] for o in document["objectives"]} == {"min"}
    assert set(document["splits"]) == {"train", "validation", "test"}
    shown = evolve("problems", name)
    assert shown.code == 0
    for entry in document["entry_points"]:
        assert entry["signature"].startswith(f"def {entry['name']}(")
        assert set(entry["seeds"]) <= set(entry["baselines"])
        assert entry["signature"] in " ".join(shown.out.split())
        for baseline in entry["baselines"]:
            assert baseline in shown.out
    for what in document["splits"].values():
        assert what in " ".join(shown.out.split())


def test_a_users_problem(evolve) -> None:
    evolve("new", "mine")
    ran = evolve("problems", "mine")
    assert ran.code == 0
    assert "def assign(p, m):" in ran.out
    assert "round_robin, list_scheduling" in ran.out


def test_markup_and_escapes_in_a_title_are_shown_as_they_are(evolve, tmp_path) -> None:
    evolve("new", "mine")
    file = tmp_path / "mine" / "problem.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('title = "', 'title = "[/red]\\u001b[2J'), encoding="utf-8")
    ran = evolve("problems", "mine")
    assert ran.code == 0
    assert "[/red]" in ran.out
    assert "\x1b[2J" not in ran.out
