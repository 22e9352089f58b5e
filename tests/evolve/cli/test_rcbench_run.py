"""`evolve rcbench run`: contestants of every kind beside one another, and one sentence for each mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

PROBLEM = "scheduling/r-constraintbench"
SOLVERS = ("cp-sat", "sgs-lft", "random-order", "all-at-zero")


@pytest.fixture
def with_set(evolve):
    """The command, in a folder with a set of twelve instances."""
    ran = evolve("rcbench", "generate", "--levels", "5,15", "--per-level", "2", "--phases", "precedence,windows,all")
    assert ran.code == 0, ran.err
    return evolve


def test_solvers_and_an_evolved_heuristic_stand_beside_each_other(with_set):
    heuristic = Path("rule.py")
    told = with_set("problems", PROBLEM, "--json").document()
    heuristic.write_text(f"{told['entry_points'][0]['signature']}\n    return latest\n")
    judged = with_set("eval", PROBLEM, str(heuristic), "--sandbox", "bubblewrap", "--json").document()
    names = [argument for solver in SOLVERS for argument in ("--solver", solver)]
    evolved = f"archive:{judged['candidate'][:12]}"
    ran = with_set("rcbench", "run", *names, "--solver", evolved, "--sandbox", "bubblewrap", "--json")
    assert ran.code == 0, ran.err
    document = ran.document()
    assert "a re-implementation from the published description" in document["benchmark"]
    found = {entry["contestant"]: entry for entry in document["contestants"]}
    assert list(found) == [*SOLVERS, evolved]
    assert {(entry["state"], entry["answers"], entry["format"]) for entry in found.values()} == {("done", 12, 0)}
    assert found["cp-sat"]["feasible_rate"] == 1.0
    assert found["all-at-zero"]["feasible_rate"] == 0.0
    assert found[evolved]["feasible"] == found["sgs-lft"]["feasible"] > 0  # it is that rule
    runs = [entry["run"] for entry in document["contestants"]]
    resumed = with_set("rcbench", "run", *(a for run in runs for a in ("--resume", run[:8])), "--json").document()
    assert resumed["contestants"] == document["contestants"]
    table = with_set("rcbench", "run", "--solver", "cp-sat").out
    assert "100.0%" in table and "re-implementation" in table


WRONG = {
    "nobody": ((), "name who takes part"),
    "unknown solver": (("--solver", "gurobi"), "--solver is 'gurobi'; allowed: cp-sat, sgs-lft"),
    "no such set": (("none.json", "--solver", "cp-sat"), "none.json: cannot be read"),
    "not JSON": (("rcbench.txt", "--solver", "cp-sat"), "rcbench.txt: is not JSON"),
    "no set": (("other.json", "--solver", "cp-sat"), "other.json: set: the field 'format' is missing"),
    "changed set": (("changed.json", "--solver", "cp-sat"), "but that of these instances is"),
    "wording": (("--model", "openai/x", "--prompt", "poem"), "--prompt is 'poem'; allowed: fields, prose, table"),
    "effort": (("--model", "openai/x", "--reasoning-effort", "huge"), "--reasoning-effort is 'huge'; allowed: none"),
    "cap": (("--model", "openai/x", "--usd", "0"), "--usd is 0; it must be a positive number"),
    "address": (("--model", "openai/x", "--base-url", "localhost"), "must begin with http:// or https://"),
    "price": (("--model", "openai/x", "--price", "cheap"), "--price is 'cheap'"),
    "price of another": (("--model", "openai/x", "--price", "openai/y=1,2"), "not among the models: openai/x"),
    "no key": (("--model", "openai/x"), "openai/x needs a key: set OPENAI_API_KEY"),
    "unknown price": (
        ("--model", "x", "--base-url", "http://127.0.0.1:9/v1", "--usd", "1"),
        "--usd needs the price of x, which is not known: give it as --price x=INPUT,OUTPUT",
    ),
    "no batches": (
        ("--model", "ollama_chat/x", "--batch"),
        "batches are sent through OpenAI's interface, and ollama_chat/x is of ollama_chat",
    ),
    "not taken": (
        ("--model", "mistral/mistral-large-latest", "--reasoning-effort", "low"),
        "--reasoning-effort: mistral/mistral-large-latest takes none",
    ),
    "no run": (("--resume", "abcd"), "no run's id begins with 'abcd'"),
    "resume otherwise": (("--resume", "abcd", "--prompt", "prose"), "leave --prompt out"),
    "resume another set": (("rcbench.json", "--resume", "abcd"), "leave SET.json out"),
    "sandbox": (("--solver", "cp-sat", "--sandbox", "vm"), "--sandbox is 'vm'; allowed: auto, docker, bubblewrap"),
    "nothing for models": (
        ("--solver", "cp-sat", "--temperature", "0"),
        "--temperature is for models, and none takes part",
    ),
    "nothing for models to spend": (("--solver", "cp-sat", "--usd", "3"), "--usd is for models, and none takes part"),
    "no candidate": (("--solver", "archive:0123456789"), "no candidate's id starts with '0123456789'"),
}


def test_what_is_wrong_is_said_in_one_sentence(with_set, monkeypatch):
    monkeypatch.setenv("MISTRAL_API_KEY", "sesame")
    Path("rcbench.txt").write_text("{")
    Path("other.json").write_text("{}")
    Path("changed.json").write_text(Path("rcbench.json").read_text().replace('"duration": 1,', '"duration": 2,'))
    assert with_set("rcbench", "run", "--solver", "gurobi").code == 2
    assert not Path("evolve.db").exists()
    solved = with_set("rcbench", "run", "--solver", "all-at-zero", "--json").document()  # so that there is an archive
    of_none = ("--resume", solved["contestants"][0]["run"], "--concurrency", "3")
    wrong = {
        **WRONG,
        "resume without models": (of_none, "--concurrency is for models, and none of these runs is of one"),
    }
    for name, (arguments, says) in wrong.items():
        ran = with_set("rcbench", "run", *arguments)
        assert ran.code == 2, name
        assert says in ran.err, name
        assert ran.err.count("\n") == 1, name
        assert ran.out == "", name
