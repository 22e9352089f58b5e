"""The audit of would-be elites finds chance, memory, recognised instances and knowledge of the future."""

from __future__ import annotations

import pytest

from evaluators.audit.elites import EliteAudit
from evaluators.baselines import baselines
from evaluators.candidate import Candidate
from sandboxes import Outcome, Reason

TARDINESS = "scheduling/single-machine-tardiness"
FLOW_TIME = "scheduling/online-flow-time"
FEASIBILITY = "scheduling/r-constraintbench"
ROUND_ROBIN = "def assign(p, m):\n    return [j % m for j in range(len(p))]\n"


def audit(evaluator, source: str | Candidate, seed: int = 1, split: str = "train"):
    """Audit a candidate that passes; its verdict and what was said."""
    candidate = Candidate.of_text(source) if isinstance(source, str) else source
    assert evaluator.evaluate(candidate, split).ok
    found = EliteAudit(evaluator).run(candidate, split, seed)
    assert found.name == "audit"
    assert found.seconds > 0
    return found.verdict.value, found.feedback


@pytest.mark.parametrize("problem", [TARDINESS, FLOW_TIME, FEASIBILITY])
def test_baselines_pass(make_evaluator, problem):
    evaluator = make_evaluator(problem, "priority")
    for candidate in baselines(evaluator.problem.spec, evaluator.entry).values():
        assert audit(evaluator, candidate) == ("ok", "")


def test_whole_sequences_pass(make_evaluator):
    evaluator = make_evaluator(TARDINESS, "sequence")
    rules = baselines(evaluator.problem.spec, evaluator.entry)
    assert audit(evaluator, rules["mdd"]) == ("ok", "")


@pytest.mark.parametrize("seed", [0, 1, 2**47])
def test_a_plain_candidate_passes_whatever_the_seed_and_split(folder, make_evaluator, seed):
    evaluator = make_evaluator(folder)
    assert audit(evaluator, ROUND_ROBIN, seed) == ("ok", "")
    assert audit(evaluator, ROUND_ROBIN, seed, "validation") == ("ok", "")


def test_a_memory_that_changes_nothing_is_allowed(folder, make_evaluator):
    source = (
        "known = {}\n\ndef assign(p, m):\n    key = tuple(p)\n"
        "    if key not in known:\n        known[key] = [j % m for j in range(len(p))]\n    return known[key]\n"
    )
    assert audit(make_evaluator(folder), source) == ("ok", "")


RANDOM = "import os\n\ndef assign(p, m):\n    return [b % m for b in os.urandom(len(p))]\n"


def test_chance_is_nondeterministic(folder, make_evaluator):
    verdict, said = audit(make_evaluator(folder), RANDOM)
    assert verdict == "nondeterministic"
    assert "differ between two identical runs" in said


def test_failing_when_run_again_is_nondeterministic(folder, make_evaluator, evaluator_pool):
    class Worsening:
        """The candidate's third and later runs find another program, as one that knows the time would."""

        capabilities = evaluator_pool.capabilities
        jobs = 0

        def run(self, job, gate=None):
            from dataclasses import replace

            self.jobs += 1
            if self.jobs > 2:
                job = replace(job, files={"candidate.py": b"def assign(p, m): 1 / 0"})
            return evaluator_pool.run(job, gate)

    verdict, said = audit(make_evaluator(folder, pool=Worsening()), ROUND_ROBIN)
    assert verdict == "nondeterministic"
    assert said.startswith("it passed before, but failed when run again: Traceback")


@pytest.mark.parametrize(
    ("reason", "verdict"),
    [(Reason.CPU_LIMIT, "time_limit"), (Reason.WALL_LIMIT, "time_limit"), (Reason.MEMORY_LIMIT, "memory_limit"),
     (Reason.INTERNAL_ERROR, "internal_error")],
)  # fmt: skip
def test_limits_and_failures_of_ours_are_called_by_their_names(folder, make_evaluator, evaluator_pool, reason, verdict):
    class Busy:
        """A machine that became slow."""

        capabilities = evaluator_pool.capabilities
        jobs = 0

        def run(self, job, gate=None):
            self.jobs += 1
            return evaluator_pool.run(job, gate) if self.jobs == 1 else Outcome(reason, detail="slow")

    assert audit(make_evaluator(folder, pool=Busy()), ROUND_ROBIN)[0] == verdict


def test_chance_is_allowed_where_the_problem_says_so(folder, edit, make_evaluator):
    edit(folder / "problem.toml", ('"exact" #', '"valid" #'))
    assert audit(make_evaluator(folder), RANDOM) == ("ok", "")


