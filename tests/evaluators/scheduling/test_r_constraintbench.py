"""R-ConstraintBench to evolve: the harness builds serial schedules, the host verifies them and counts late tasks."""

from __future__ import annotations

import doctest
import json

import numpy as np
import pytest

from evaluators.baselines import baseline, baselines
from evaluators.candidate import Candidate
from evaluators.problem import WrongAnswerError
from evaluators.rconstraintbench.generator import GENERATOR_VERSION, draw_ramp
from evaluators.rconstraintbench.ramp import Arguments
from evaluators.rconstraintbench.serial import Project
from evaluators.rconstraintbench.tightness import greedy_order
from evaluators.rconstraintbench.verifier import verify
from evaluators.registry import load_problem
from evaluators.scheduling.r_constraintbench.harness import serial
from evaluators.scheduling.r_constraintbench.problem import instance_of
from evaluators.toolchains import python


@pytest.fixture(scope="module")
def problem():
    return load_problem("scheduling/r-constraintbench")


def judged(problem, instances, source: str | bytes):
    handle = serial.load({"candidate.py": source if isinstance(source, bytes) else source.encode()})
    found = []
    for request in problem.requests(instances, problem.spec.entry_point(), False):
        found += problem.judge(request, handle(request.payload), instances)
    return found


def rule(problem, result: str) -> str:
    return f"import numpy as np\n\n{problem.spec.entry_point().signature}\n    return {result}\n"


def starts_of(problem, instance, source: str) -> dict[int, int]:
    request = problem.requests([instance], problem.spec.entry_point(), False)[0]
    response = serial.load({"candidate.py": source.encode()})(request.payload)
    return dict(enumerate(problem.decode(request, response)[0].tolist(), 1))


def test_splits(problem) -> None:
    counts = {split: len(problem.instances(split)) for split in ("train", "validation", "test")}
    assert counts == {"train": 96, "validation": 96, "test": 168}
    fresh = problem.instances("test", "ab")[168:]
    assert len(fresh) == 96
    ids = [i.data["instance"].id for s in counts for i in problem.instances(s)]
    ids += [i.data["instance"].id for i in fresh]
    assert len(set(ids)) == len(ids)
    for split in counts:
        names = [i.name for i in problem.instances(split)]
        assert len(set(names)) == len(names)


def test_the_declared_generator_is_the_one_used(problem) -> None:
    assert problem.spec.engine_versions["rconstraintbench/generator"] == GENERATOR_VERSION


@pytest.mark.parametrize(("name", "greedy"), [("latest", "LFT"), ("latest - p", "LST")])
def test_the_harness_schedules_as_the_trusted_scheme_does(problem, name, greedy) -> None:
    """Two implementations of one scheme; they differ in which of equally urgent tasks comes first."""
    same = 0
    instances = problem.instances("test")[::5]
    for instance in instances:
        project = Project(instance.data["instance"])
        expected = project.schedule(greedy_order(project, greedy))[0]
        same += starts_of(problem, instance, rule(problem, name)) == expected
    assert same > len(instances) / 2


def test_start_is_where_a_task_would_be_put(problem) -> None:
    for instance in problem.instances("train")[:6]:
        starts = starts_of(problem, instance, rule(problem, "start"))
        question = instance.data["instance"]
        assert set(verify(question, starts).kinds) <= {"DEADLINE", "HORIZON"}
        order = sorted(starts, key=lambda task: starts[task])
        assert Project(question).schedule(order)[0] == starts


def test_requests_tell_the_constraints_and_nothing_else(problem) -> None:
    instances = problem.instances("train")[:9]
    first, second = problem.requests(instances, problem.spec.entry_point(), True)
    assert (first.indices, second.indices) == (tuple(range(8)), (8,))
    assert set(json.loads(second.payload)[0]) == {
        "p", "demands", "release", "deadline", "capacities", "downtimes", "precedences", "apart", "horizon"
    }  # fmt: skip


