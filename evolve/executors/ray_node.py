"""The part that runs on a node: one actor, one sandbox pool, the problem loaded there. The node is trusted.

Neither instances nor anything else of the problem is sent, but the fresh ones of ``test``: what a node has on its own
disk must have the driver's version.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata

import numpy as np

from evaluators.audit.elites import AuditingEvaluator
from evaluators.candidate import Candidate
from evaluators.declaration import Split
from evaluators.evaluation import Evaluation, StageResult
from evaluators.problem import Instance, Problem
from evaluators.registry import UnknownProblemError, load_problem
from evaluators.tables import TableError
from evaluators.toolchains.parlaylib import ParlayLib
from evolve.campaign.machine import CampaignError, check_machine
from evolve.memory import limit_heap_growth
from sandboxes import Capabilities, SandboxUnavailableError
from sandboxes.pool import SandboxPool, open_pool


def release() -> str:
    """Of this program."""
    try:
        return metadata.version("evolve-heuristics")
    except metadata.PackageNotFoundError:
        return "that is not installed as a package"


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a node is to judge.

    Attributes:
        problem: reference of the problem, which must lead to the same one on the node.
        version: of the problem.
        release: of this program.
        sandbox: backend.
        slots: of the sandbox.
        library: the campaign's ParlayLib, which need not be on the node; None: our headers.
    """

    problem: str
    version: str
    release: str
    sandbox: str
    slots: int
    library: ParlayLib | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What a node that is ready has.

    Attributes:
        capabilities: of its sandbox.
        environment: of evaluations made there.
        facts: that make it up.
    """

    capabilities: Capabilities
    environment: str
    facts: Mapping[str, str]


class Node:
    """The actor. Ray runs as many of its methods at one time as there are slots, each on a thread of its own."""

    def __init__(self, assignment: Assignment) -> None:
        self._assignment = assignment
        self._lock = threading.Lock()
        self._pool: SandboxPool | None = None
        self._evaluators: dict[str, AuditingEvaluator] = {}
        self._problem: Problem | None = None

    def open(self) -> Standing | str:
        """Load the problem and start the sandbox; or one clause saying why this node cannot be used."""
        wanted = self._assignment
        if release() != wanted.release:
            return f"it has evolve {release()} and the campaign {wanted.release}: install the same release there"
        try:
            problem = load_problem(wanted.problem)
            if problem.spec.version != wanted.version:
                return (
                    f"{wanted.problem} has version {problem.spec.version} there and {wanted.version} where the "
                    "campaign is run: put the same files there"
                )
            limit_heap_growth()
            self._pool = open_pool(wanted.sandbox, slots=wanted.slots, **problem.spec.requires.visible)
            check_machine(problem, self._pool)
        except (UnknownProblemError, TableError, SandboxUnavailableError, CampaignError) as error:
            self.close()
            return str(error)
        self._problem = problem
        evaluator = self._evaluator(problem.spec.entry_points[0].name)
        return Standing(self._pool.capabilities, evaluator.environment, evaluator.facts)

    def evaluate(
        self,
        entry: str,
        candidate: Candidate,
        split: Split,
        instances: Sequence[Instance] | None,
        bar: np.ndarray | None,
        fence: float,
    ) -> Evaluation:
        """See :meth:`evaluators.cascade.Evaluator.evaluate`."""
        return self._evaluator(entry).evaluate(candidate, split, instances=instances, bar=bar, fence=fence)

    def audit(self, entry: str, candidate: Candidate, split: Split, seed: int) -> StageResult:
        """See :class:`evaluators.audit.elites.EliteAudit`."""
        return self._evaluator(entry).audit(candidate, split, seed)

    def close(self) -> None:
        """End the sandbox; were the process killed instead, the kernel would."""
        if self._pool is not None:
            self._pool.close()

    def _evaluator(self, entry: str) -> AuditingEvaluator:
        assert self._problem is not None and self._pool is not None
        with self._lock:
            if entry not in self._evaluators:
                self._evaluators[entry] = AuditingEvaluator(
                    self._problem, self._pool, self._problem.spec.entry_point(entry), self._assignment.library
                )
            return self._evaluators[entry]
