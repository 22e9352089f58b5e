"""`evolve audit`: exit code 0 where nothing leaks, 1 where something does, 2 for what cannot be attacked."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from evaluators.audit import red_team
from evaluators.audit.attack_set import load_attacks

SKELETON = Path(__file__).parents[3] / "evolve" / "skeleton"
FEW = ("honest_plain", "honest_tuple", "raises", "network", "fork_bomb", "decisions_in_advance")


@pytest.fixture
def few(monkeypatch) -> None:
    """The whole set takes a quarter of a minute; what is tried here is the verb."""
    monkeypatch.setattr(red_team, "load_attacks", lambda language: [a for a in load_attacks(language) if a.name in FEW])


@pytest.fixture
def mine(tmp_path) -> Path:
    shutil.copytree(SKELETON, tmp_path / "mine", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "mine"


def swallow(folder: Path) -> None:
    """Make every exception of a candidate an answer."""
    run = folder / "harness" / "run.py"
    text = run.read_text()
    call = 'answer = space["assign"](list(data["p"]), data["m"])'
    assert call in text
    caught = f'try:\n            {call}\n        except Exception:\n            answer = [0] * len(data["p"])'
    run.write_text(text.replace(call, caught))


def test_a_tight_problem_is_clean(evolve, few, mine) -> None:
    ran = evolve("audit", str(mine), "--json")
    document = ran.document()
    assert ran.code == 0
    assert document["clean"]
    assert document["findings"] == document["leaks"] == []
    assert (document["problem"], document["entry_points"]) == ("mine/parallel-machines", ["assign"])
    attacks = {one["attack"]: one for one in document["attacks"]}
    assert attacks["fork_bomb[stubborn]"]["verdict"] == "process_limit"
    assert attacks["decisions_in_advance"]["verdict"] is None
    assert attacks["decisions_in_advance"]["note"] == "the problem is not online"
    assert "fork_bomb[once]" in ran.err


def test_a_leaky_problem_is_not(evolve, few, mine) -> None:
    swallow(mine)
    ran = evolve("audit", str(mine), "--json", "--jobs", "1")
    document = ran.document()
    assert ran.code == 1
    assert "exception scored as success" in document["leaks"]
    assert not document["clean"]
    finding = next(one for one in document["findings"] if one["attack"].startswith("raises["))
    assert "verdict is ok" in finding["evidence"]
    assert "except" in finding["remedy"]


def test_people_are_told_what_leaks_and_how_to_close_it(evolve, few, mine) -> None:
    swallow(mine)
    ran = evolve("audit", str(mine), "--sandbox", "bubblewrap")
    assert ran.code == 1
    assert "LEAK" in ran.err
    assert "exception scored as success" in ran.out
    assert "let exceptions of the candidate leave the harness" in " ".join(ran.out.split())
    assert "2 of 2 honest" in " ".join(ran.out.split())
    assert "1 not run: the problem is not online" in ran.out


def test_a_problem_of_ours(evolve, few) -> None:
    ran = evolve("audit", "scheduling/single-machine-tardiness", "--entry-point", "sequence")
    assert ran.code == 0
    assert "no leak found" in ran.out


def test_bad_input(evolve, few, mine) -> None:
    for arguments, said in (
        (("nowhere",), "unknown problem 'nowhere'"),
        ((str(mine), "--entry-point", "guess"), "has no entry point 'guess'; it has: assign"),
        ((str(mine), "--sandbox", "none"), "--sandbox is 'none'; allowed: "),
        ((str(mine), "--jobs", "0"), "--jobs"),
    ):
        ran = evolve("audit", *arguments)
        assert ran.code == 2
        assert said in ran.err
        assert "Traceback" not in ran.err


def test_a_problem_without_an_honest_answer_cannot_be_attacked(evolve, few, mine) -> None:
    toml = mine / "problem.toml"
    kept = [line for line in toml.read_text().splitlines() if not line.startswith(("baselines", "seeds"))]
    toml.write_text("\n".join(kept) + "\n")
    assert evolve("audit", str(mine)).code == 0  # its example, candidate.py, is honest
    (mine / "candidate.py").write_text("def assign(p, m):\n    return None\n")
    ran = evolve("audit", str(mine))
    assert ran.code == 2
    assert "no baseline of assign passes (example: runtime_error" in ran.err
    (mine / "candidate.py").unlink()
    ran = evolve("audit", str(mine))
    assert ran.code == 2
    assert "has neither baselines nor candidate.py in its folder" in ran.err
