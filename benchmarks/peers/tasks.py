"""The same task for each framework: a program whose ``answer()`` is its score, judged at once or after a second."""

from __future__ import annotations

from pathlib import Path

from model import MARKED

INITIAL = MARKED.format(code='def answer():\n    """The first."""\n    return 0.0\n')
LEDGER = "EVOLVE_BENCH_LEDGER"
"""Environment variable naming the file in which an evaluation that can reach it writes down when it ended."""

_EVALUATOR = f'''
import importlib.util
import json
import os
import sys
import time


def score(program_path):
    time.sleep(SECONDS)
    spec = importlib.util.spec_from_file_location("program", program_path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    value = float(module.answer())
    if "{LEDGER}" in os.environ:
        with open(os.environ["{LEDGER}"], "a") as ledger:
            ledger.write(f"{{time.time()}}\\n")
    return value
'''

_OPENEVOLVE = """

def evaluate(program_path):
    return {"combined_score": score(program_path)}
"""

_SHINKA = """

if __name__ == "__main__":
    given = dict(zip(sys.argv[1::2], sys.argv[2::2]))
    metrics = {"combined_score": score(given["--program_path"]), "public": {}, "private": {}}
    os.makedirs(given["--results_dir"], exist_ok=True)
    for name, content in (("metrics", metrics), ("correct", {"correct": True, "error": None})):
        with open(os.path.join(given["--results_dir"], name + ".json"), "w") as file:
            json.dump(content, file)
"""

_NATIVE_TOML = """
name = "bench/answer"
title = "A number as large as possible"
language = "python"
stages = ["screen", "smoke", "train", "validation"]

[[entry_points]]
name = "answer"
signature = "def answer():"
harness = "harness/run.py"
baselines = ["first"]
seeds = ["first"]

[[objectives]]
name = "value"
unit = "value"
direction = "max"

[limits]
cpu_seconds = 10.0
wall_seconds = 30.0

[splits]
train = "one instance"
validation = "the same again"
test = "the same again"
"""

_NATIVE_PROBLEM = '''
"""The number is the score."""

import evaluators.problem
from evaluators.problem import Instance, Judged


class Problem(evaluators.problem.Problem):
    def instances(self, split, secret=None):
        return [Instance(split, "all", {})]

    def score(self, instance, decisions):
        return Judged(float(decisions), float(decisions))
'''

_NATIVE_HARNESS = """
import json
import time


def load(files):
    time.sleep(SECONDS)
    space = {}
    exec(compile(files["candidate.py"], "candidate.py", "exec"), space)
    return lambda request: json.dumps(float(space["answer"]())).encode()
"""


def openevolve_task(folder: Path, seconds: float, settings: str = "") -> Path:
    """A task directory of OpenEvolve whose evaluations sleep for so long; ``settings`` is its configuration."""
    return _written(
        folder,
        {
            "initial_program.py": INITIAL,
            "evaluator.py": _EVALUATOR.replace("SECONDS", str(seconds)) + _OPENEVOLVE,
            "config.yaml": settings or "evaluator:\n  timeout: 60\n  cascade_evaluation: false\n",
        },
    )


def shinka_task(folder: Path, seconds: float) -> Path:
    """The same for ShinkaEvolve, without importing it, which would take each evaluation seconds."""
    evaluator = _EVALUATOR.replace("SECONDS", str(seconds)) + _SHINKA
    return _written(folder, {"initial.py": INITIAL, "evaluate.py": evaluator})


def native_problem(folder: Path, seconds: float) -> Path:
    """The same as a problem of evolve."""
    return _written(
        folder,
        {
            "problem.toml": _NATIVE_TOML.lstrip(),
            "problem.py": _NATIVE_PROBLEM.lstrip(),
            "statement.md": "Write `answer()`, which returns a number as large as possible.\n",
            "harness/run.py": _NATIVE_HARNESS.lstrip().replace("SECONDS", str(seconds)),
            "baselines/answer/first.py": '"""The first."""\n\n\ndef answer():\n    return 0.0\n',
        },
    )


def _written(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder
