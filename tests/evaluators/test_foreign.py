"""Tasks of OpenEvolve and ShinkaEvolve, judged by their own evaluators in a real sandbox."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluators.baselines import baselines
from evaluators.candidate import Candidate
from evaluators.cascade import Evaluator
from evaluators.foreign.first_look import first_look
from evaluators.registry import describe_problem, load_problem, reference
from evaluators.tables import TableError
from evaluators.verdicts import Verdict
from sandboxes import open_pool

EXAMPLES = Path(__file__).parents[2] / "examples"
PROGRAM = "# EVOLVE-BLOCK-START\ndef answer():\n    return 1\n# EVOLVE-BLOCK-END\n"
LOAD = """
import importlib.util
def program(path):
    spec = importlib.util.spec_from_file_location("program", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.answer()
"""


@pytest.fixture
def task(tmp_path):
    """Makes a folder of OpenEvolve's format."""

    def make(evaluator: str, config: str = "", program: str = PROGRAM, **files: str) -> Path:
        folder = tmp_path / "task"
        folder.mkdir(exist_ok=True)
        (folder / "evaluator.py").write_text(LOAD + evaluator)
        (folder / "initial_program.py").write_text(program)
        if config:
            (folder / "config.yaml").write_text(config)
        for name, text in files.items():
            (folder / name.replace("__", ".")).write_text(text)
        return folder

    return make


@pytest.fixture
def judge(evaluator_pool):
    """Judges a program (the task's own, unless told otherwise) on ``train``."""

    def run(folder: Path, source: str | None = None):
        problem = load_problem(str(folder))
        evaluator = Evaluator(problem, evaluator_pool, problem.spec.entry_point())
        (own,) = baselines(problem.spec, evaluator.entry).values()
        candidate = own if source is None else Candidate.of_text(source, evaluator.entry.file)
        return evaluator.evaluate(candidate, "train")

    return run


@pytest.mark.parametrize(
    ("name", "score", "metric"),
    [("function_minimization", 0.8708, "mean_gap"), ("circle_packing", 0.7275, "sum_radii")],
)
def test_examples_for_openevolve_run_unchanged(judge, name, score, metric):
    found = judge(EXAMPLES / "openevolve" / name)
    assert found.verdict is Verdict.OK, found.feedback
    assert found.score == pytest.approx(score, abs=2e-3)
    assert metric in found.values
    assert metric in found.feedback


def test_what_evaluators_may_return(judge, task):
    returning = "from openevolve.evaluation_result import EvaluationResult\ndef evaluate(path):\n    return {}\n".format
    found = judge(task(returning('{"combined_score": program(path), "other": 4, "note": "text", "flag": True}')))
    assert (found.score, dict(found.values)) == (1.0, {"combined_score": 1.0, "other": 4.0})
    found = judge(task(returning('{"a": 1, "b": program(path) + 2}')))
    assert found.score == 2.0
    found = judge(task(returning('EvaluationResult({"combined_score": 3}, {"why": "because", "raw": b"123"})')))
    assert found.score == 3.0
    assert "why: because" in found.feedback
    assert "raw: 3 bytes" in found.feedback


@pytest.mark.parametrize(
    ("body", "verdict", "says"),
    [
        ("return {'combined_score': float('nan')}", Verdict.WRONG_ANSWER, "no combined_score"),
        ("return {'combined_score': 0.0, 'error': 'no good'}", Verdict.WRONG_ANSWER, "evaluator reports: no good"),
        ("return 7", Verdict.RUNTIME_ERROR, "returned int"),
        ("print('so far'); raise ValueError('gone wrong')", Verdict.RUNTIME_ERROR, "gone wrong"),
        ("import time; time.sleep(60)", Verdict.TIME_LIMIT, "the task's 0.5 s"),
        ("import os; os._exit(3)", Verdict.RUNTIME_ERROR, "exit code 3"),
    ],
    ids=["nan", "error", "int", "raises", "late", "exits"],
)
def test_how_evaluations_fail(judge, task, body, verdict, says):
    found = judge(task(f"def evaluate(path):\n    {body}\n", "evaluator:\n  timeout: 0.5\n"))
    assert found.verdict is verdict
    assert says in found.feedback


@pytest.mark.parametrize(
    ("thresholds", "stages"), [("[0.5, 0.75]", "123"), ("[0.5]", "12"), ("[2]", "1"), ("[0.5, 2]", "12")]
)
def test_stages_are_run_as_far_as_thresholds_allow(judge, task, thresholds, stages):
    evaluator = "".join(
        f"def evaluate_stage{k}(path):\n    return {{'combined_score': 1.0, 'stage{k}': {k}}}\n" for k in (1, 2, 3)
    )
    folder = task(evaluator + "def evaluate(path):\n    return {'combined_score': 0}\n",
                  f"evaluator:\n  cascade_thresholds: {thresholds}\n")  # fmt: skip
    assert set(judge(folder).values) == {"combined_score", *(f"stage{k}" for k in stages)}


def test_what_earlier_stages_found_stands_when_a_later_one_fails(judge, task):
    folder = task(
        "def evaluate_stage1(path):\n    return {'combined_score': 0.9}\n"
        "def evaluate_stage2(path):\n    raise ValueError('late')\ndef evaluate(path):\n    return {}\n"
    )
    found = judge(folder)
    assert (found.score, found.values["stage2_passed"]) == (0.9, 0.0)
    assert "late" in found.feedback


def test_the_folder_lies_beside_the_evaluator_and_installed_packages_are_shown(task):
    folder = task(
        "import helper, yaml\ndef evaluate(path):\n    return {'combined_score': helper.value('data.txt')}\n",
        helper__py="import tqdm\ndef value(name):\n    return float(open(name).read())\n", data__txt="2.5",
    )  # fmt: skip
    problem = load_problem(str(folder))
    assert problem.spec.requires.shown == ("tqdm", "yaml")
    with open_pool(slots=1, **problem.spec.requires.visible) as pool:
        evaluator = Evaluator(problem, pool, problem.spec.entry_point())
        (own,) = baselines(problem.spec, evaluator.entry).values()
        found = evaluator.evaluate(own, "train")
    assert found.score == 2.5, found.feedback


def test_a_first_look_tells_what_a_forgery_is_given(evaluator_pool, task):
    folder = task("def evaluate(path):\n    return {'combined_score': program(path)}\n")
    problem = load_problem(str(folder))
    evaluator = Evaluator(problem, evaluator_pool, problem.spec.entry_point())
    (own,) = baselines(problem.spec, evaluator.entry).values()
    look = first_look(evaluator, evaluator.evaluate(own, "train"))
    assert (look["initial"], look["forged"]["score"], look["broken"]["verdict"]) == (1.0, 1e9, "runtime_error")
    assert len(look["findings"]) == 1


def test_tasks_are_found_by_folder_by_file_and_with_their_format(task, tmp_path, monkeypatch):
    folder = task("def evaluate(path):\n    return {}\n", other__yaml="max_iterations: 3\n")
    monkeypatch.chdir(tmp_path)
    assert reference("task") == reference("openevolve:task") == f"openevolve:{folder}"
    assert reference("task/other.yaml") == f"openevolve:{folder / 'other.yaml'}"
    spec = describe_problem("task")
    assert (spec.name, spec.trust, spec.objective.direction) == ("openevolve/task", "in-sandbox", "max")
    assert load_problem("task").instances("test") == ()
    (folder / "README.md").write_text("prose")
    assert describe_problem("task").version == spec.version
    (folder / "data.txt").write_text("data")
    assert describe_problem("task").version != spec.version


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"evaluator.py": "import nosuchpackage\ndef evaluate(p): ..."}, ["evaluator.py", "nosuchpackage", "install"]),
        ({"config.yaml": "evaluator:\n  timeout: soon\n"}, ["config.yaml", "'evaluator.timeout'", "'soon'"]),
        ({"config.yaml": "a: [1"}, ["config.yaml", "not valid YAML"]),
        ({"initial_program.py": "# EVOLVE-BLOCK-START\n"}, ["initial_program.py", "EVOLVE-BLOCK-END"]),
        ({"evaluate.py": "def main(a, b): ...", "initial.py": "x = 1"}, ["openevolve or shinka", "--format"]),
        ({"initial_program.py": None, "initial_program.rs": "fn main() {}"}, ["initial_program.rs", "Python"]),
    ],
)
def test_what_is_wrong_with_a_task_is_one_sentence(task, files, words):
    folder = task("def evaluate(path):\n    return {}\n")
    for name, text in files.items():
        (folder / name).unlink() if text is None else (folder / name).write_text(text)
    with pytest.raises(TableError) as caught:
        load_problem(str(folder))
    assert all(word in str(caught.value) for word in words), caught.value
    assert "\n" not in str(caught.value)


@pytest.fixture
def shinka(tmp_path):
    """Makes a folder of ShinkaEvolve's format."""

    def make(evaluate: str, script: str = "") -> Path:
        folder = tmp_path / "task"
        folder.mkdir()
        (folder / "evaluate.py").write_text(evaluate)
        (folder / "initial.py").write_text(PROGRAM)
        if script:
            (folder / "run_evo.py").write_text(script)
        return folder

    return make


def test_the_example_for_shinka_runs_unchanged(judge):
    found = judge(EXAMPLES / "shinka" / "circle_packing")
    assert found.verdict is Verdict.OK, found.feedback
    assert found.score == pytest.approx(1.9171, abs=1e-3)
    assert {"public/smallest_radius", "private/deviation", "num_valid_runs"} <= set(found.values)
    assert "smallest_radius" in found.feedback
    assert "deviation" not in found.feedback  # private: not for proposers
    problem = load_problem(str(EXAMPLES / "shinka" / "circle_packing"))
    assert (problem.spec.name, problem.spec.limits["wall_seconds"]) == ("shinka/circle_packing", 60.0)
    assert problem.spec.statement.startswith("Place 26 circles")


def test_a_program_shinka_calls_incorrect_has_no_score(judge):
    folder = EXAMPLES / "shinka" / "circle_packing"
    source = (folder / "initial.py").read_text()
    found = judge(folder, source.replace("return centers, largest_radii(centers)", "return centers, np.ones(26)"))
    assert (found.verdict, found.score) == (Verdict.WRONG_ANSWER, None)
    assert "Validation failed: a circle leaves the square" in found.feedback
    found = judge(folder, source.replace("import numpy as np", "import numpy as np\nraise ValueError('early')"))
    assert found.verdict is Verdict.WRONG_ANSWER
    assert "early" in found.feedback


