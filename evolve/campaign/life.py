"""The life of one candidate: select, propose, screen, evaluate, repair, reflect, admit.

Each step is a plain function of a draft; it commits its result together with the name of the next step, which it
returns. The graph in ``graph.py`` only follows these names.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from evaluators.candidate import Candidate
from evaluators.evaluation import Evaluation, StageResult, told
from evaluators.judge import Judge
from evaluators.verdicts import Verdict
from evolve.archive.records import proposal_evaluation
from evolve.campaign.champion import Champion
from evolve.campaign.config import CampaignConfig
from evolve.campaign.gauge import Gauge
from evolve.campaign.history import Draft
from evolve.campaign.progress import Progress
from evolve.campaign.store import CampaignStore
from evolve.campaign.turns import Turns
from evolve.proposers.base import Ask, Member, Observation, Proposer, Repair
from evolve.selection.islands import Islands
from evolve.selection.novelty import Novelty
from evolve.selection.population import Admission

DONE = "done"
NODES = ("select", "propose", "screen", "evaluate", "repair", "reflect", "admit")
UNEVALUATED = ("propose", "screen")  # stages before a candidate counts as evaluated
NOT_REPAIRED = frozenset({Verdict.TAMPERING, Verdict.INTERNAL_ERROR})


# Its children would inherit what only pays on the instances they are selected on.
_WORSE = StageResult("validation", Verdict.OK, 0.0, "worse than on train")


class SandboxBrokenError(RuntimeError):
    """The sandbox failed several times in a row: the campaign stops rather than burn proposals."""


@dataclass
class Life:
    """The steps, and what they work with. One object a campaign; steps of different drafts run at the same time."""

    config: CampaignConfig
    campaign_id: str
    evaluator: Judge
    proposer: Proposer
    store: CampaignStore
    islands: Islands
    gauge: Gauge
    progress: Progress
    baselines: dict[str, float]
    yardsticks: frozenset[str] = frozenset()  # baselines that fall short of a demand: parents, but never the best
    turns: Turns = field(default_factory=Turns)
    drafts: dict[str, Draft] = field(default_factory=dict)
    _trained: dict[str, Evaluation] = field(default_factory=dict)
    _internal_errors: int = 0
    _claims: dict[str, str] = field(default_factory=dict)  # dedupe key -> proposal in flight
    _claims_lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.problem, self.entry = self.evaluator.problem, self.evaluator.entry
        self._train_set = self.store.instance_set("train", self.problem.instances("train"))
        self._parts = tuple(instance.part for instance in self.problem.instances("train"))
        self._validation_set = self.store.instance_set("validation", self.problem.instances("validation"))
        threshold = self.islands.settings.near_duplicate
        self.novelty = Novelty(threshold) if threshold else None
        self._direction = self.problem.spec.objective.direction
        best = self.store.best_validated(self._direction, audited=True)
        self._best_validation: float | None = best["validation"] if best else None
        self._champion: Champion | None = None
        row = self.store.best_since(self.islands.epoch, self._direction)
        if row is not None:
            found = proposal_evaluation(self.store.archive, row["proposal_id"], row["candidate_id"], "validation")
            assert found is not None, f"{row['proposal_id']} is an elite without a validation"
            self._champion = Champion(row["validation"], row["ordinal"], found.instance_scores)

    def step(self, node: str) -> Callable[[Draft], str]:
        """The function of a node."""
        steps: dict[str, Callable[[Draft], str]] = {
            "select": self.select, "propose": self.propose, "screen": self.screen, "evaluate": self.evaluate,
            "repair": self.repair, "reflect": self.reflect, "admit": self.admit,
        }  # fmt: skip
        return steps[node]

    def new_draft(self, ordinal: int) -> Draft:
        """A proposal that has not begun."""
        seed = random.Random(f"{self.config.seed}/{ordinal}").getrandbits(48)
        draft = Draft(f"{self.campaign_id}-{ordinal:06d}", ordinal, seed, "select", 0, (), ())
        self.drafts[draft.id] = draft
        return draft

    def abandon(self, draft: Draft, reason: str) -> None:
        """End a proposal whose call was not made for want of money or tokens."""
        draft.failure = reason
        self._finish(draft, "unpaid", None, None)

    def select(self, draft: Draft) -> str:
        """Draw parents and a pool from the population."""
        for move in self.islands.moves(draft.ordinal):
            self.store.moved(move)
        home, settings = self.islands.home(draft.ordinal), self.islands.settings
        if draft.ordinal - self.islands.epoch > self.proposer.founders():
            rng = random.Random(draft.seed)
            drawn = home.draw(rng, 2 + settings.pool)
            parents, pool = drawn[:2], drawn[2:]
            if settings.inspirations == "unlike" and parents:
                pool = home.unlike(rng, min(parents, key=lambda m: (home.cost(m), m.ordinal)), settings.pool)
            draft.parents = tuple(m.candidate_id for m in parents)
            draft.pool = tuple(m.candidate_id for m in pool)
        draft.node = "propose"
        self.store.selected(draft, self.islands.number(draft.ordinal))
        return draft.node

    def propose(self, draft: Draft) -> str:
        """Ask the proposer for a child."""
        return self._take_child(draft, None)

    def repair(self, draft: Draft) -> str:
        """Ask for the child to be mended, told what went wrong."""
        source = draft.candidate.text(self.entry.file) if draft.candidate else ""
        draft.turn += 1
        verdict = draft.verdict or Verdict.REJECTED.value
        return self._take_child(draft, Repair(source, verdict, draft.stage, draft.failure, draft.turn))

    def _take_child(self, draft: Draft, repair: Repair | None) -> str:
        self.turns.take()
        parents, pool = self._members(draft.parents), self._members(draft.pool)
        ask = Ask(
            campaign_id=self.campaign_id,
            proposal_id=draft.id,
            ordinal=draft.ordinal,
            seed=draft.seed,
            problem=self.problem,
            entry=self.entry,
            parents=parents,
            pool=pool,
            best=self.islands.best,
            baselines=self.baselines,
            repair=repair,
            parts=self._parts,
        )
        try:
            proposed = self.proposer.propose(ask)
        finally:
            self.turns.give()
        draft.candidate, draft.genome = proposed.candidate, proposed.genome
        draft.operator, draft.failure = proposed.operator, proposed.failure
        # Those of the first answer: a repair mends what was asked for then.
        draft.asked, draft.remark = draft.asked or proposed.asked, draft.remark or proposed.remark
        key = ""
        if proposed.candidate is None:
            draft.verdict, draft.stage = Verdict.REJECTED.value, "propose"
            draft.node = "repair" if self._may_repair(draft) else "admit"
        else:
            draft.verdict, draft.node = "", "screen"
            key = self.evaluator.screen(proposed.candidate).dedupe_key
        self.store.proposed(draft, key, proposed.parents)
        return draft.node

    def screen(self, draft: Draft) -> str:
        """Turn away what has not the asked-for shape, and what is known already."""
        assert draft.candidate is not None
        screened = self.evaluator.screen(draft.candidate)
        if not screened.accepted:
            draft.verdict, draft.stage, draft.failure = Verdict.REJECTED.value, "screen", screened.feedback
            draft.node = "repair" if self._may_repair(draft) else "admit"
            if draft.node == "repair":
                self.store.turned_away(draft)
            return draft.node
        known = self._claim(screened.dedupe_key, draft)
        if known is not None:
            draft.verdict, draft.failure = "", f"same program as {known}"
            return self._finish(draft, "duplicate", None, None)
        if self.novelty is not None and draft.ordinal > 0 and not draft.turn:
            source, members = draft.candidate.text(self.entry.file), self.islands.home(draft.ordinal).members()
            like = self.novelty.resembles(source, members)
            if like is not None:
                draft.verdict, draft.failure = "", str(like)
                return self._finish(draft, "duplicate", None, None)
        draft.node = "evaluate"
        return draft.node

    def _claim(self, dedupe_key: str, draft: Draft) -> str | None:
        """Who else brought this program; if nobody, it is ``draft``'s until its life ends."""
        with self._claims_lock:
            holder = self._claims.setdefault(dedupe_key, draft.id)
            if holder != draft.id:
                return f"proposal {holder}"
        known = self.store.is_known(dedupe_key, draft)
        return None if known is None else f"candidate {known[:12]}"

    def evaluate(self, draft: Draft) -> str:
        """Run and judge the child on ``train``."""
        assert draft.candidate is not None
        bar, fence = self.islands.home(draft.ordinal).bar(), self.islands.fence
        evaluation = self.evaluator.evaluate(draft.candidate, "train", bar=bar, fence=fence)
        if evaluation.ok and self.proposer.repairs:  # it reads what it is told
            evaluation = replace(evaluation, feedback=told(self.problem, evaluation))
        draft.verdict, draft.stage = evaluation.verdict.value, evaluation.stage
        draft.failure = "" if evaluation.ok else evaluation.feedback
        if evaluation.verdict is Verdict.INTERNAL_ERROR:
            self._count_internal_error(evaluation)
            draft.node = "admit"
        else:
            self._internal_errors = 0
            if draft.ordinal > 0:
                draft.evaluations += 1
                self.gauge.settle(evaluated=True)
            draft.node = "reflect"
            # A repair needs an evaluation of its own; without one left the child's life goes on to its end.
            if not evaluation.ok and self._may_repair(draft) and self.gauge.reserve_evaluation():
                draft.node = "repair"
        self._trained[draft.id] = evaluation
        self.store.trained(evaluation, self._train_set, draft)
        self.progress.evaluated(evaluation, counted=draft.ordinal > 0)
        return draft.node

    def reflect(self, draft: Draft) -> str:
        """Let the proposer learn from what became of its child; one that asks is told when the child's life is over."""
        draft.node = "admit"
        if draft.asked:
            return draft.node
        evaluation = self._evaluation_of(draft)
        assert draft.candidate is not None
        score = evaluation.score if evaluation.ok else None
        source = draft.candidate.text(self.entry.file)
        self.proposer.observe(
            Observation(draft.ordinal, source, draft.genome, draft.verdict, score, evaluation.instance_scores)
        )
        return draft.node

    def admit(self, draft: Draft) -> str:
        """Let the child into the population, and a promising one through validation and audit."""
        if draft.candidate is None or (draft.verdict == Verdict.REJECTED.value and draft.stage in UNEVALUATED):
            return self._finish(draft, "rejected", None, None)
        if draft.verdict == Verdict.INTERNAL_ERROR.value:
            return self._finish(draft, "failed", None, None)
        evaluation = self._evaluation_of(draft)
        if not evaluation.ok or not evaluation.complete:
            reason = "raced out" if evaluation.ok else evaluation.verdict.value
            return self._finish(draft, "evaluated", None, Admission(False, reason=reason))
        assert evaluation.score is not None and evaluation.instance_scores is not None
        member = Member(
            candidate_id=draft.candidate.id,
            source=draft.candidate.text(self.entry.file),
            score=evaluation.score,
            instance_scores=evaluation.instance_scores,
            genome=draft.genome,
            feedback=evaluation.feedback,
            ordinal=draft.ordinal,
            objectives=evaluation.values,
            cpu_seconds=evaluation.resources.cpu_seconds,
        )
        if 0 < draft.ordinal <= self.islands.epoch:
            return self._finish(draft, "evaluated", None, Admission(False, reason="of an earlier population"))
        admission = self.islands.admit(member)
        # While the population fills, nearly every child is among the best few: then only a new best is validated.
        home = self.islands.home(draft.ordinal)
        top = max(1, self.config.population.validate_top * len(home) // home.settings.size)
        ahead = sum(other.candidate_id in self.yardsticks for other in home.members()[: admission.rank])
        if admission.entered and admission.rank - ahead <= top and member.candidate_id not in self.yardsticks:
            failed = self._validate(draft, draft.candidate, member)
            if failed is not None:
                self.islands.remove(member.candidate_id)
                if failed.verdict is not Verdict.OK:
                    draft.verdict, draft.failure = failed.verdict.value, failed.feedback
                said = "worse than on train" if failed.verdict is Verdict.OK else failed.verdict.value
                admission = Admission(False, displaced=admission.displaced, reason=f"{failed.name}: {said}")
        done = self._finish(draft, "evaluated", member, admission)
        self._restart_if_stuck(draft.ordinal)
        return done

    def _restart_if_stuck(self, ordinal: int) -> None:
        """Found the population anew when it has brought nothing better for long: what it found is in the archive.

        A search that has converged on one idea rarely leaves it; another start often finds a better one.
        """
        with self._claims_lock:
            last = max(self.islands.epoch, self._champion.ordinal if self._champion else 0)
            if ordinal - last < self.config.population.patience:
                return
            self._champion = None
            self.islands.found(ordinal)
            self.store.restarted(ordinal)

    def _validate(self, draft: Draft, candidate: Candidate, member: Member) -> StageResult | None:
        """Validation, and for a would-be best elite the audit; why it must leave the population, or None."""
        sign, margin = self.islands.sign, self.config.population.overfit
        validation = proposal_evaluation(self.store.archive, draft.id, candidate.id, "validation")
        if validation is None:
            best = self._champion
            bar, fence = best.bar(sign, margin) if best is not None else (None, float("inf"))
            validation = self.evaluator.evaluate(candidate, "validation", bar=bar, fence=fence)
            self.store.evaluated(validation, self._validation_set, draft)
        if validation.verdict is Verdict.INTERNAL_ERROR:
            return None
        if validation.score is None:
            return StageResult("validation", validation.verdict, 0.0, validation.feedback)
        if not validation.complete:  # it is beyond what a member may be behind, or it would have been judged on all
            return _WORSE
        audit = None
        if self._is_best(validation.score):
            audit = self._audit(candidate, draft)
            if audit.verdict is Verdict.OK:
                self._best_validation = validation.score
        self.store.audited(draft, member, validation, audit)
        self.progress.validated(member, validation, audit)
        if audit is not None and audit.verdict not in (Verdict.OK, Verdict.INTERNAL_ERROR):
            return audit
        best = self._champion
        if best is None or sign * (validation.score - best.score) < 0:
            self._champion = Champion(validation.score, draft.ordinal, validation.instance_scores)
            return None
        return _WORSE if best.leaves_behind(validation.score, sign, margin) else None

    def _audit(self, candidate: Candidate, draft: Draft) -> StageResult:
        if "audit" not in self.problem.spec.stages:
            return StageResult("audit", Verdict.OK, 0.0, "the problem asks for none")
        return self.evaluator.audit(candidate, "train", draft.seed)

    def _is_best(self, score: float) -> bool:
        best = self._best_validation
        return best is None or self.islands.sign * (score - best) < 0

    def _finish(self, draft: Draft, status: str, member: Member | None, admission: Admission | None) -> str:
        homes = {}
        if admission is not None and member is not None:
            changed = (member.candidate_id if admission.entered else None, admission.displaced)
            homes = {name: self.islands.homes(name) for name in changed if name is not None}
        self.store.finished(draft, status, member, admission, homes)
        if status != "evaluated" and draft.ordinal > 0:
            # Its reserved evaluation was not used (an evaluated child has settled its own).
            self.gauge.settle(evaluated=False)
        if draft.ordinal > 0:
            self.progress.finished(status, draft.verdict)
            if draft.asked and status in ("evaluated", "duplicate", "rejected"):
                self.proposer.observe(self.store.observation(draft.id))
        self._trained.pop(draft.id, None)
        self.drafts.pop(draft.id, None)
        with self._claims_lock:
            self._claims = {key: holder for key, holder in self._claims.items() if holder != draft.id}
        draft.node = DONE
        return DONE

    def _may_repair(self, draft: Draft) -> bool:
        return (
            self.proposer.repairs
            and draft.ordinal > 0
            and draft.turn < self.config.repairs
            and Verdict(draft.verdict) not in NOT_REPAIRED
        )

    def _evaluation_of(self, draft: Draft) -> Evaluation:
        if draft.id not in self._trained:
            assert draft.candidate is not None
            found = proposal_evaluation(self.store.archive, draft.id, draft.candidate.id, "train")
            assert found is not None, f"{draft.id} is past 'evaluate' without an evaluation"
            self._trained[draft.id] = found
        return self._trained[draft.id]

    def _members(self, ids: tuple[str, ...]) -> tuple[Member, ...]:
        """The members with these ids, best first; those that have left come from the archive.

        Whom selection drew twice is there twice: to breed from each only once would undo half of the selection.
        """
        found = {m.candidate_id: m for m in self.islands.find(ids)}
        missing = [i for i in dict.fromkeys(ids) if i not in found]
        if missing:
            found |= {m.candidate_id: m for m in self.store.members(missing)}
        members = [found[i] for i in ids if i in found]
        return tuple(sorted(members, key=lambda m: (self.islands.cost(m), m.ordinal)))

    def _count_internal_error(self, evaluation: Evaluation) -> None:
        self._internal_errors += 1
        if self._internal_errors >= 5:
            raise SandboxBrokenError(f"the sandbox failed 5 times in a row: {evaluation.feedback}")
