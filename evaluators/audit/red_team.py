"""Running the attacks against a problem's own evaluation, and saying which got through.

Each attack is judged as a candidate would be: by an :class:`Evaluator` of the problem (cut down to a few small
instances), in the sandbox a campaign would use. It is contained if its verdict is one it may get, its score is no
better than an honest one's, it did not say that it got out, and nothing stays behind.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluators.audit import inspection
from evaluators.audit.arming import Armed, Target, applies, arm
from evaluators.audit.attack_set import PWNED, Attack, AttackError, load_attacks
from evaluators.audit.elites import EliteAudit
from evaluators.audit.excerpt import Excerpt
from evaluators.audit.leaks import Finding, Leak
from evaluators.baselines import baselines
from evaluators.candidate import Candidate
from evaluators.cascade import Evaluator
from evaluators.declaration import EntryPoint
from evaluators.judging import JUDGE_FAILED, Runner
from evaluators.problem import Problem
from evaluators.verdicts import Verdict
from sandboxes import Capabilities, Gate, Job, Limits, Outcome, Reason

LIMITS = {"cpu_seconds": 2.0, "wall_seconds": 5.0, "memory_bytes": 256 << 20}
"""The most an attack is given on ``train`` unless its header says otherwise; a problem's own limits hold too. What
compilers and sanitizers may use is up to the toolchain."""
_FEEDBACK_LIMIT = 8_000
_WALL_SLACK = 2.0
_RUNS = 5
"""Where a program's score differs from run to run (a time, chance), all runs of an attack must beat all honest ones."""
_SEEDS = (1, 2, 3)
"""Of the audits of elites that an attack goes through: with few instances chance may well decide alike twice."""
_GONE_SECONDS = 2.0
_PLAIN = "honest_plain"
_LOOK_ROUND = """
import json, os

def load(files):
    def look(request):
        left = {}
        for folder in ("/w", "/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run"):
            try:
                left[folder] = os.listdir(folder)
            except OSError:
                continue
        return json.dumps({folder: names for folder, names in left.items() if names}).encode()

    return look
"""


class HonestError(ValueError):
    """There is no honest answer to compare with; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one attack.

    Attributes:
        attack: its name, with the variant in brackets.
        kind: of the attack.
        entry_point: against which.
        verdict: None if it was not run.
        score: None unless ``ok``.
        seconds: it took.
        finding: the leak it proved, or None.
        note: why it was not run, or that its verdict was not among those expected though nothing got through.
    """

    attack: str
    kind: str
    entry_point: str
    verdict: Verdict | None
    score: float | None
    seconds: float
    finding: Finding | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Scores:
    """What an honest program gets, the less the better: the best of its runs, and whether they differ."""

    best: float
    noisy: bool

    def gain(self, score: float) -> float:
        """By how much another's score, the less the better, is better than could be chance."""
        return self.best - score - (0.05 if self.noisy else 1e-9) * abs(self.best)


class _Recorder:
    """The pool, keeping what the sandbox saw."""

    def __init__(self, pool: Runner) -> None:
        self._pool = pool
        self.seen: list[tuple[Job, Outcome]] = []

    @property
    def capabilities(self) -> Capabilities:
        return self._pool.capabilities

    def run(self, job: Job, gate: Gate | None = None) -> Outcome:
        outcome = self._pool.run(job, gate)
        self.seen.append((job, outcome))
        return outcome

    def run_in_turn(self, jobs: Sequence[Job], ready: Callable[[], object] | None = None) -> list[Outcome]:
        outcomes = self._pool.run_in_turn(jobs, ready)
        self.seen += zip(jobs, outcomes, strict=False)
        return outcomes