def test_main_is_called_where_the_evaluator_is_no_script(judge, shinka):
    folder = shinka(
        LOAD + "import json, os, signal\n"
        "def main(program_path, results_dir):\n"
        "    signal.signal(signal.SIGALRM, signal.SIG_DFL)\n"  # it has the main thread, as a program of its own has
        "    for name, content in (('correct', {'correct': True}),\n"
        "                          ('metrics', {'combined_score': program(program_path), 'text_feedback': 'well'})):\n"
        "        json.dump(content, open(os.path.join(results_dir, name + '.json'), 'w'))\n"
    )
    found = judge(folder)
    assert (found.score, found.feedback) == (1.0, "feedback: well")


@pytest.mark.parametrize(
    ("body", "verdict", "says"),
    [
        ("pass", Verdict.RUNTIME_ERROR, "left no correct.json"),
        ("import time; time.sleep(30)", Verdict.TIME_LIMIT, "wall limit"),
        ("raise SystemExit('no')", Verdict.RUNTIME_ERROR, "left with 'no'"),
    ],
)
def test_how_evaluations_of_shinka_fail(judge, shinka, body, verdict, says):
    folder = shinka(
        f"def main(program_path, results_dir):\n    {body}\n",
        "message = 'Improve it.'\nJob(time='00:00:01')\nconfig['task_sys_msg'] = message\n",
    )
    found = judge(folder)
    assert found.verdict is verdict
    assert says in found.feedback
    assert load_problem(str(folder)).spec.statement == "Improve it."
