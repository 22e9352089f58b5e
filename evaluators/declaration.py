"""What a problem declares (``problem.toml``): its entry points, objectives, requirements, limits and splits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from evaluators.template import Template

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")
Direction = Literal["min", "max"]
Trust = Literal["trusted", "in-sandbox"]
"""Where scores come from: computed outside the sandbox, or told beside the candidate, who may have forged them."""
Clock = Literal["cpu", "elapsed"]
CLOCKS: tuple[Clock, ...] = ("cpu", "elapsed")
PREDICTED = "predicted"
"""The objective that work and span foretell: elapsed time on many cores."""
MEASURED = (*CLOCKS, PREDICTED)
"""Names of the objectives a problem can have whose score is a running time."""


@dataclass(frozen=True, slots=True)
class Objective:
    """One thing to optimise; the first of a problem is its score."""

    name: str
    unit: str
    direction: Direction


@dataclass(frozen=True, slots=True)
class EntryPoint:
    """One function a candidate may define.

    Attributes:
        name: of the function (``priority``).
        signature: the ``def`` line without body, as a proposer is told it.
        arguments: names of its parameters, in order.
        file: path of the candidate's file that defines it.
        harness: source file in the problem's folder, the program run beside the candidate.
        simulator: source file of the trusted simulator (online problems), or None.
        elementwise: True if the function maps arrays to an array element by element, so that expression trees can be
            grown for it and the harness may hand it many instances at once.
        terminals: for elementwise entry points: name of a tree terminal -> Python expression over the arguments.
        dimensions: terminal name -> exponent of its unit (time: 1, number: 0); grown trees then add like to like.
        select: for elementwise entry points: whether the least or the greatest value is chosen.
        baselines: file stems in ``baselines/<name>/``.
        seeds: those of them a campaign starts from unless told otherwise.
        template: the program of which a candidate may change marked blocks only, or None.
    """

    name: str
    signature: str
    arguments: tuple[str, ...]
    file: str
    harness: str
    simulator: str | None = None
    elementwise: bool = False
    terminals: Mapping[str, str] = field(default_factory=dict)
    dimensions: Mapping[str, int] = field(default_factory=dict)
    select: Literal["min", "max"] = "min"
    baselines: tuple[str, ...] = ()
    seeds: tuple[str, ...] = ()
    template: Template | None = None


@dataclass(frozen=True, slots=True)
class Requires:
    """What a problem needs of the machine; what is lacking is one sentence and exit code 2, never a verdict.

    ``packages`` are imported ahead; those in ``shown`` may be imported too, with all they require. With
    ``exclusive_timing`` nothing else runs in the sandbox while times are taken.
    """

    cores: int = 1
    exclusive_timing: bool = False
    memory_mb: int = 512
    accelerator: str = "none"
    packages: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()

    @property
    def visible(self) -> dict[str, tuple[str, ...]]:
        """What a sandbox must show to candidates: keyword arguments of :func:`sandboxes.open_pool`."""
        return {"preload": self.packages, "shown": self.shown}


@dataclass(frozen=True, slots=True)
class Timing:
    """How a problem whose score is a running time measures it: in pairs, candidate and baseline in turn.

    Attributes:
        baseline: the baseline that every candidate is measured against; itself scores 100 but for noise.
        pairs: of runs, for each instance, at most.
        clock: the first objective: CPU time of all threads, as suits serial code, or elapsed time, as suits parallel
            code.
        parallelism: the least that a candidate must have, work divided by span; None: any will do.
    """

    baseline: str
    pairs: int
    clock: Clock = "cpu"
    parallelism: float | None = None


@dataclass(frozen=True, slots=True)
class ProblemSpec:
    """Everything ``problem.toml`` declares, validated.

    Attributes:
        name: ``family/name``.
        title: one line.
        language: name of the toolchain plug-in.
        online: True if decisions are taken while values are revealed by a simulator.
        deterministic: what "equal decisions" means between identical runs: ``exact|set|tolerance|valid``.
        entry_points: the first is the default.
        objectives: the first is the score.
        requires: of the machine.
        limits: keyword arguments of :class:`sandboxes.Limits`, a split's evaluation being one job.
        stages: stage names in order; ``smoke`` and ``audit`` may be missing.
        descriptors: names of behaviour descriptors (MAP-Elites axes).
        splits: split -> one line saying what is in it.
        datasets: folders under ``datasets/`` it reads.
        engine_versions: declared version of each shared simulator or generator it names.
        source_limit: longest candidate accepted, bytes.
        folder: where it lies.
        statement: text of ``statement.md``.
        version: hash of the folder (statement excluded), its data sets and engine versions.
        timing: how the score is measured if it is a running time, else None.
        trust: where its scores come from; those of the two kinds are never ranked together.
    """

    name: str
    title: str
    language: str
    online: bool
    deterministic: str
    entry_points: tuple[EntryPoint, ...]
    objectives: tuple[Objective, ...]
    requires: Requires
    limits: Mapping[str, Any]
    stages: tuple[str, ...]
    descriptors: tuple[str, ...]
    splits: Mapping[str, str]
    datasets: tuple[str, ...]
    engine_versions: Mapping[str, str]
    source_limit: int
    folder: Path
    statement: str
    version: str
    timing: Timing | None = None
    trust: Trust = "trusted"

    @property
    def objective(self) -> Objective:
        """The first objective: the score."""
        return self.objectives[0]

    def entry_point(self, name: str | None = None) -> EntryPoint:
        """The entry point called ``name``, or the default one.

        Raises:
            KeyError: if the problem has no such entry point; the message names those it has.
        """
        if name is None:
            return self.entry_points[0]
        for entry in self.entry_points:
            if entry.name == name:
                return entry
        known = ", ".join(entry.name for entry in self.entry_points)
        raise KeyError(f"{self.name} has no entry point {name!r}; it has: {known}")
