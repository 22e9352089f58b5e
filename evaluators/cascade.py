"""The cascade: screen, build where the language asks for it, smoke, a split, then what inspects the candidate again.

What a candidate runs in is a fresh process. Scores are computed outside the sandbox, from the instance and the
decisions, or measured there.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from evaluators.baselines import baseline, baselines
from evaluators.candidate import Candidate
from evaluators.checking import check_all
from evaluators.declaration import CLOCKS, PREDICTED, EntryPoint, Split
from evaluators.environment import environment_facts, environment_id
from evaluators.evaluation import Evaluation, Resources, StageResult
from evaluators.judging import Frames, JudgedJob, Runner, run_judged
from evaluators.ladder import demanded, rated
from evaluators.problem import Instance, Problem
from evaluators.quiet import quiet
from evaluators.screening import Screening
from evaluators.statistics import mean_interval
from evaluators.stopping import Hurdle, Stopping
from evaluators.timing import measure
from evaluators.toolchains import toolchain
from evaluators.toolchains.base import SPEEDUP, Bench, Prepared, Screened
from evaluators.toolchains.parlaylib import ParlayLib
from evaluators.verdicts import Verdict
from sandboxes import Job, Limits

INSPECTED_KEPT = 256


class NotReadyError(RuntimeError):
    """A candidate that was run before cannot be made ready to run again; an error of ours."""


class Evaluator:
    """Judges candidates for one entry point of one problem. Thread-safe if the pool is.

    Attributes:
        problem: theirs.
        pool: runs them.
        entry: the function they define.
        library: a ParlayLib they are timed with; None: our headers.
        facts: what scores depend on besides candidate and problem.
        environment: hash of these.
    """

    def __init__(self, problem: Problem, pool: Runner, entry: EntryPoint, library: ParlayLib | None = None) -> None:
        spec = problem.spec
        pool = quiet(pool) if spec.requires.exclusive_timing else pool
        self.problem, self.pool, self.entry, self.library = problem, pool, entry, library
        self.toolchain = toolchain(spec.language)
        harness = (spec.folder / entry.harness).read_text(encoding="utf-8")
        simulator = (spec.folder / entry.simulator).read_text(encoding="utf-8") if entry.simulator else None
        self._limits = Limits(**spec.limits)
        self._bench = Bench(problem, entry, pool, harness, simulator, self._limits, library)
        self.sign = 1.0 if spec.objective.direction == "min" else -1.0
        self._frames: dict[tuple[str, bool, bool, bool], Frames] = {}
        self._screening = Screening(spec, entry)
        self._inspected: dict[str, tuple[StageResult, ...]] = {}
        self._train_effort: float | None = None
        self.facts = environment_facts(pool.capabilities, self.toolchain.facts(pool))
        if library is not None:
            self.facts |= library.facts
        self.environment = environment_id(self.facts)

    def screen(self, candidate: Candidate) -> Screened:
        """The static screen."""
        return self._screening(candidate)

    def evaluate(
        self,
        candidate: Candidate,
        split: Split,
        *,
        instances: Sequence[Instance] | None = None,
        bar: np.ndarray | None = None,
        fence: float = float("inf"),
        stages: Sequence[str] | None = None,
    ) -> Evaluation:
        """Judge ``candidate`` on ``split``.

        Args:
            candidate: to be judged.
            split: which instances.
            instances: of that split, if not all the fixed ones (the fresh part of ``test``).
            bar: per-instance scores, shape (instances,), of a candidate that this one should come near; racing stops
                it when it clearly cannot. None: no racing.
            fence: in the race no instance costs more than this, in signed scores (less is better).
            stages: run only those of the split's that are named (screening and building go before); None runs all.
        """
        started = time.perf_counter()
        screened = self.screen(candidate)
        verdict = Verdict.OK if screened.accepted else Verdict.REJECTED
        screen = StageResult("screen", verdict, time.perf_counter() - started, screened.feedback)
        smoke = "smoke" in (self.problem.spec.stages if stages is None else stages)
        body = stages is None or split in stages
        inspections = self._inspections(stages)
        if not screened.accepted or not (smoke or body or inspections or "build" in (stages or ())):
            return replace(self._unrun(candidate, split, (screen,)), sandbox="")
        prepared = self.toolchain.prepare(self._bench, candidate)
        ahead = (screen, *prepared.stages)
        if prepared.job is None or not (smoke or body):
            evaluation = replace(self._unrun(candidate, split, ahead), resources=prepared.resources or Resources())
        elif self.problem.spec.timing is not None:
            fixed = self.problem.instances(split) if body and instances is None else ()
            hurdle = Hurdle(bar, fence, self.sign)
            first = smoke and instances is None
            evaluation = self._timed(candidate, split, first, instances or fixed, prepared, ahead, hurdle)
        else:
            if instances is not None:
                frames = self.make_frames((), tuple(instances), screened.elementwise)
            else:
                frames = self.frames(split, screened.elementwise, smoke=smoke, body=body)
            job = prepared.job(_payloads(frames), self._scaled_limits(frames))
            judged = run_judged(self.problem, self.pool, job, frames, bar, self.sign, self.toolchain.explain, fence)
            evaluation = self._evaluation(candidate, split, frames, judged, bar, ahead)
        if evaluation.ok and evaluation.complete and inspections:
            evaluation = self._inspect(candidate, split, evaluation, inspections)
        return evaluation

    def frames(self, split: Split, elementwise: bool, *, smoke: bool = True, body: bool = True) -> Frames:
        """The requests for the fixed instances of a split, made once and kept."""
        key = (split, elementwise, smoke, body)
        if key not in self._frames:
            first = tuple(self.problem.smoke()) if smoke else ()
            rest = tuple(self.problem.instances(split)) if body else ()
            self._frames[key] = self.make_frames(first, rest, elementwise)
        return self._frames[key]

    def make_frames(self, smoke: tuple[Instance, ...], body: tuple[Instance, ...], elementwise: bool) -> Frames:
        """Requests for these instances, smoke first."""
        first = self.problem.requests(smoke, self.entry, elementwise) if smoke else []
        rest = self.problem.requests(body, self.entry, elementwise) if body else []
        if rest:  # smoke is small: it is judged along with the first that is not
            first = [replace(request, look=False) for request in first]
        shifted = [replace(request, indices=tuple(i + len(smoke) for i in request.indices)) for request in rest]
        instances = smoke + body
        return Frames((*first, *shifted), instances, len(first), len(smoke), self.problem.effort(instances))

    def job(self, candidate: Candidate, frames: Frames) -> Job:
        """The sandbox job that has a candidate that was evaluated before answer ``frames``.

        Raises:
            NotReadyError: if it cannot be made ready to run any more.
        """
        prepared = self.toolchain.prepare(self._bench, candidate)
        if prepared.job is None:
            raise NotReadyError(f"candidate {candidate.id[:12]} no longer builds: {prepared.stages[-1].feedback}")
        return prepared.job(_payloads(frames), self._scaled_limits(frames))

    def _inspections(self, stages: Sequence[str] | None) -> tuple[str, ...]:
        wanted = self.problem.spec.stages if stages is None else stages
        return tuple(stage for stage in self.toolchain.stages.inspections if stage in wanted)

    def _inspect(
        self, candidate: Candidate, split: Split, evaluation: Evaluation, inspections: tuple[str, ...]
    ) -> Evaluation:
        """What an inspection has found once it is not looked for again."""
        done = self._inspected.get(candidate.id, ())
        for stage in inspections[len(done) :]:
            if all(result.verdict is Verdict.OK for result in done):
                found = self.toolchain.inspect(self._bench, candidate, stage)
                done = (*done, demanded(self.problem.spec, found, exempt=self._is_published(candidate)))
        if inspections == self._inspections(None) and done[-1].verdict is not Verdict.INTERNAL_ERROR:
            if len(self._inspected) >= INSPECTED_KEPT:
                self._inspected.clear()
            self._inspected[candidate.id] = done
        stages = (*evaluation.stages, *done)
        if done[-1].verdict is Verdict.OK:
            return replace(evaluation, stages=stages, values={**evaluation.values, **self._predicted(evaluation, done)})
        return replace(
            self._unrun(candidate, split, stages),
            resources=evaluation.resources,
            sandbox=evaluation.sandbox,
        )

    def _is_published(self, candidate: Candidate) -> bool:
        """Whether it is one of the problem's own baselines."""
        return candidate.id in {known.id for known in baselines(self.problem.spec, self.entry).values()}

    def _predicted(self, evaluation: Evaluation, done: tuple[StageResult, ...]) -> dict[str, float]:
        """Elapsed time on many cores, from CPU time on this machine and the candidate's work and span."""
        speedups = [result.facts[SPEEDUP] for result in done if SPEEDUP in result.facts]
        wanted = any(objective.name == PREDICTED for objective in self.problem.spec.objectives)
        taken = evaluation.values.get("cpu")  # none if only other stages were asked for
        return {PREDICTED: taken / speedups[0]} if wanted and speedups and taken is not None else {}

    def _unrun(self, candidate: Candidate, split: Split, stages: tuple[StageResult, ...]) -> Evaluation:
        """An evaluation that has only stages to show; the last says how it ended."""
        stages = rated(self.problem.spec, stages)
        last = stages[-1]
        return Evaluation(
            candidate.id,
            split,
            last.verdict,
            last.name,
            stages=stages,
            feedback=last.feedback,
            environment=self.environment,
            sandbox=self.pool.capabilities.backend,
        )

    def _timed(
        self,
        candidate: Candidate,
        split: Split,
        smoke: bool,
        instances: Sequence[Instance],
        prepared: Prepared,
        ahead: tuple[StageResult, ...],
        hurdle: Hurdle,
    ) -> Evaluation:
        """All check inputs, then the split on the clock against the problem's own baseline."""
        timing = self.problem.spec.timing
        assert timing is not None and prepared.job is not None
        stages = list(ahead)
        resources = prepared.resources or Resources()
        if smoke:
            small = self.make_frames(tuple(self.problem.smoke()), (), elementwise=False)
            make = prepared.job
            checked = check_all(
                self.problem, self.pool, lambda asked: make(asked, self._limits), small, self.toolchain.explain
            )
            resources = resources.plus(checked.resources)
            stages.append(StageResult("smoke", checked.verdict, checked.seconds, checked.feedback, checked.facts))
        rival = self.toolchain.prepare(self._bench, baseline(self.problem.spec, self.entry, timing.baseline))
        if rival.job is None:
            stages.append(StageResult(split, Verdict.INTERNAL_ERROR, 0.0, "the problem's own baseline does not build"))
        if stages[-1].verdict is not Verdict.OK or not instances or rival.job is None:
            return replace(self._unrun(candidate, split, tuple(stages)), resources=resources)
        started = time.perf_counter()
        # Of what is measured on the other splits it is said who has won: there no pair is saved for a narrow interval.
        stopping = Stopping(hurdle, narrow=split == "train")
        times = measure(
            self._bench, self.toolchain, prepared.job, rival.job, instances, timing, f"{candidate.id}/{split}", stopping
        )
        taken = time.perf_counter() - started
        stages.append(StageResult(split, times.verdict, taken, times.feedback, times.facts()))
        found = replace(self._unrun(candidate, split, tuple(stages)), resources=resources.plus(times.resources))
        if times.verdict is not Verdict.OK:
            return found
        scores = times.scores()
        names = {objective.name for objective in self.problem.spec.objectives}
        return replace(
            found,
            score=float(np.mean(scores)),
            confidence=times.interval(),
            values={clock: float(np.mean(times.scores(clock))) for clock in CLOCKS if clock in names},
            instance_scores=scores,
            instance_objectives=times.seconds * 1e3,
            complete=not times.raced_out,
            feedback="",
        )

    def _scaled_limits(self, frames: Frames) -> Limits:
        """The declared limits are for ``train``; CPU and elapsed time grow with the effort of a larger split."""
        if self._train_effort is None:
            self._train_effort = max(self.problem.effort(self.problem.instances("train")), 1e-9)
        factor = max(1.0, frames.effort / self._train_effort)
        return replace(
            self._limits,
            cpu_seconds=self._limits.cpu_seconds * factor,
            wall_seconds=self._limits.wall_seconds * factor,
        )

    def _evaluation(
        self,
        candidate: Candidate,
        split: Split,
        frames: Frames,
        judged: JudgedJob,
        bar: np.ndarray | None,
        before: tuple[StageResult, ...],
    ) -> Evaluation:
        outcome = judged.outcome
        stages = [*before, *_stage_results(split, frames, judged)]
        score = confidence = None
        values: dict[str, float] = {}
        scores = judged.scores[frames.smoke_instances :]
        if judged.verdict is Verdict.OK and len(scores):
            if judged.complete:
                # From one instance nothing is known of how scores vary.
                score, confidence = float(np.mean(scores)), mean_interval(scores) if len(scores) > 1 else None
                values = {name: float(np.mean(v[frames.smoke_instances :])) for name, v in judged.values.items()}
            elif bar is not None:
                # The instances tried are not a fair sample of the split, their paired difference to the bar nearly is.
                score = float(np.mean(bar) + np.nanmean(scores - bar))
            if score is not None:
                values = {self.problem.spec.objective.name: score, **values}
        ok = judged.verdict is Verdict.OK
        return Evaluation(
            candidate_id=candidate.id,
            split=split,
            verdict=judged.verdict,
            stage=stages[-1].name,
            score=score,
            confidence=confidence,
            values=values,
            instance_scores=scores if ok else None,
            instance_objectives=judged.objectives[frames.smoke_instances :] if ok else None,
            complete=judged.complete,
            stages=tuple(stages),
            feedback=judged.feedback,
            resources=Resources().plus(outcome),
            decisions_digest=digest(outcome.responses[frames.smoke_requests :]) if ok and judged.complete else "",
            sandbox=outcome.backend,
            environment=self.environment,
        )


def _payloads(frames: Frames) -> tuple[bytes, ...]:
    return tuple(request.payload for request in frames.requests)


def digest(responses: Sequence[bytes]) -> str:
    """SHA-256 over responses, each preceded by its length."""
    total = hashlib.sha256()
    for response in responses:
        total.update(len(response).to_bytes(8, "big") + response)
    return total.hexdigest()


def _stage_results(split: str, frames: Frames, judged: JudgedJob) -> list[StageResult]:
    """Smoke and the split as stages, with the supervisor's seconds of their requests."""
    seconds = judged.outcome.response_seconds
    ahead, body = sum(seconds[: frames.smoke_requests]), sum(seconds[frames.smoke_requests :])
    failed = judged.verdict is not Verdict.OK
    results = []
    if frames.smoke_requests:
        smoke_failed = failed and judged.in_smoke
        results.append(
            StageResult(
                "smoke",
                judged.verdict if smoke_failed else Verdict.OK,
                ahead,
                judged.feedback if smoke_failed else "",
            )
        )
        if smoke_failed or len(frames.requests) == frames.smoke_requests:
            return results
    note = judged.feedback if failed else ("" if judged.complete else "stopped by racing")
    results.append(StageResult(split, judged.verdict, body, note))
    return results
