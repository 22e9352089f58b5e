"""A task of another framework as a problem of ours: one instance a split, judged by the task's own evaluator."""

from __future__ import annotations

import base64
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evaluators.declaration import EntryPoint, Objective, ProblemSpec, Requires, Split
from evaluators.foreign.packages import packages, shims
from evaluators.foreign.task import Task, read_task
from evaluators.problem import Instance, Judged, Problem, WrongAnswerError
from evaluators.tables import TableError
from evaluators.template import START, BlockError, Template
from evaluators.verdicts import Verdict

ENTRY, GIVEN = "program", "initial"
SCORE = "combined_score"
MARGIN_SECONDS = 10.0
"""To start up, beyond what the task allows its stages."""
_LIMITS = {"processes": 128, "open_files": 256, "disk_bytes": 128 << 20}
_TOLD = 1500
"""Characters of what an evaluator printed that a proposer is shown."""


class ForeignProblem(Problem):
    """A task whose evaluator runs beside the candidate. ``validation`` is a second, independent run of it."""

    def __init__(self, spec: ProblemSpec, task: Task) -> None:
        super().__init__(spec)
        self.task = task
        self._data = {
            "format": task.format,
            "files": _encoded(task.files),
            "shims": _encoded(shims()),
            "evaluator": task.evaluator,
            "timeout": task.settings.seconds,
            "cascade": task.settings.cascade,
            "thresholds": list(task.settings.thresholds),
            "as_script": task.as_script,
        }

    def instances(self, split: Split, secret: str | None = None) -> Sequence[Instance]:
        """The task itself; there is nothing held out, so ``test`` is empty."""
        return () if split == "test" else (Instance(f"{self.task.folder.name}-{split}", "all", self._data),)

    def score(self, instance: Instance, decisions: Any) -> Judged:
        """What the evaluator said. None of it can be checked here but its shape."""
        answer = decisions if isinstance(decisions, dict) else {}
        failed, metrics, artifacts = answer.get("failed"), answer.get("metrics"), answer.get("artifacts")
        said = str(answer.get("said") or "").strip()[-_TOLD:]
        if isinstance(failed, list) and len(failed) == 2:
            known = {verdict.value: verdict for verdict in Verdict}
            told = "\n".join(text for text in (str(failed[1]).strip(), _listed(artifacts), said) if text)
            raise WrongAnswerError(told, known.get(str(failed[0]), Verdict.RUNTIME_ERROR))
        if not isinstance(metrics, dict):
            raise WrongAnswerError("the evaluator's answer holds no metrics")
        values = {
            str(name): float(value)
            for name, value in metrics.items()
            if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        }
        if not values or (self.task.format == "shinka" and SCORE not in values):
            raise WrongAnswerError(f"the evaluator gave no {SCORE}" + (f"; it printed: {said}" if said else ""))
        score = values.get(SCORE, sum(values.values()) / len(values))
        others = {name: value for name, value in values.items() if name != SCORE}
        public = {name: value for name, value in others.items() if not name.startswith("private/")}
        told = "; ".join(f"{name} {value:.6g}" for name, value in public.items())
        return Judged(score, score, others, "\n".join(text for text in (told, _listed(artifacts)) if text))


def _listed(artifacts: Any) -> str:
    if not isinstance(artifacts, dict):
        return ""
    return "\n".join(f"{name}: {value}" for name, value in artifacts.items())


def _encoded(files: Mapping[str, bytes]) -> dict[str, str]:
    return {path: base64.b64encode(content).decode() for path, content in files.items()}


def foreign_problem(format: str, path: Path) -> ForeignProblem:
    """The task lying at ``path``, ready to use.

    Raises:
        TableError: if its files cannot be used.
    """
    task = read_task(format, path)
    return ForeignProblem(foreign_spec(task), task)


def foreign_spec(task: Task) -> ProblemSpec:
    """What a task declares, in our words.

    Raises:
        TableError: if its program has unfit marks or needs a package that is not installed.
    """
    where = task.folder / task.program
    try:
        template = Template(task.files[task.program].decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n"))
        marked = template.parts.is_marked
    except (BlockError, UnicodeDecodeError) as error:
        raise TableError(f"{where}: {error}") from None
    settings = task.settings
    # ShinkaEvolve's limit is that of the job; OpenEvolve's is one a stage, which the harness keeps.
    wall = settings.seconds * (3 if settings.cascade else 1) + (MARGIN_SECONDS if task.format == "openevolve" else 0.0)
    changed = f"what stands between the lines marked {START} and EVOLVE-BLOCK-END of" if marked else "all of"
    return ProblemSpec(
        name=f"{task.format}/{task.folder.name}",
        title=f"{task.folder.name}, a task of {task.format}",
        language="python",
        online=False,
        deterministic="valid",
        entry_points=(
            EntryPoint(
                name=ENTRY,
                signature=f"{changed} {task.program}",
                arguments=(),
                file=task.program,
                harness=str(Path(__file__).parent / "harness" / "task.py"),
                baselines=(GIVEN,),
                seeds=(GIVEN,),
                template=template,
            ),
        ),
        objectives=(Objective(SCORE, SCORE, "max"),),
        requires=Requires(
            memory_mb=settings.memory_mb,
            packages=("numpy",),
            shown=packages(task.files, (task.evaluator, task.program), task.folder),
        ),
        limits={
            "cpu_seconds": wall * len(os.sched_getaffinity(0)),
            "wall_seconds": wall,
            "memory_bytes": settings.memory_mb << 20,
            **_LIMITS,
        },
        stages=("screen", "train", "validation"),
        descriptors=(),
        splits={"train": "the task's evaluator, once", "validation": "the same evaluator, a second time"},
        datasets=(),
        engine_versions={},
        source_limit=max(settings.source_limit, 2 * len(task.files[task.program])),
        folder=task.folder,
        statement=settings.statement or f"Raise the {SCORE} of {task.program}.",
        version=task.version,
        trust="in-sandbox",
    )