@pytest.mark.parametrize(
    "source",
    [
        # counts its calls
        "calls = []\n\ndef assign(p, m):\n    calls.append(1)\n"
        "    return [(j + len(calls)) % m for j in range(len(p))]\n",
        # remembers the instance before
        "last = [0]\n\ndef assign(p, m):\n    shift, last[0] = last[0], p[0]\n"
        "    return [(j + shift) % m for j in range(len(p))]\n",
        # a fixed seed, but one stream for all instances
        "import random\n\nrng = random.Random(1)\n\ndef assign(p, m):\n    return [rng.randrange(m) for _ in p]\n",
        # knows the first instance it was given, by what came first
        "first = []\n\ndef assign(p, m):\n    first.append(p)\n"
        "    return [0] * len(p) if p == first[0] else [j % m for j in range(len(p))]\n",
    ],
)
def test_dependence_on_the_order_of_instances_is_tampering(folder, make_evaluator, source):
    verdict, said = audit(make_evaluator(folder), source)
    assert verdict == "tampering"
    assert "another order and other names" in said


def test_dependence_on_names_is_tampering(folder, edit, make_evaluator):
    """A problem that lets names slip into its requests."""
    edit(
        folder / "problem.py",
        ("    def score(", "    def requests(self, instances, entry, elementwise):\n"
         "        import json\n\n        return [\n"
         "            evaluators.problem.Request(json.dumps({**i.data, 'name': i.name}).encode(), (k,))\n"
         "            for k, i in enumerate(instances)\n        ]\n\n    def score("),
    )  # fmt: skip
    edit(folder / "harness" / "run.py", ('data["m"])', 'data["m"], data["name"])'))
    edit(folder / "problem.toml", ("def assign(p, m):", "def assign(p, m, name):"))
    evaluator = make_evaluator(folder)
    by_name = "def assign(p, m, name):\n    return [0 if 'view' in name else j % m for j in range(len(p))]\n"
    verdict, said = audit(evaluator, by_name)
    assert verdict == "tampering"
    assert said.startswith("decisions on view-")
    assert audit(evaluator, ROUND_ROBIN.replace("p, m", "p, m, name")) == ("ok", "")


# ---- solving in lock step --------------------------------------------------------------------------------------------

ARGUMENTS = "p, d, t, work, jobs, p_mean, p_max, p_min, d_mean, late, tardiness"


@pytest.mark.parametrize(
    "value",
    [
        "np.where(~(jobs > 10), p, d)",
        "p * (1.0 / (jobs - 3.0))",
        "np.fmax(p, (jobs - 20.0) ** 0.5)",
        "p * (jobs - 30.0) // (jobs - 7.0) + d",
        "np.maximum(p, d - t) ** 0.5 * np.log(work) + p_mean / p_max",
        "d + np.exp(-p / p_mean) * (late > jobs / 2.0) * tardiness",
    ],
)
def test_lock_step_changes_no_decision(make_evaluator, value):
    evaluator = make_evaluator(TARDINESS, "priority")
    source = f"import numpy as np\n\n\ndef priority({ARGUMENTS}):\n    return {value}\n"
    verdict, said = audit(evaluator, source)
    assert (verdict, said) == ("ok", "")


def test_lock_step_that_changes_decisions_would_be_a_failure_of_ours(make_evaluator, monkeypatch):
    evaluator = make_evaluator(TARDINESS, "priority")
    monkeypatch.setattr("evaluators.toolchains.python.is_elementwise", lambda tree, name: True)
    source = f"def priority({ARGUMENTS}):\n    return abs(p - p.mean())\n"
    verdict, said = audit(evaluator, source)
    assert verdict == "internal_error"
    assert "differ between lock step and one by one" in said


# ---- anticipation ----------------------------------------------------------------------------------------------------

POLICY = "import numpy as np\n\n\ndef priority(p, wait, t, jobs, work):\n"


@pytest.mark.parametrize("value", ["p", "-wait", "(wait + p) / p", "p - 0.1 * wait", "np.where(jobs > 3, p, -wait)"])
def test_online_policies_that_see_only_what_has_arrived_pass(make_evaluator, value):
    assert audit(make_evaluator(FLOW_TIME), f"{POLICY}    return {value}\n") == ("ok", "")