def test_late_tasks_are_counted_and_anything_else_is_wrong(problem) -> None:
    instance = problem.instances("train")[0]
    question = instance.data["instance"]
    starts = np.array(list(starts_of(problem, instance, rule(problem, "latest - p")).values()))
    honest = problem.score(instance, starts)
    moved = starts.copy()
    last = int(starts.argmax())
    moved[last] = question.horizon + 50
    result = problem.score(instance, moved)
    assert result.objective == honest.objective + 1
    assert result.score == pytest.approx(100 * result.objective / 20)
    assert result.values == {"infeasible": 100.0}
    with pytest.raises(WrongAnswerError, match=f"instance {instance.name}: task .* before its predecessor"):
        problem.score(instance, np.zeros(20, dtype=np.int64))
    for odd in (starts[:-1], starts.astype(float), [], None, starts - 1000):
        with pytest.raises(WrongAnswerError):
            problem.score(instance, odd)


def test_witnesses_score_nothing(problem) -> None:
    ramp = draw_ramp(Arguments(seed=3), 2)
    found = problem.score(instance_of(ramp.instance("all", 30)), [ramp.witness[k] for k in range(1, 21)])
    assert (found.objective, found.score, found.values) == (0, 0, {"infeasible": 0})


@pytest.mark.parametrize(
    ("result", "complaint"),
    [
        ("p * float('nan')", "priority returned NaN with 20 tasks left"),
        ("p[:1]", r"priority returned an array of shape \(1,\) for \d+ tasks, 20 being left"),
        ("None", "priority returned something that is not an array of numbers"),
    ],
)
def test_useless_priorities_are_named(problem, result, complaint) -> None:
    instances = problem.instances("train")[:3]
    with pytest.raises(WrongAnswerError, match=f"instance {instances[0].name}: {complaint}"):
        judged(problem, instances, rule(problem, result))


@pytest.mark.parametrize("response", [b"", b"\x00", b"\x00" + b"\x00" * 79, b"\x01", b"\x02" + b"\x00" * 80])
def test_responses_of_another_shape_are_wrong_answers(problem, response) -> None:
    instances = problem.instances("train")[:1]
    request = problem.requests(instances, problem.spec.entry_point(), False)[0]
    with pytest.raises(WrongAnswerError, match="the response is not the starts of 20 tasks"):
        problem.judge(request, response, instances)


def test_urgent_first_beats_the_other_baselines_and_all_are_elementwise(problem) -> None:
    entry = problem.spec.entry_point()
    instances = problem.instances("train")
    means = {}
    for name, candidate in baselines(problem.spec, entry).items():
        assert python.screen(candidate, entry, problem.spec.source_limit).elementwise
        means[name] = np.mean([j.score for j in judged(problem, instances, candidate.files["candidate.py"])])
    assert means["lst"] < means["lft"] < means["mts"] < means["random"] < means["spt"]
    assert means["lst"] > 0


def test_situations_broadcast(problem) -> None:
    found = problem.situations(problem.spec.entry_point())
    assert tuple(found) == problem.spec.entry_point().arguments
    assert np.broadcast_shapes(*(value.shape for value in found.values())) == (64, 4)


def test_feedback_says_where_tasks_are_late(problem) -> None:
    instances = problem.instances("train")
    spt = baseline(problem.spec, problem.spec.entry_point(), "spt").files["candidate.py"]
    said = problem.feedback(instances, judged(problem, instances, spt))
    assert said.startswith("instances with late tasks: disjunctive ")
    assert "; most: " in said


def test_an_exported_rule_proves_its_result(problem) -> None:
    entry = problem.spec.entry_point()
    instance = problem.instances("train")[4]
    source = rule(problem, "p")
    late = judged(problem, [instance], source)[0].objective
    found = problem.example(entry, instance, late)
    space: dict = {}
    exec(source + found.code, space)
    case = doctest.DocTestParser().get_doctest(found.doctest + "\n", space, "exported", None, 0)
    assert doctest.DocTestRunner(verbose=False).run(case) == (0, 2)


def test_in_a_sandbox(make_evaluator) -> None:
    evaluator = make_evaluator("scheduling/r-constraintbench")
    evaluation = evaluator.evaluate(Candidate.of_text(rule(evaluator.problem, "latest - p")), "train")
    assert evaluation.ok, evaluation.feedback
    assert set(evaluation.values) == {"late", "infeasible"}
    assert evaluation.values["infeasible"] > evaluation.values["late"] == evaluation.score
