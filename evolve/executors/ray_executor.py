"""The executor ``ray``: a sandbox pool on each node of a cluster. The driver alone draws, selects, admits and writes.

A call goes to one node and its answer comes back; one whose node is lost meanwhile is made again on another, so each is
answered once. What was lost is nobody's verdict.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from evaluators.candidate import Candidate
from evaluators.declaration import EntryPoint, ProblemSpec, Split
from evaluators.evaluation import Evaluation, StageResult
from evaluators.judging import JUDGE_FAILED
from evaluators.problem import Instance, Problem
from evaluators.screening import Screening
from evaluators.toolchains.base import Screened
from evaluators.toolchains.parlaylib import ParlayLib
from evaluators.verdicts import Verdict
from evolve.campaign.config import CampaignConfig
from evolve.executors.base import News
from evolve.executors.ray_connection import connected
from evolve.executors.ray_node import Assignment, release
from evolve.executors.ray_nodes import Member, Nodes
from sandboxes import Capabilities

ATTEMPTS = 3
"""Nodes that may be lost or fail over one call: after that it may be the call that kills them."""


class RayExecutor:
    """Candidates are judged on the nodes; see :class:`evolve.executors.base.Executor`."""

    def __init__(self, ray: Any, nodes: Nodes, problem: Problem, address: str) -> None:
        self._ray, self._nodes, self._problem, self._address = ray, nodes, problem, address
        self._lock = threading.Lock()
        self._sent: tuple[Sequence[Instance], Any] | None = None
        self._again = 0

    @property
    def capabilities(self) -> Capabilities:
        """See :class:`Executor`: those of the first node."""
        assert self._nodes.capabilities is not None
        return self._nodes.capabilities

    @property
    def environment(self) -> str:
        """Of the campaign."""
        assert self._nodes.environment is not None
        return self._nodes.environment

    @property
    def slots(self) -> int:
        """See :class:`Executor`: of all nodes together; where there is none, one waits for one."""
        return max(1, self._nodes.slots)

    def judge(self, entry: EntryPoint) -> RayJudge:
        """See :class:`Executor`."""
        return RayJudge(self, self._problem, entry)

    def environments(self) -> Mapping[str, Mapping[str, str]]:
        """See :class:`Executor`."""
        return self._nodes.environments

    def stop(self) -> None:
        """See :class:`Executor`."""
        self._nodes.stop()

    def news(self) -> list[News]:
        """See :class:`Executor`."""
        return self._nodes.news()

    def document(self) -> dict[str, Any]:
        """See :class:`Executor`."""
        return {
            "name": "ray",
            "address": self._address,
            "slots": self.slots,
            "asked_again": self._again,
            "nodes": [
                {
                    "node": member.node_id,
                    "address": member.address,
                    "state": member.state,
                    "slots": member.slots,
                    "answers": member.judged,
                    "environment": member.environment,
                }
                for member in self._nodes.members()
                if member.environment or member.state == "refused"
            ],
        }

    def send(self, instances: Sequence[Instance]) -> Any:
        """A reference to instances that nodes do not have; the same ones are sent once."""
        with self._lock:
            if self._sent is None or self._sent[0] is not instances:
                self._sent = instances, self._ray.put(tuple(instances))
            return self._sent[1]

    def ask(self, candidate: str, call: Callable[[Any], Any], is_fault: Callable[[Any], bool]) -> Any:
        """The answer to a call, from whichever node gives one; None if ``ATTEMPTS`` nodes were lost over it.

        Args:
            candidate: id of whom it is about.
            call: makes it, given an actor; returns Ray's reference to the answer.
            is_fault: whether an answer says that the node's sandbox failed: then, and when the call raised, another is
                asked, if there is one.

        Raises:
            StoppedWaitingError, ExecutorError: as :class:`evolve.executors.base.Executor` says.
            Exception: whatever the call raised on the last of them.
        """
        avoid: list[Member] = []
        for attempt in range(1, ATTEMPTS + 1):
            member = self._nodes.take(candidate, avoid)
            with self._lock:
                self._again += attempt > 1
            answer, raised, fault = None, None, True
            try:
                answer = self._ray.get(call(member.actor))
                fault = is_fault(answer)
            except self._ray.exceptions.RayTaskError as error:  # its disk may be full, say
                raised = error.cause if isinstance(error.cause, Exception) else error
            except self._ray.exceptions.RayError as error:
                self._nodes.lose(member, f"{type(error).__name__} while it judged")
                continue
            self._nodes.give_back(member, candidate, fault)
            avoid.append(member)
            if fault and attempt < ATTEMPTS and self._nodes.has_others(avoid):
                continue
            if raised is not None:
                raise raised
            return answer
        return None


class RayJudge:
    """Has candidates judged on the nodes, and screens them here; see :class:`evaluators.judge.Judge`."""

    def __init__(self, executor: RayExecutor, problem: Problem, entry: EntryPoint) -> None:
        self.problem, self.entry = problem, entry
        self.sign = 1.0 if problem.spec.objective.direction == "min" else -1.0
        self.environment = executor.environment
        self._executor = executor
        self._screening = Screening(problem.spec, entry)

    def screen(self, candidate: Candidate) -> Screened:
        """See :class:`Judge`."""
        return self._screening(candidate)

    def evaluate(
        self,
        candidate: Candidate,
        split: Split,
        *,
        instances: Sequence[Instance] | None = None,
        bar: np.ndarray | None = None,
        fence: float = float("inf"),
    ) -> Evaluation:
        """See :class:`Judge`."""
        sent = None if instances is None else self._executor.send(instances)
        entry = self.entry.name
        found: Evaluation | None = self._executor.ask(
            candidate.id,
            lambda node: node.evaluate.remote(entry, candidate, split, sent, bar, fence),
            lambda answer: _is_fault(answer.verdict, answer.feedback),
        )
        if found is not None:
            return found
        return Evaluation(
            candidate.id, split, Verdict.INTERNAL_ERROR, split, feedback=_LOST, environment=self.environment,
            sandbox=self._executor.capabilities.backend,
        )  # fmt: skip

    def audit(self, candidate: Candidate, split: Split, seed: int) -> StageResult:
        """See :class:`Judge`."""
        entry = self.entry.name
        found: StageResult | None = self._executor.ask(
            candidate.id,
            lambda node: node.audit.remote(entry, candidate, split, seed),
            lambda answer: _is_fault(answer.verdict, answer.feedback),
        )
        return found or StageResult("audit", Verdict.INTERNAL_ERROR, 0.0, _LOST)


_LOST = f"failure of ours, not the candidate's: {ATTEMPTS} nodes were lost while they judged it"


def _is_fault(verdict: Verdict, feedback: str) -> bool:
    """A defect of the problem's own code would be the same anywhere."""
    return verdict is Verdict.INTERNAL_ERROR and not feedback.startswith(JUDGE_FAILED)


