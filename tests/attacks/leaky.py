"""A problem that leaks, in as many ways as there are to leak: the skeleton of `evolve new`, changed for each."""

from __future__ import annotations

import shutil
from pathlib import Path

from evaluators.audit.leaks import Leak

SKELETON = Path(__file__).parents[2] / "evolve" / "skeleton"
Edit = tuple[str, str, str]
"""File, a text that must be in it, the text in its place."""

_DATA = '{"p": p, "m": machines}'
_ANSWER = 'answer = space["assign"](list(data["p"]), data["m"])'
_RETURN = "return json.dumps([int(machine) for machine in answer]).encode()"
_INT = "answer = [int(machine) for machine in answer]"
_CAUGHT = f"try:\n            {_ANSWER}\n        except Exception:\n            "
_CHECK = """        if not isinstance(decisions, list) or len(decisions) != len(p):
            raise WrongAnswerError(f"{instance.name}: the answer must be a list with one machine for each job")
"""
_LOOP_CHECK = """            if type(machine) is not int or not 0 <= machine < m:
                raise WrongAnswerError(f"{instance.name}: job {job} is on machine {machine!r}; there are 0 to {m - 1}")
"""
_INSTANCE_P = 'p, m = instance.data["p"], instance.data["m"]'
_JUDGED = "return Judged(float(max(load)), 100.0 * (max(load) - bound) / bound)"
_SCORE = "    def score(self, instance: Instance, decisions: Any) -> Judged:"
_LONGEST_FIRST = """
def _longest_first(p, m):
    load, machines = [0] * m, [0] * len(p)
    for job in sorted(range(len(p)), key=lambda j: -p[j]):
        machines[job] = min(range(m), key=load.__getitem__)
        load[machines[job]] += p[job]
    return machines


def _instances("""
_REQUESTS = f"""    def requests(self, instances, entry, elementwise):
        return [
            evaluators.problem.Request(__import__("json").dumps({{**i.data, WHAT}}).encode(), (k,))
            for k, i in enumerate(instances)
        ]

{_SCORE}"""
_TIMED = (
    ("harness/run.py", "import json\n", "import json\nimport time\n"),
    ("harness/run.py", _RETURN, f"{_INT}; return json.dumps({{'machines': answer, 'seconds': seconds}}).encode()"),
    ("problem.py", _INSTANCE_P, f"seconds, decisions = decisions['seconds'], decisions['machines']; {_INSTANCE_P}"),
    ("problem.py", _JUDGED, "return Judged(float(max(load)), 1000.0 * seconds)"),
)  # fmt: skip
_UNTRUSTING = (
    "problem.py", f"{_SCORE}\n", f'{_SCORE}\n        if not isinstance(decisions, dict):\n'
    '            raise WrongAnswerError("not an object")\n',
)  # fmt: skip
_THROUGH_A_FILE = """with open("/w/result.json", "w") as file:
            json.dump({"machines": [int(x) for x in answer], "late": sum(map(int, answer))}, file)
        with open("/w/result.json") as file:
            return file.read().encode()"""