class RedTeam:
    """Attacks one entry point of one problem, one attack at a time.

    Args:
        problem: attacked.
        entry: its function.
        pool: of one slot, so that an attack and the look at what it left use the same.

    Raises:
        HonestError: if the problem has no baseline that passes, so that there is no honest answer to compare with.
    """

    def __init__(self, problem: Problem, entry: EntryPoint, pool: Runner) -> None:
        self.problem, self.entry = problem, entry
        self.excerpt = Excerpt(problem)
        self._pool = pool
        self._recorder = _Recorder(pool)
        self._evaluator = self._within({})
        self._untouched = inspection.snapshot(self.excerpt)
        self.attacks = {attack.name: attack for attack in load_attacks(problem.spec.language)}
        self.target = self._find_target()
        self._honest: dict[str, _Scores] = {}

    def inspect(self) -> list[Finding]:
        """What the problem's trusted part gives away or believes, found without running an attack."""
        frames = self._evaluator.frames("train", elementwise=False)
        outcome = self._pool.run(self._evaluator.job(self._honest_program(_PLAIN), frames))
        responses = outcome.responses if outcome.reason is Reason.FINISHED else ()
        found = inspection.inspect(self.excerpt, self.entry, frames, responses, self._untouched)
        return [Finding(leak, name, self.entry.name, evidence) for leak, name, evidence in found]

    def run(self, attack: Attack) -> list[Result]:
        """Run ``attack`` in each of its variants."""
        reason = applies(attack, self.target)
        if reason:
            return [Result(attack.name, attack.kind, self.entry.name, None, None, 0.0, note=reason)]
        return [self._run(attack, variant) for variant in attack.variants]

    def _run(self, attack: Attack, variant: str) -> Result:
        name = f"{attack.name}[{variant}]" if variant else attack.name
        started = time.perf_counter()
        compared = attack.score_counts and not attack.honest
        evaluator = self._within(attack.limits) if attack.limits else self._evaluator
        self._recorder.seen.clear()
        for _ in range(attack.repeat):
            armed = arm(attack, self.target, variant)
            evaluation = evaluator.evaluate(armed.candidate, "train")
            verdict, feedback = evaluation.verdict, evaluation.feedback
            for seed in _SEEDS if attack.audited else ():
                if verdict is Verdict.OK:
                    stage = EliteAudit(evaluator).run(armed.candidate, "train", seed)
                    verdict, feedback = stage.verdict, stage.feedback
            score = evaluation.score
            against = self._scores_of(attack.against or _PLAIN) if compared and score is not None else None
            if score is not None and against is not None and against.noisy:
                score = self._worst(evaluator, armed.candidate, score, against)
            proof = self._proof(attack, armed, verdict, feedback, score, against)
            if proof is not None:
                break
        note = ""
        if proof is None and verdict not in attack.expect:
            note = f"expected {' or '.join(attack.expect)}"
        elif proof is None and attack.at not in ("", evaluation.stage):
            note = f"found out at {evaluation.stage}, expected at {attack.at}"
        finding = None if proof is None else Finding(proof[0], name, self.entry.name, proof[1])
        seconds = time.perf_counter() - started
        return Result(name, attack.kind, self.entry.name, verdict, evaluation.score, seconds, finding, note)

    # ---- what an honest program gets ---------------------------------------------------------------------------------

    def _find_target(self) -> Target:
        """The baselines that pass, the best first, without those that decide as it does."""
        spec = self.problem.spec
        sources = dict(baselines(spec, self.entry))
        example = spec.folder / self.entry.file
        if not sources and example.is_file():
            sources["example"] = Candidate.of_text(example.read_text(encoding="utf-8"), self.entry.file, spec.language)
        if not sources:
            raise HonestError(
                f"{spec.name}: the entry point {self.entry.name} has neither baselines nor {self.entry.file} in its "
                "folder, so there is no honest answer that attacks could be compared with"
            )
        passed = []
        said = ""
        for name, candidate in sources.items():
            evaluation = self._evaluator.evaluate(candidate, "train")
            if evaluation.ok and evaluation.score is not None:
                passed.append((self._evaluator.sign * evaluation.score, name, evaluation.decisions_digest))
            else:
                said = f"{name}: {evaluation.verdict.value}: {evaluation.feedback[-300:]}"
        if not passed:
            raise HonestError(f"{spec.name}: no baseline of {self.entry.name} passes ({said})")
        passed.sort()
        best = passed[0]
        # The worst, since the decisions of the second best are on many an instance those of the best.
        rivals = [name for _, name, digest in passed if digest != best[2]][-1:]
        honest = tuple(sources[name].text(self.entry.file) for name in (best[1], *rivals))
        return Target(self.excerpt.spec, self.entry, honest, tuple(i.name for i in self.excerpt.instances("train")))

    def _scores_of(self, name: str) -> _Scores:
        """Scores of the honest program ``name``."""
        if name not in self._honest:
            candidate = self._honest_program(name)
            scores: list[float] = []
            while len(scores) < 2 or (len(scores) < _RUNS and min(scores) != max(scores)):
                evaluation = self._evaluator.evaluate(candidate, "train")
                if evaluation.score is None:
                    raise HonestError(
                        f"{self.problem.spec.name}: {name}, an honest program, does not pass "
                        f"({evaluation.verdict.value}: {evaluation.feedback[-300:]})"
                    )
                scores.append(self._evaluator.sign * evaluation.score)
            self._honest[name] = _Scores(min(scores), min(scores) != max(scores))
        return self._honest[name]

    @staticmethod
    def _worst(evaluator: Evaluator, candidate: Candidate, score: float, honest: _Scores) -> float:
        """The worst score of as many runs as the honest program had; fewer once one proves nothing."""
        scores = [score]
        while len(scores) < _RUNS and honest.gain(evaluator.sign * scores[-1]) > 0:
            again = evaluator.evaluate(candidate, "train").score
            scores.append(math.inf * evaluator.sign if again is None else again)
        return max(scores, key=lambda one: evaluator.sign * one)

    def _honest_program(self, name: str) -> Candidate:
        """The honest program ``name``; where the set has no plain one, the best baseline as it stands."""
        if name in self.attacks:
            return arm(self.attacks[name], self.target).candidate
        return Candidate.of_text(self.target.honest[0], self.entry.file, self.problem.spec.language)

    # ---- one attack --------------------------------------------------------------------------------------------------

    def _within(self, limits: Mapping[str, float]) -> Evaluator:
        """An evaluator that gives a candidate no more than ``limits``, and the usual where they say nothing."""
        return Evaluator(self.excerpt.within(LIMITS | dict(limits)), self._recorder, self.entry)

    def _proof(
        self, attack: Attack, armed: Armed, verdict: Verdict, feedback: str, score: float | None, honest: _Scores | None
    ) -> tuple[Leak, str] | None:
        """What this run proves, if anything: the leak and the evidence."""
        damage = self._damage(armed)
        for job, outcome in self._recorder.seen:
            said = [line for line in (outcome.stdout + outcome.stderr).splitlines() if line.startswith(PWNED)]
            if said and not attack.honest:
                return attack.leak, f"it got through: {'; '.join(said)[len(PWNED) + 1 :][:300]}"
            if outcome.wall_seconds > job.limits.wall_seconds + _WALL_SLACK:
                allowed = f"{job.limits.wall_seconds:g} allowed"
                return Leak.LIMIT_NOT_HELD, f"it ran {outcome.wall_seconds:.1f} s of {allowed}"
            if job.native is not None and outcome.orphans_killed:
                return Leak.LIMIT_NOT_HELD, "a compiled program, which may start no process, started one"
        if damage is not None:
            return damage
        if verdict is Verdict.INTERNAL_ERROR:
            broken = Leak.JUDGE_BROKEN if feedback.startswith(JUDGE_FAILED) else Leak.SANDBOX_DAMAGED
            return broken, f"it was not judged: {feedback[:300]}"
        if len(feedback) > _FEEDBACK_LIMIT:
            return Leak.FEEDBACK_FLOODED, f"it made a feedback of {len(feedback)} characters"
        expected = " or ".join(attack.expect)
        if attack.honest:
            return None if verdict in attack.expect else (Leak.HONEST_REFUSED, f"{verdict.value}: {feedback[-300:]}")
        proving = (Verdict.OK, Verdict.TAMPERING) if attack.audited else (Verdict.OK,)
        if verdict in proving and verdict not in attack.expect:
            return attack.leak, f"its verdict is {verdict.value} where it should be {expected}; {attack.success}"
        if verdict is Verdict.OK and honest is not None and score is not None:
            sign = self._evaluator.sign
            if math.isnan(score) or honest.gain(sign * score) > 0:
                return attack.leak, f"its score is {score:g} where an honest program gets {sign * honest.best:g}"
        return None

    def _damage(self, armed: Armed) -> tuple[Leak, str] | None:
        """What the attack left: processes on the host, files in the slot, or a slot that does not answer."""
        looked = self._pool.run(Job(_LOOK_ROUND, {}, (b"",), limits=Limits(cpu_seconds=5.0, wall_seconds=20.0)))
        if looked.reason is not Reason.FINISHED:
            return Leak.SANDBOX_DAMAGED, f"the next job ended with {looked.reason.value}: {looked.detail[-200:]}"
        left = json.loads(looked.responses[0])
        if left:
            return Leak.LEFT_BEHIND, f"the next job finds {left}"
        until = time.monotonic() + _GONE_SECONDS
        while alive := _processes_called(armed.process_name):
            if time.monotonic() > until:
                return Leak.LEFT_BEHIND, f"its processes {alive} still live {_GONE_SECONDS:g} s later"
            time.sleep(0.05)
        return None


def _processes_called(name: str) -> list[int]:
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                if (process / "comm").read_text(encoding="utf-8", errors="replace").rstrip("\n") == name:
                    found.append(int(process.name))
            except OSError:
                continue  # it ended meanwhile
    return found


def run_attacks(
    team: RedTeam, attacks: Iterable[Attack], on_result: Callable[[Result], None] | None = None
) -> list[Result]:
    """Run ``attacks`` one after the other, telling ``on_result`` of each."""
    results = []
    for attack in attacks:
        for result in team.run(attack):
            results.append(result)
            if on_result is not None:
                on_result(result)
    return results


__all__ = ["AttackError", "HonestError", "RedTeam", "Result", "run_attacks"]