LEAKY = """
import json


def serve(request, ask):
    p = json.loads(request)["p"]
    started, waiting = [], []
    for t, size in enumerate(p):
        waiting.append(t)
        if t < 2:
            started.append(None)
            continue
        observation = {"t": t, "waiting": [p[j] for j in waiting], LEAK}
        choice = json.loads(ask(json.dumps(observation).encode()))
        started.append(waiting.pop(choice))
    return json.dumps(started).encode()
"""
HARNESS = """
import json


def load(files):
    space = {"__name__": "candidate"}
    exec(compile(files["candidate.py"], "candidate.py", "exec"), space)

    def handle(request):
        seen = json.loads(request)
        return json.dumps(space["choose"](seen["t"], seen["waiting"], seen.get("next", 0))).encode()

    return handle
"""
PROBLEM = """
import random

import evaluators.problem
from evaluators.problem import Instance, Judged


def _instance(name, p):
    return Instance(name, "all", {"p": p}, 1.0)


class Problem(evaluators.problem.Problem):
    def instances(self, split, secret=None):
        rng = random.Random(split)
        return [_instance(f"{split}-{k}", [rng.randint(1, 9) for _ in range(12)]) for k in range(6)]

    def score(self, instance, decisions):
        return Judged(1.0, float(sum(k * (j or 0) for k, j in enumerate(decisions))))

    def anticipation_pairs(self, seed):
        rng = random.Random(seed)
        pairs = []
        for k in range(4):
            p = [rng.randint(1, 9) for _ in range(12)]
            later = [10 - x for x in p[6:]]
            pairs.append((_instance(f"a{k}", p), _instance(f"b{k}", p[:6] + later), 5.0))
        return pairs

    def decisions_before(self, instance, decisions, time):
        return decisions[: int(time) + 1]
"""
TOML = """
name = "mine/online"
title = "Jobs that come one by one"
online = true

[[entry_points]]
name = "choose"
signature = "def choose(t, waiting, following):"
harness = "run.py"
simulator = "simulator.py"

[[objectives]]
name = "cost"
unit = "cost"
direction = "min"

[limits]
cpu_seconds = 5.0
wall_seconds = 20.0
"""


@pytest.fixture
def online(tmp_path, make_evaluator):
    """Evaluator of an online problem whose simulator leaks what is asked for."""

    def make(leak: str):
        (tmp_path / "problem.toml").write_text(TOML)
        (tmp_path / "problem.py").write_text(PROBLEM)
        (tmp_path / "statement.md").write_text("Choose a waiting job.\n")
        (tmp_path / "run.py").write_text(HARNESS)
        (tmp_path / "simulator.py").write_text(LEAKY.replace("LEAK", leak))
        return make_evaluator(tmp_path)

    return make


NEXT = '"next": p[(t + 1) % len(p)]'
PEEK = (
    "def choose(t, waiting, following):\n"
    "    return max(range(len(waiting)), key=waiting.__getitem__) if following < 5 else 0\n"
)


def test_knowledge_of_the_future_is_tampering(online):
    verdict, said = audit(online(NEXT), PEEK)
    assert verdict == "tampering"
    assert "agree up to then: it anticipates the future" in said


def test_the_same_policy_behind_a_tight_simulator_passes(online):
    assert audit(online('"next": 0'), PEEK) == ("ok", "")


def test_a_leak_nobody_uses_is_no_tampering(online):
    assert audit(online(NEXT), "def choose(t, waiting, following):\n    return 0\n") == ("ok", "")


def test_failing_on_another_instance_is_no_chance(online):
    """The pairs are instances the candidate has never seen; to fail there is a plain failure."""
    seen = [i.data["p"][0] for i in online('"next": 0').problem.instances("train")]
    source = (
        "first = []\n\n\ndef choose(t, waiting, following):\n    if t == 2:\n        first[:] = waiting\n"
        f"    return 0 if first[0] in {sorted(set(seen))} else 1 / 0\n"
    )
    assert set(seen) != set(range(1, 10))
    verdict, said = audit(online('"next": 0'), source)
    assert verdict == "runtime_error"
    assert said.startswith("it failed in the audit: ")


def test_offline_problems_have_no_pairs(make_evaluator, folder):
    problem = make_evaluator(folder).problem
    assert problem.anticipation_pairs(1) == ()
    with pytest.raises(TypeError, match="mine/parallel-machines is not an online problem"):
        problem.decisions_before(problem.instances("train")[0], [], 3.0)


@pytest.mark.parametrize("count", [2, 3])
def test_few_instances_come_in_another_order_whatever_the_seed(folder, edit, make_evaluator, count):
    edit(folder / "problem.py", ('"train", 1, 20,', f'"train", 1, {count},'))
    evaluator = make_evaluator(folder)
    source = (
        "first = []\n\ndef assign(p, m):\n    first.append(p)\n"
        "    return [(j + (p != first[0])) % m for j in range(len(p))]\n"
    )
    assert {audit(evaluator, source, seed)[0] for seed in range(12)} == {"tampering"}
    assert audit(evaluator, ROUND_ROBIN) == ("ok", "")


def test_views_are_the_same_instances_under_other_names(folder, make_evaluator):
    problem = make_evaluator(folder).problem
    instances = problem.instances("train")
    views, origin = problem.audit_views(instances, 7)
    assert sorted(origin) == list(range(20)) != origin
    assert [v.data for v in views] == [instances[i].data for i in origin]
    assert {v.name for v in views}.isdisjoint(i.name for i in instances)
    assert len({v.name for v in views}) == 20
    assert problem.audit_views(instances, 7)[1] == origin != problem.audit_views(instances, 8)[1]
