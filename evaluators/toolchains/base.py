"""What a language plug-in is: the rest of the platform knows languages only through this."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from evaluators.candidate import Candidate
from evaluators.declaration import EntryPoint, ProblemSpec
from evaluators.evaluation import Resources, StageResult
from evaluators.judging import Runner
from evaluators.problem import Problem
from evaluators.toolchains.parlaylib import ParlayLib
from evaluators.verdicts import Verdict
from sandboxes import Job, Limits, Outcome

MakeJob = Callable[[tuple[bytes, ...], Limits], Job]
"""From payloads and limits to the job that has a candidate answer them."""
SPEEDUP = "predicted_speedup"
"""The fact of a stage's result that says how much faster a candidate is on many processors than on one, at least."""

PARALLELISM = "parallelism"
"""The fact of a stage's result that says what work divided by span is; 1 for a serial program."""


@dataclass(frozen=True, slots=True)
class Screened:
    """Result of the screen.

    Attributes:
        accepted: False means ``rejected``.
        feedback: why, if it was.
        dedupe_key: hash of the normalised form and the normaliser's version; empty if rejected.
        elementwise: True if the entry point was shown to be elementwise.
    """

    accepted: bool
    feedback: str = ""
    dedupe_key: str = ""
    elementwise: bool = False


@dataclass(frozen=True, slots=True)
class Bench:
    """Where candidates for one entry point are worked on.

    Attributes:
        problem: judges.
        entry: entry point in use.
        pool: runs jobs.
        harness: source of the program beside the candidate.
        simulator: source of the trusted simulator, or None.
        limits: of a job on ``train``.
        library: a ParlayLib to time candidates with; None: our headers.
    """

    problem: Problem
    entry: EntryPoint
    pool: Runner
    harness: str
    simulator: str | None
    limits: Limits
    library: ParlayLib | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A candidate made ready to run.

    Attributes:
        job: makes its jobs, or None if it could not be made ready: ``stages`` then end with the reason.
        stages: what making it ready took; empty where there is nothing to do.
        resources: what that used.
    """

    job: MakeJob | None
    stages: tuple[StageResult, ...] = ()
    resources: Resources | None = None


@dataclass(frozen=True, slots=True)
class Stages:
    """The stages of a language.

    Attributes:
        all: names in the order in which they run; ``train`` stands for the split asked for.
        optional: those a problem may leave out.
        inspections: those that look at a candidate once more after it has answered a split rightly.
    """

    all: tuple[str, ...]
    optional: frozenset[str]
    inspections: tuple[str, ...] = ()


class Toolchain(Protocol):
    """One language. Stateless but for caches, and thread-safe."""

    @property
    def suffix(self) -> str:
        """Of source files, with its dot."""
        ...

    @property
    def stages(self) -> Stages:
        """What a candidate goes through."""
        ...

    def arguments(self, name: str, signature: str) -> tuple[str, ...]:
        """Parameter names of the entry point ``name``.

        Raises:
            ValueError: saying how ``signature`` must look.
        """
        ...

    def screen(self, candidate: Candidate, entry: EntryPoint, source_limit: int) -> Screened:
        """The static screen. It executes nothing."""
        ...

    def lacking(self, spec: ProblemSpec, pool: Runner) -> str:
        """One sentence saying what this machine lacks to judge candidates for ``spec``; empty if nothing."""
        ...

    def facts(self, pool: Runner) -> Mapping[str, str]:
        """What results depend on beside machine, interpreter and sandbox: compiler, flags."""
        ...

    def prepare(self, bench: Bench, candidate: Candidate) -> Prepared:
        """Make a screened candidate ready to run."""
        ...

    def inspect(self, bench: Bench, candidate: Candidate, stage: str) -> StageResult:
        """Run one of :attr:`Stages.inspections`."""
        ...

    def explain(self, outcome: Outcome) -> tuple[Verdict, str]:
        """Verdict and feedback of a process that ended by itself before it had answered everything."""
        ...