def _why_one_environment(spec: ProblemSpec) -> str:
    """Why scores made in different environments cannot be compared; empty if they can."""
    if spec.timing is not None:
        return "scores that are running times are compared within one only"
    if spec.trust != "trusted":
        return "nobody can tell whether the task's own evaluator takes times, which are compared within one only"
    return ""


@contextlib.contextmanager
def open_ray(
    config: CampaignConfig,
    problem: Problem,
    say: Callable[[str], None],
    environment: str | None,
    library: ParlayLib | None,
) -> Iterator[RayExecutor]:
    """The executor of a campaign, as soon as one node is ready; arguments as in :func:`..opening.open_executor`.

    ``library`` is the campaign's ParlayLib, if it has one.

    Raises:
        CampaignError: one sentence.
    """
    address = config.ray.address
    say("starting Ray on this machine" if address is None else f"joining the Ray cluster at {address}")
    with connected(address, config.workers) as ray:

        def assignment(slots: int) -> Assignment:
            return Assignment(config.problem, problem.spec.version, release(), config.sandbox, slots, library)

        nodes = Nodes(
            ray,
            assignment,
            config.workers,
            config.ray.wait_minutes * 60,
            environment,
            _why_one_environment(problem.spec),
        )
        try:
            say("waiting for the sandboxes of a node")
            nodes.wait_for_first()
            yield RayExecutor(ray, nodes, problem, address or "started here")
        finally:
            nodes.close()
