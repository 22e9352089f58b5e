"""Evolved heuristics as contestants: a candidate of the archive schedules the benchmark's instances in the sandbox."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

from evaluators.candidate import Candidate
from evaluators.cascade import Evaluator
from evaluators.declaration import EntryPoint
from evaluators.judging import verdict_of
from evaluators.problem import Problem, WrongAnswerError
from evaluators.rconstraintbench.model import Instance
from evaluators.registry import load_problem
from evaluators.scheduling.r_constraintbench.problem import instance_of as as_problem_instance
from evaluators.toolchains import toolchain
from evaluators.verdicts import Verdict
from evolve.archive import Archive
from evolve.archive.records import find_candidate
from evolve.campaign.session import check_machine
from evolve.rcbench.bench import Heuristic
from evolve.rcbench.contestants import ARCHIVE_PREFIX
from evolve.rcbench.reading import Reading, judge
from evolve.rcbench.runs import Contestant, RunError

PROBLEM = "scheduling/r-constraintbench"


def heuristic_contestant(archive: Archive, prefix: str) -> Contestant:
    """The candidate whose id begins with ``prefix``, as a contestant.

    Raises:
        RunError: if there is none, or it has not the shape of a heuristic for this problem.
    """
    try:
        candidate = find_candidate(archive, prefix)
    except KeyError as error:
        raise RunError(str(error.args[0])) from None
    problem = load_problem(PROBLEM)
    entry = _entry(problem, candidate)
    settings = {"candidate": candidate.id, "entry_point": entry.name, "problem_version": problem.spec.version}
    return Contestant(f"{ARCHIVE_PREFIX}{candidate.id[:12]}", "archive", f"{ARCHIVE_PREFIX}{candidate.id}", settings)


@contextlib.contextmanager
def heuristics(archive: Archive, contestants: Sequence[Contestant], sandbox: str) -> Iterator[dict[str, Heuristic]]:
    """Contestant's name -> what schedules in its place; a sandbox is opened only if one of them needs it."""
    evolved = [contestant for contestant in contestants if contestant.kind == "archive"]
    if not evolved:
        yield {}
        return
    from sandboxes.pool import open_pool

    problem = load_problem(PROBLEM)
    with open_pool(sandbox, slots=1, **problem.spec.requires.visible) as pool:
        check_machine(problem, pool)
        yield {
            contestant.name: _Sandboxed(
                Evaluator(problem, pool, problem.spec.entry_point(contestant.settings["entry_point"])),
                find_candidate(archive, contestant.settings["candidate"]),
            )
            for contestant in evolved
        }


def _entry(problem: Problem, candidate: Candidate) -> EntryPoint:
    """The entry point the candidate fits."""
    spec = problem.spec
    complaints = []
    for entry in spec.entry_points:
        screened = toolchain(spec.language).screen(candidate, entry, spec.source_limit)
        if screened.accepted:
            return entry
        complaints.append(screened.feedback)
    raise RunError(f"{ARCHIVE_PREFIX}{candidate.id[:12]} is no heuristic for {PROBLEM}: {complaints[0]}")


class _Sandboxed:
    """A candidate that schedules one instance a job: a fresh process each, so that none depends on another."""

    def __init__(self, evaluator: Evaluator, candidate: Candidate) -> None:
        self._evaluator, self._candidate = evaluator, candidate

    def __call__(self, instance: Instance) -> Reading:
        """See :class:`Heuristic`."""
        evaluator = self._evaluator
        screened = evaluator.screen(self._candidate)
        frames = evaluator.make_frames((), (as_problem_instance(instance),), screened.elementwise)
        outcome = evaluator.pool.run(evaluator.job(self._candidate, frames))
        verdict, feedback = verdict_of(outcome, evaluator.toolchain.explain)
        if verdict is not Verdict.OK:
            return Reading("failed" if verdict is Verdict.INTERNAL_ERROR else "infeasible", {}, (), feedback)
        try:
            (starts,) = evaluator.problem.decode(frames.requests[0], outcome.responses[0])
            return judge(instance, {task.id: int(start) for task, start in zip(instance.tasks, starts, strict=True)})
        except (WrongAnswerError, ValueError) as error:
            return Reading("infeasible", {}, (), str(error))
