"""Judging the published heuristics of a problem, once an archive."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from evaluators.baselines import baselines
from evaluators.declaration import Split
from evaluators.evaluation import Evaluation
from evaluators.judge import Judge
from evaluators.problem import Instance
from evolve.archive.records import find_evaluation
from evolve.campaign.store import CampaignStore


def judge_baselines(
    evaluators: Sequence[Judge],
    store: CampaignStore,
    split: Split,
    workers: int,
    instances: Sequence[Instance] | None = None,
) -> dict[tuple[str, str], Evaluation]:
    """(Entry point, baseline) -> evaluation, from the archive where it has them.

    Args:
        evaluators: one an entry point, all of one problem.
        store: where they are kept.
        split: which.
        workers: judged at one time.
        instances: of that split, if not the fixed ones.
    """
    problem = evaluators[0].problem
    set_id = store.instance_set(split, problem.instances(split) if instances is None else instances)

    def one(task: tuple[Judge, str]) -> tuple[tuple[str, str], Evaluation]:
        evaluator, name = task
        entry = evaluator.entry
        candidate = baselines(problem.spec, entry)[name]
        found = find_evaluation(
            store.archive, candidate.id, problem.spec, entry.name, split, set_id, evaluator.environment
        )
        if found is None or not found.complete:
            found = evaluator.evaluate(candidate, split, instances=instances)
            store.baseline(candidate, evaluator.screen(candidate).dedupe_key)
            store.evaluated(found, set_id, entry_point=entry.name)
        return (entry.name, name), found

    # The elaborate ones tend to stand last: taken first, they do not leave one worker alone at the end.
    tasks = [(evaluator, name) for evaluator in evaluators for name in evaluator.entry.baselines][::-1]
    with ThreadPoolExecutor(workers, thread_name_prefix="baseline") as executor:
        found = dict(executor.map(one, tasks))
    return {(e.entry.name, name): found[e.entry.name, name] for e in evaluators for name in e.entry.baselines}


def baselines_of(evaluator: Judge, store: CampaignStore, split: Split, workers: int) -> dict[str, Evaluation]:
    """Baseline -> evaluation on the fixed instances, for one entry point."""
    return {name: e for (_, name), e in judge_baselines([evaluator], store, split, workers).items()}


def score_table(evaluations: dict[str, Evaluation]) -> dict[str, float]:
    """Baseline -> score, those that have one."""
    return {name: e.score for name, e in evaluations.items() if e.score is not None}
