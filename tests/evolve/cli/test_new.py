"""`evolve new`: a skeleton that works at once."""

from __future__ import annotations

from pathlib import Path


def test_skeleton_passes_eval_at_once(evolve, tmp_path: Path) -> None:
    made = evolve("new", "mine")
    assert made.code == 0
    assert "evolve eval mine mine/candidate.py" in made.err
    document = evolve("eval", "mine", "mine/candidate.py", "--json").document()
    assert document["verdict"] == "ok"
    assert set(document["baselines"]) == {"round_robin", "list_scheduling"}
    assert document["score"] < document["baselines"]["round_robin"]


def test_skeleton_can_be_evolved_at_once(finished) -> None:
    assert finished.document["problem"] == "mine/parallel-machines"
    assert finished.document["counts"]["evaluations"] == 15
    assert finished.document["winner"] is not None


def test_json_lists_the_files(evolve, tmp_path: Path) -> None:
    document = evolve("new", "mine", "--json").document()
    assert document["folder"] == "mine"
    assert {"mine/problem.toml", "mine/problem.py", "mine/statement.md", "mine/candidate.py"} <= set(document["files"])
    assert all((tmp_path / name).is_file() for name in document["files"])


def test_an_empty_folder_will_do(evolve, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    assert evolve("new", "mine").code == 0
    assert (tmp_path / "mine" / "problem.toml").is_file()