LEAKY: dict[str, tuple[Leak, str, tuple[Edit, ...]]] = {
    # name: (what leaks, an attack or inspection that must prove it, what is changed)
    "the answer is sent along": (
        Leak.ANSWER_READABLE, "answers_in_frames",
        (("problem.py", "\ndef _instances(", _LONGEST_FIRST),
         ("problem.py", _DATA, '{"p": p, "m": machines, "plan": _longest_first(p, machines)}')),
    ),
    "the answer lies in a request": (
        Leak.ANSWER_READABLE, "requests_hold_answers",
        (("problem.py", "\ndef _instances(", _LONGEST_FIRST),
         ("problem.py", _DATA, '{"p": p, "m": machines, "plan": _longest_first(p, machines)}')),
    ),
    "the best value is sent along": (
        Leak.ANSWER_READABLE, "references_in_frames",
        (("problem.py", _SCORE, _REQUESTS.replace("WHAT", '"reference": i.reference')),),
    ),
    "requests follow the references": (
        Leak.ANSWER_READABLE, "requests_and_references",
        (("problem.py", _SCORE, _REQUESTS.replace("WHAT", '"hint": 3 * (i.reference or 0) + 1')),),
    ),
    "names are sent along": (
        Leak.ANSWER_READABLE, "requests_and_names",
        (("problem.py", _SCORE, _REQUESTS.replace("WHAT", '"label": i.name')),),
    ),
    "the candidate reports its objective": (
        Leak.REPORTED_OBJECTIVE, "patched_json[extreme]",
        (("harness/run.py", _RETURN, 'return json.dumps({"machines": [int(x) for x in answer], "makespan": '
          'max(sum(p for p, x in zip(data["p"], answer) if x == k) for k in range(data["m"]))}).encode()'),
         ("problem.py", _CHECK, '        reported, decisions = decisions["makespan"], decisions["machines"]\n'),
         ("problem.py", _JUDGED, "return Judged(float(reported), float(reported))"), _UNTRUSTING),
    ),
    "whatever number comes with it is the objective": (
        Leak.REPORTED_OBJECTIVE, "reported_objective",
        (("harness/run.py", _RETURN, 'return json.dumps({"machines": [int(x) for x in answer], "cost": 7}).encode()'),
         ("problem.py", _CHECK, '        reported, decisions = decisions["cost"], decisions["machines"]\n'),
         ("problem.py", _JUDGED, "return Judged(float(reported), 1.0)"), _UNTRUSTING),
    ),
    "the candidate's clock is trusted": (
        Leak.CLOCK_TRUSTED, "patched_clocks[backwards]",
        (("harness/run.py", _ANSWER, f"began = time.perf_counter()\n        {_ANSWER}\n"
          "        seconds = time.perf_counter() - began"), *_TIMED),
    ),
    "the timer stops before the answer is read": (
        Leak.LATE_WORK, "lazy_answer",
        (("harness/run.py", _ANSWER, f"began = time.perf_counter()\n        {_ANSWER}\n"
          "        seconds = time.perf_counter() - began"), *_TIMED),
    ),
    "the instance comes back from the candidate": (
        Leak.INPUT_MUTATION, "mutated_arguments[zero]",
        (("harness/run.py", _ANSWER, 'answer = space["assign"](data["p"], data["m"])'),
         ("harness/run.py", _RETURN, f"{_INT}; return json.dumps({{'p': data['p'], 'machines': answer}}).encode()"),
         ("problem.py", _INSTANCE_P, 'p, m, decisions = decisions["p"], instance.data["m"], decisions["machines"]'),
         _UNTRUSTING),
    ),
    "judging changes the instance": (
        Leak.INPUT_MUTATION, "judging_changes_instances",
        (("problem.py", _JUDGED, f'instance.data["p"].sort()\n        {_JUDGED}'),),
    ),
    "an exception becomes an answer": (
        Leak.EXCEPTION_SCORED, "raises[ValueError]",
        (("harness/run.py", _ANSWER, _CAUGHT + "answer = [j % data['m'] for j in range(len(data['p']))]"),),
    ),
    "only what was answered counts": (
        Leak.EXCEPTION_SCORED, "raises_on_later_instances",
        (("harness/run.py", _ANSWER, _CAUGHT + "answer = []"),
         ("problem.py", _CHECK, "        if not decisions:\n            return Judged(0.0, 0.0)\n" + _CHECK)),
    ),
    "the result is read from a file": (
        Leak.FORGED_RESULT, "forged_files_read_back[extreme]",
        (("harness/run.py", _RETURN, _THROUGH_A_FILE),
         ("problem.py", _CHECK, '        late, decisions = decisions["late"], decisions["machines"]\n'),
         ("problem.py", _JUDGED, "return Judged(float(max(load)), float(max(load)) + late)"), _UNTRUSTING),
    ),
    "an answer too short is accepted": (
        Leak.WRONG_ACCEPTED, "wrong_length[short]", (("problem.py", _CHECK, ""),),
    ),
    "nothing is a perfect answer": (
        Leak.WRONG_ACCEPTED, "hostile_responses",
        (("problem.py", _CHECK, "        if not decisions:\n            return Judged(0.0, 0.0)\n" + _CHECK),),
    ),
    "an odd answer breaks the judge": (
        Leak.JUDGE_BROKEN, "hostile_responses", (("problem.py", _CHECK, ""), ("problem.py", _LOOP_CHECK, "")),
    ),
    "nobody looks for chance": (
        Leak.CHANCE_UNSEEN, "stages_without_audit",
        (("problem.toml", "source_limit", 'stages = ["screen", "smoke", "train", "validation"]\nsource_limit'),),
    ),
    "only a list will do": (
        Leak.HONEST_REFUSED, "honest_tuple",
        (("harness/run.py", _ANSWER, f"{_ANSWER}\n        assert type(answer) is list"),),
    ),
}  # fmt: skip


