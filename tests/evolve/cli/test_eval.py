"""`evolve eval`: the JSON contract, exit codes, sources, splits, stages."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from cli_running import ONLINE, TARDINESS, spawn

SHORTEST_FIRST = "def priority(p, wait, t, jobs, work):\n    return p\n"
NUMBER = (int, float)
KEYS: dict[str, Any] = {
    "problem": str, "problem_version": str, "candidate": str, "split": str, "verdict": str, "stage": str,
    "score": NUMBER, "unit": str, "direction": str, "confidence": list, "objectives": dict, "baselines": dict,
    "paired_vs_best_baseline": dict, "instances": list, "feedback": str, "stages": list, "resources": dict,
    "sandbox": str,
}  # fmt: skip


def write(folder: Path, source: str, name: str = "x.py") -> str:
    (folder / name).write_text(source, encoding="utf-8")
    return name


def evaluations(folder: Path) -> list[tuple[str, float]]:
    """(id, when it was made) of all that are kept."""
    with contextlib.closing(sqlite3.connect(folder / "evolve.db")) as connection:
        return connection.execute("SELECT id, created_at FROM evaluations ORDER BY id").fetchall()


def test_document(tmp_path: Path) -> None:
    """In a process of its own: stdout holds the document and nothing else."""
    ran = spawn("eval", ONLINE, write(tmp_path, SHORTEST_FIRST), "--json", cwd=tmp_path)
    document = ran.document()
    assert ran.code == 0
    assert ran.err == ""
    for key, kind in KEYS.items():
        assert isinstance(document[key], kind), key
    assert document["problem"] == ONLINE
    assert document["split"] == document["stage"] == "train"
    assert document["verdict"] == "ok"
    assert re.fullmatch(r"[0-9a-f]{64}", document["candidate"])
    low, high = document["confidence"]
    assert low <= document["score"] <= high
    assert document["objectives"][next(iter(document["objectives"]))] == document["score"]
    assert set(document["baselines"]) == {"fifo", "spt", "hrrn"}
    assert document["baselines"]["spt"] == document["score"]
    versus = document["paired_vs_best_baseline"]
    assert versus["baseline"] == "spt"
    assert versus["difference"] == 0
    assert versus["confidence"] == [0, 0]
    assert versus["comparison"] == "indistinguishable"
    assert all(set(i) >= {"name", "objective", "reference"} for i in document["instances"])
    assert [(s["name"], s["verdict"]) for s in document["stages"]] == [
        ("screen", "ok"),
        ("smoke", "ok"),
        ("train", "ok"),
    ]
    assert all(s["seconds"] >= 0 for s in document["stages"])
    assert set(document["resources"]) >= {"cpu_seconds", "wall_seconds", "peak_memory_bytes"}
    assert document["sandbox"] == "bubblewrap"
    assert document["feedback"]


def test_docker_judges_as_bubblewrap_does(evolve, tmp_path: Path, with_engine: None) -> None:
    (tmp_path / "mine.py").write_text(SHORTEST_FIRST)
    found = {}
    for sandbox in ("docker", "bubblewrap"):
        ran = evolve("eval", ONLINE, "mine.py", "--sandbox", sandbox, "--json")
        assert ran.code == 0, ran.err
        found[sandbox] = ran.document()
        assert found[sandbox]["sandbox"] == sandbox
    assert found["docker"]["score"] == found["bubblewrap"]["score"]


@pytest.mark.parametrize(
    ("source", "verdict", "code"),
    [
        (SHORTEST_FIRST, "ok", 0),
        ("def priority(p, wait, t, jobs, work):\n    return 'x'\n", "wrong_answer", 1),
        ("def priority(p, wait, t, jobs, work):\n    return 1 / 0\n", "runtime_error", 1),
        ("def priority(p, wait, t, jobs, work) return p\n", "rejected", 2),
        ("def other(p): return p\n", "rejected", 2),
    ],
    ids=["ok", "wrong answer", "runtime error", "syntax error", "no entry point"],
)
def test_verdict_and_exit_code(source: str, verdict: str, code: int, evolve, tmp_path: Path) -> None:
    ran = evolve("eval", ONLINE, write(tmp_path, source), "--json")
    document = ran.document()
    assert document["verdict"] == verdict
    assert ran.code == code
    assert set(KEYS) <= set(document)
    if code:
        assert document["score"] is None
        assert document["feedback"]
    if code == 2:
        assert ran.err == f"evolve: x.py: rejected: {document['feedback']}\n"
        assert not (tmp_path / "evolve.db").exists()


def test_for_people(evolve, tmp_path: Path) -> None:
    ran = evolve("eval", ONLINE, write(tmp_path, SHORTEST_FIRST))
    assert ran.code == 0
    assert "against spt: +0 [+0, +0]: indistinguishable" in ran.out
    ranking = [line.split()[0] for line in ran.out.splitlines() if re.fullmatch(r"[a-z ]+\s+\d+\.\d+\s*", line)]
    assert ranking == ["spt", "this", "hrrn", "fifo"]


def test_escape_sequences_do_not_reach_the_terminal(evolve, tmp_path: Path) -> None:
    source = "def priority(p, wait, t, jobs, work):\n    raise ValueError('\\x1b]0;owned\\x07 [bold]no[/nothing]')\n"
    ran = evolve("eval", ONLINE, write(tmp_path, source))
    assert ran.code == 1
    assert "owned" in ran.out
    assert "[bold]no[/nothing]" in ran.out
    assert "\x1b]" not in ran.out + ran.err
    assert "\x07" not in ran.out + ran.err


def test_second_run_takes_the_baselines_from_the_archive(evolve, tmp_path: Path) -> None:
    name = write(tmp_path, SHORTEST_FIRST)
    first = evolve("eval", ONLINE, name, "--json").document()
    kept = evaluations(tmp_path)
    assert len(kept) == 4
    second = evolve("eval", ONLINE, name, "--json").document()
    assert evaluations(tmp_path) == kept
    for key in ("candidate", "score", "confidence", "baselines", "paired_vs_best_baseline", "instances"):
        assert second[key] == first[key]


def test_sources(evolve, tmp_path: Path) -> None:
    by_name = evolve("eval", ONLINE, "baseline:fifo", "--json").document()
    by_id = evolve("eval", ONLINE, f"archive:{by_name['candidate'][:10]}", "--json").document()
    assert by_id["candidate"] == by_name["candidate"]
    assert by_id["score"] == by_name["score"] == by_name["baselines"]["fifo"]
    with_bom = write(tmp_path, "\ufeff" + SHORTEST_FIRST)
    assert evolve("eval", ONLINE, with_bom, "--json").document()["verdict"] == "ok"


@pytest.mark.parametrize("split", ["validation", "test"])
def test_splits(split: str, evolve) -> None:
    document = evolve("eval", ONLINE, "baseline:hrrn", "--split", split, "--json").document()
    assert document["verdict"] == "ok"
    assert document["split"] == document["stage"] == split
    if split == "test":  # nothing is told about it
        assert document["feedback"] == ""


@pytest.mark.parametrize(
    ("stages", "run"), [("screen", ["screen"]), ("smoke", ["screen", "smoke"]), ("train", ["screen", "train"])]
)
def test_stages(stages: str, run: list[str], evolve, tmp_path: Path) -> None:
    document = evolve("eval", ONLINE, "baseline:spt", "--stages", stages, "--json").document()
    assert [stage["name"] for stage in document["stages"]] == run
    assert document["verdict"] == "ok"
    assert (document["score"] is None) == (stages != "train")
    assert (tmp_path / "evolve.db").exists() == (stages == "train")


def test_entry_point_is_found_or_chosen(evolve, tmp_path: Path) -> None:
    order = write(tmp_path, "def sequence(p, d):\n    return sorted(range(len(p)), key=lambda j: d[j])\n")
    both = write(tmp_path, (tmp_path / order).read_text() + "\n\ndef priority(p, d, *_):\n    return d\n", "both.py")
    found = evolve("eval", TARDINESS, order, "--stages", "smoke", "--json").document()
    assert (found["verdict"], found["entry_point"]) == ("ok", "sequence")
    first = evolve("eval", TARDINESS, both, "--stages", "smoke", "--json").document()
    assert (first["verdict"], first["entry_point"]) == ("ok", "priority")
    chosen = evolve("eval", TARDINESS, both, "--stages", "smoke", "--entry-point", "sequence", "--json").document()
    assert (chosen["verdict"], chosen["entry_point"]) == ("ok", "sequence")
    assert evolve("eval", TARDINESS, order, "--entry-point", "priority", "--json").code == 2


def test_archive_by_option_and_by_environment(evolve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EVOLVE_ARCHIVE", "of_environment.db")
    assert evolve("eval", ONLINE, "baseline:spt").code == 0
    assert evolve("eval", ONLINE, "baseline:spt", "--archive", "of_option.db").code == 0
    assert (tmp_path / "of_environment.db").exists()
    assert (tmp_path / "of_option.db").exists()
    assert not (tmp_path / "evolve.db").exists()
