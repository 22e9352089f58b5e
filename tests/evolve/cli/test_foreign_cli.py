"""Tasks of other frameworks through the command line; what they score is marked wherever it is shown."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cli_running import command, on_a_terminal, spawn

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
TASK = "function_minimization"


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """A small campaign of the genetic proposer on a copy of the example."""
    folder = tmp_path_factory.mktemp("foreign")
    shutil.copytree(EXAMPLES / "openevolve" / TASK, folder / TASK)
    done = spawn("run", TASK, "--evaluations", "12", "--workers", "1", "--seed", "1", "--json", cwd=folder)
    assert done.code == 0, done.err
    return folder, done


def test_a_campaign_runs_and_says_what_its_scores_are_worth(ran):
    folder, done = ran
    document = done.document()
    assert (document["problem"], document["trust"]) == (f"openevolve/{TASK}", "in-sandbox")
    assert document["counts"]["evaluations"] == 12
    assert document["task_audit"]["forged"]["score"] == 1e9
    assert "a program that answers in the evaluator's place is believed" in done.err
    assert document["test"] is None
    given = (folder / TASK / "initial_program.py").read_text()
    winner = document["winner"]["source"]
    assert winner.partition("# EVOLVE-BLOCK-START")[0] == given.partition("# EVOLVE-BLOCK-START")[0]
    assert winner.partition("# EVOLVE-BLOCK-END")[2].split() == given.partition("# EVOLVE-BLOCK-END")[2].split()


def test_everything_shown_of_it_is_marked(evolve, ran):
    folder, done = ran
    store = ("--archive", str(folder / "evolve.db"))
    winner = done.document()["winner"]["candidate"]
    campaign = done.document()["campaign"]
    for verb in (("list",), ("list", "--campaign", campaign), ("best",), ("show", winner), ("show", campaign)):
        shown = evolve("archive", *verb, *store)
        assert shown.code == 0, shown.err
        assert "in-sandbox" in shown.out
    exported = evolve("archive", "export", winner, *store)
    assert "trust: in-sandbox" in exported.out
    assert all(row["trust"] == "in-sandbox" for row in evolve("archive", "best", *store, "--json").document())


def test_a_campaign_that_is_watched_is_marked(ran):
    folder, done = ran
    assert "  in-sandbox  " in done.err
    watched = on_a_terminal(
        *command("run", TASK, "--evaluations", "2", "--workers", "1", "--archive", "watched.db"), cwd=folder
    )
    panel = watched.partition("starting the sandbox")[2].partition("campaign ")[2].partition(": done")[0]
    assert "in-sandbox" in panel[panel.index("on validation") :]


def test_eval_judges_with_the_tasks_evaluator_and_audits_once(evolve, tmp_path):
    task = EXAMPLES / "openevolve" / "circle_packing"
    first = evolve("eval", str(task), "baseline:initial", "--format", "openevolve", "--json")
    assert first.code == 0, first.err
    document = first.document()
    assert (document["trust"], document["verdict"], document["stage"]) == ("in-sandbox", "ok", "train")
    assert document["score"] == document["baselines"]["initial"] == pytest.approx(0.7275, abs=1e-3)
    assert document["objectives"]["validity"] == 1.0
    assert "first use" in first.err
    # what stands outside the block may not be changed
    changed = (task / "initial_program.py").read_text().replace("float(np.sum(radii))", "99.0")
    (tmp_path / "mine.py").write_text(changed)
    second = evolve("eval", str(task), "mine.py")
    assert second.code == 2
    assert "outside stands 'return centers, radii, 99.0'" in second.err
    assert "first use" not in second.err
    third = evolve("eval", str(task), "baseline:initial", "--split", "test")
    assert (third.code, "no instances" in third.err) == (2, True)


def test_scores_of_the_two_kinds_are_never_ranked_together(evolve, ran, tmp_path):
    folder, _ = ran
    shutil.copy(folder / "evolve.db", tmp_path / "evolve.db")
    assert evolve("new", "mine").code == 0
    declared = (tmp_path / "mine" / "problem.toml").read_text()
    (tmp_path / "mine" / "problem.toml").write_text(
        declared.replace('name = "mine/parallel-machines"', f'name = "openevolve/{TASK}"')
    )
    assert evolve("eval", "mine", "mine/candidate.py", "--split", "validation").code == 0
    best = evolve("archive", "best", f"openevolve/{TASK}", "--json").document()
    assert best
    assert {row["trust"] for row in best} == {"in-sandbox"}


def test_a_dry_run_and_the_problem_page_tell_the_kind_of_trust(evolve):
    task = str(EXAMPLES / "openevolve" / TASK)
    plan = evolve("run", task, "--dry-run", "--json").document()
    assert plan["bounds"] == {"evaluations": 40}  # as its configuration says
    assert plan["instances"]["test"] == 0
    assert evolve("problems", task, "--json").document()["trust"] == "in-sandbox"


def test_the_models_its_author_named_are_asked(evolve):
    plan = evolve("run", str(EXAMPLES / "openevolve" / TASK), "--proposer", "llm", "--dry-run", "--json")
    assert plan.document()["models"] == ["openai/qwen3-coder"]


def test_a_task_whose_own_program_fails_is_refused_in_one_sentence(evolve, tmp_path):
    (tmp_path / "task").mkdir()
    (tmp_path / "task" / "initial_program.py").write_text("def f():\n    import nosuchthing\n")
    (tmp_path / "task" / "evaluator.py").write_text(
        "def evaluate(path):\n    exec(open(path).read() + 'f()')\n    return {}\n"
    )
    refused = evolve("run", "task", "--evaluations", "3")
    assert refused.code == 2
    assert "No module named 'nosuchthing'; a package is shown to it if it is installed" in refused.err
    assert "Traceback" not in refused.err


def test_the_attacks_on_trusted_scores_are_not_run_on_a_task(evolve):
    refused = evolve("audit", str(EXAMPLES / "openevolve" / TASK))
    assert (refused.code, "beside the candidate" in refused.err) == (2, True)


def test_a_comparison_is_marked(evolve, tmp_path):
    task = str(EXAMPLES / "openevolve" / TASK)
    ran = evolve("compare", task, "--proposers", "genetic,random", "--repeats", "2", "--evaluations", "2")
    assert ran.code == 0, ran.err
    assert "in-sandbox" in ran.out
