"""The executor ``local``: one sandbox pool on this machine, scores computed in this process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evaluators.audit.elites import AuditingEvaluator
from evaluators.declaration import EntryPoint
from evaluators.problem import Problem
from evaluators.toolchains.parlaylib import ParlayLib
from evolve.executors.base import News
from sandboxes import Capabilities
from sandboxes.pool import SandboxPool


class LocalExecutor:
    """Candidates are judged here; see :class:`evolve.executors.base.Executor`.

    Attributes:
        pool: the sandboxes.
        slots: how many they are.
    """

    def __init__(self, problem: Problem, pool: SandboxPool, library: ParlayLib | None = None) -> None:
        self.pool, self.slots = pool, pool.slots
        self._problem, self._library = problem, library
        self._environments: dict[str, Mapping[str, str]] = {}

    @property
    def capabilities(self) -> Capabilities:
        """See :class:`Executor`."""
        return self.pool.capabilities

    def judge(self, entry: EntryPoint) -> AuditingEvaluator:
        """See :class:`Executor`."""
        evaluator = AuditingEvaluator(self._problem, self.pool, entry, self._library)
        self._environments[evaluator.environment] = evaluator.facts
        return evaluator

    def environments(self) -> Mapping[str, Mapping[str, str]]:
        """See :class:`Executor`."""
        return dict(self._environments)

    def stop(self) -> None:
        """See :class:`Executor`: this machine is there."""

    def news(self) -> list[News]:
        """See :class:`Executor`: none."""
        return []

    def document(self) -> dict[str, Any]:
        """See :class:`Executor`."""
        return {"name": "local", "slots": self.slots}