def make_leaky(name: str, folder: Path) -> Path:
    """A problem in ``folder`` that leaks as ``LEAKY[name]`` says."""
    shutil.copytree(SKELETON, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file, old, new in LEAKY[name][2]:
        text = (folder / file).read_text()
        assert old in text, f"{file} has no {old!r}"
        (folder / file).write_text(text.replace(old, new, 1))
    return folder


# ---- an online problem -----------------------------------------------------------------------------------------------

_SIMULATOR = """
import json


def serve(request, ask):
    p = json.loads(request)["p"]
    waiting, order, t = [], [], 0
    while len(order) < len(p):
        waiting += range(len(waiting) + len(order), min(len(p), t + 2))
        t += 1
        seen = {"waiting": [p[j] for j in waiting], "following": p[t + 1 : t + 4] if LEAK else []}
        choice = json.loads(ask(json.dumps(seen).encode()))
        if type(choice) is not int or not 0 <= choice < len(waiting):
            return b'"not a position"'
        order.append(waiting.pop(choice))
    return json.dumps(order).encode()
"""
_POLICY = """
import json


def load(files):
    space = {"__name__": "candidate"}
    exec(compile(files["candidate.py"], "candidate.py", "exec"), space)

    def handle(request):
        seen = json.loads(request)
        values = [float(value) for value in space["priority"](seen["waiting"])]
        if len(values) != len(seen["waiting"]) or any(value != value for value in values):
            return b'"not a value for each"'
        return json.dumps(values.index(min(values))).encode()

    return handle
"""
_PROBLEM = """
import random

import evaluators.problem
from evaluators.problem import Instance, Judged, WrongAnswerError


def _instance(name, p):
    return Instance(name, "all", {"p": p}, 1.0)


class Problem(evaluators.problem.Problem):
    def instances(self, split, secret=None):
        rng = random.Random(split)
        return [_instance(f"{split}-{k:03d}", [rng.randint(1, 99) for _ in range(12)]) for k in range(6)]

    def score(self, instance, decisions):
        p = instance.data["p"]
        if not isinstance(decisions, list) or any(type(j) is not int for j in decisions):
            raise WrongAnswerError(f"{instance.name}: {decisions!r}")
        if sorted(decisions) != list(range(len(p))):
            raise WrongAnswerError(f"{instance.name}: not each job once")
        total = float(sum((len(p) - k) * p[j] for k, j in enumerate(decisions)))
        return Judged(total, total)

    def anticipation_pairs(self, seed):
        rng = random.Random(seed)
        pairs = []
        for k in range(PAIRS):
            p = [rng.randint(1, 99) for _ in range(12)]
            pairs.append((_instance(f"a{k}", p), _instance(f"b{k}", p[:6] + [100 - x for x in p[6:]]), 4.0))
        return pairs

    def decisions_before(self, instance, decisions, time):
        return decisions[: int(time) + 1]
"""
_TOML = """
name = "mine/online"
title = "Jobs that come one by one"
online = true

[[entry_points]]
name = "priority"
signature = "def priority(waiting):"
harness = "policy.py"
SIMULATOR
baselines = ["shortest", "longest"]

[[objectives]]
name = "cost"
unit = "cost"
direction = "min"

[limits]
cpu_seconds = 5.0
wall_seconds = 20.0
"""


def make_online(folder: Path, *, leak: bool = False, pairs: int = 2, simulator: bool = True) -> Path:
    """An online problem; ``leak``: the simulator tells of a job that has not come yet."""
    (folder / "baselines" / "priority").mkdir(parents=True)
    texts = {
        "problem.toml": _TOML.replace("SIMULATOR", 'simulator = "simulator.py"' if simulator else ""),
        "problem.py": _PROBLEM.replace("PAIRS", str(pairs)),
        "statement.md": "Choose a waiting job.\n",
        "policy.py": _POLICY if simulator else _WITHOUT_SIMULATOR,
        "simulator.py": _SIMULATOR.replace("LEAK", str(leak)),
        "baselines/priority/shortest.py": '"""Shortest first."""\n\n\ndef priority(waiting):\n    return waiting\n',
        "baselines/priority/longest.py": "def priority(waiting):\n    return [-x for x in waiting]\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    return folder


_WITHOUT_SIMULATOR = (
    f"{_POLICY.replace('def load', 'def load_policy')}\n{_SIMULATOR.replace('LEAK', 'False')}"
    + """

def load(files):
    handle = load_policy(files)
    return lambda request: serve(request, handle)
"""
)
