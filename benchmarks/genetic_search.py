"""Search strength of the genetic proposer on 1||sum T_j, without sandbox and archive: a bench for its settings.

Trees only, made by ourselves, run in this process. The population is the campaign's own. ``plain`` is without
surrogate, ``random`` without selection. Winners are chosen on validation and compared with MDDC on instances drawn
from seeds of this file, never on the problem's ``test``::

    python benchmarks/genetic_search.py --seeds 1 2 3 4 --seconds 280 --overhead 20
    python benchmarks/genetic_search.py --variants default plain random --set selection=tournament
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from evaluators.declaration import EntryPoint
from evaluators.judging import RACE_Z
from evaluators.problem import Problem
from evaluators.registry import load_problem
from evaluators.scheduling.single_machine_tardiness.harness import dispatch
from evaluators.scheduling.single_machine_tardiness.instances import Block, generate, total_tardiness
from evaluators.scheduling.single_machine_tardiness.problem import LOCKSTEP_INSTANCES
from evolve.fence import far_out
from evolve.proposers.base import Ask, Member, Observation, Proposer
from evolve.proposers.genetic.proposer import GeneticProposer
from evolve.proposers.genetic.settings import Settings
from evolve.proposers.random import RandomProposer
from evolve.selection.islands import Islands
from evolve.selection.settings import PopulationSettings

CHECKPOINTS = 6
"""Times the winner is looked at in a run."""
DEVELOPMENT = {"n20": Block("n20", 20, 40, 770_020), "n100": Block("n100", 100, 20, 770_100),
               "n200": Block("n200", 200, 10, 770_200)}  # fmt: skip


@dataclass(frozen=True)
class Part:
    """Instances of one size: arrays (instances, jobs), and the reference of each (instances,)."""

    p: np.ndarray
    d: np.ndarray
    reference: np.ndarray

    def totals(self, function: Callable[..., Any]) -> np.ndarray:
        """Total tardiness of a priority's orders."""
        with np.errstate(all="ignore"):
            orders = [dispatch.lockstep(function, self.p[i : i + LOCKSTEP_INSTANCES],
                                        self.d[i : i + LOCKSTEP_INSTANCES])
                      for i in range(0, len(self.p), LOCKSTEP_INSTANCES)]  # fmt: skip
        return total_tardiness(self.p, self.d, np.concatenate(orders))

    def gaps(self, totals: np.ndarray) -> np.ndarray:
        """Scores in percent."""
        return 100 * (totals - self.reference) / np.maximum(self.reference, self.p.sum(axis=1) / 100)


@dataclass(frozen=True)
class Row:
    """One development part at a checkpoint: the winner against MDDC."""

    part: str
    difference: float
    low: float
    high: float
    ratio: float


def function_of(source: str, name: str = "priority") -> Callable[..., Any]:
    """The function a trusted source defines."""
    space: dict[str, Any] = {}
    exec(compile(source, "candidate.py", "exec"), space)
    return space[name]


def parts_of(problem: Problem, split: Any) -> list[Part]:
    """A split, grouped by size."""
    groups: dict[int, list[Any]] = {}
    for instance in problem.instances(split):
        groups.setdefault(len(instance.data["p"]), []).append(instance)
    return [
        Part(np.stack([i.data["p"] for i in g]), np.stack([i.data["d"] for i in g]),
             np.array([i.reference for i in g], dtype=float))
        for g in groups.values()
    ]  # fmt: skip


def frames_of(problem: Problem, entry: EntryPoint, parts: Sequence[Part]) -> list[tuple[np.ndarray, Part]]:
    """The problem's own frames of ``train``, each with its places among all instances."""
    every = [(part, row) for part in parts for row in range(len(part.p))]
    found = []
    for request in problem.requests(problem.instances("train"), entry, elementwise=True):
        part, rows = every[request.indices[0]][0], [every[i][1] for i in request.indices]
        found.append((np.array(request.indices), Part(part.p[rows], part.d[rows], part.reference[rows])))
    return found


class Bench:
    """The problem, its parts and MDDC's results on the development instances."""

    def __init__(self) -> None:
        self.problem = load_problem("scheduling/single-machine-tardiness")
        self.entry: EntryPoint = self.problem.spec.entry_point("priority")
        self.train, self.validation = parts_of(self.problem, "train"), parts_of(self.problem, "validation")
        self.size = sum(len(part.p) for part in self.train)
        self.frames = frames_of(self.problem, self.entry, self.train)
        folder = self.problem.spec.folder / "baselines" / "priority"
        self.sources = {name: (folder / f"{name}.py").read_text("utf-8") for name in self.entry.baselines}
        self.fence = far_out(self.scores(self.train, self.sources["mddc"]))
        self.development, self.mddc = {}, {}
        rules = [function_of(self.sources[name]) for name in ("mddc", "mdd", "atc")]
        for name, block in DEVELOPMENT.items():
            p, d = generate(block)
            part = Part(p, d, np.zeros(len(p)))
            totals = [part.totals(rule) for rule in rules]
            # The least of a few rules stands in for the optimum: it is needed for the denominator only.
            self.development[name] = replace(part, reference=np.minimum.reduce(totals).astype(float))
            self.mddc[name] = totals[0]

    def scores(self, parts: Sequence[Part], source: str) -> np.ndarray:
        """Gaps on all instances of ``parts``."""
        function = function_of(source)
        return np.concatenate([part.gaps(part.totals(function)) for part in parts])

    def raced(self, source: str, bar: np.ndarray | None) -> np.ndarray:
        """Gaps on ``train``, as a campaign finds them: frame by frame, until they clearly trail ``bar``; NaN beyond."""
        function = function_of(source)
        gaps = np.full(self.size, np.nan)
        for where, frame in self.frames:
            gaps[where] = frame.gaps(frame.totals(function))
            if bar is not None:
                worse_by = (np.minimum(gaps, self.fence) - np.minimum(bar, self.fence))[~np.isnan(gaps)]
                if worse_by.mean() > RACE_Z * worse_by.std(ddof=1) / len(worse_by) ** 0.5:
                    break
        return gaps

    def compare(self, source: str) -> list[Row]:
        """Paired mean difference to MDDC with a 95 % bootstrap interval, and the ratio of sums."""
        function, rng, rows = function_of(source), np.random.default_rng(0), []
        for name, part in self.development.items():
            totals = part.totals(function)
            difference = part.gaps(totals) - part.gaps(self.mddc[name])
            means = difference[rng.integers(0, len(difference), (2000, len(difference)))].mean(axis=1)
            low, high = np.percentile(means, [2.5, 97.5])
            rows.append(Row(name, difference.mean(), low, high, totals.sum() / self.mddc[name].sum()))
        return rows


def search(
    bench: Bench, proposer: Proposer, seed: int, seconds: float, overhead: float, settings: PopulationSettings,
    say: Callable[[str], None] = print,
) -> Member | None:  # fmt: skip
    """One run of so many CPU seconds, of which each evaluation is charged ``overhead``; the best on validation."""
    islands = Islands(settings, 1.0, bench.fence)
    best: Member | None = None
    asked, validated, duplicates, raced, removed, seen = [], 0, 0, 0, 0, set()
    start, excluded, looked, ordinal = time.process_time(), 0.0, 0, 0

    def spent() -> float:
        return time.process_time() - start - excluded + overhead * max(ordinal, 0)

    def judge(ordinal: int, source: str, genome: str | None) -> None:
        nonlocal best, validated, raced, removed
        home = islands.home(ordinal)
        gaps = bench.raced(source, home.bar())
        proposer.observe(Observation(ordinal, source, genome, "ok", float(np.nanmean(gaps)), gaps))
        if np.isnan(gaps).any():
            raced += 1
            return
        member = Member(f"{ordinal}", source, float(gaps.mean()), gaps, genome, ordinal=ordinal)
        admission = islands.admit(member)
        top = max(1, settings.validate_top * len(home) // home.settings.size)
        if admission.entered and admission.rank <= top:
            validated += 1
            member = replace(member, validation=float(bench.scores(bench.validation, source).mean()))
            assert member.validation is not None
            if best is None or best.validation is None or member.validation < best.validation:
                best = member
            elif member.validation > (1 + settings.overfit) * best.validation:
                islands.remove(member.candidate_id)
                removed += 1

    for k, name in enumerate(bench.entry.seeds):
        judge(-k - 1, bench.sources[name], None)
    while spent() < seconds:
        ordinal += 1
        ask_seed = Random(f"{seed}/{ordinal}").getrandbits(48)
        rng = Random(ask_seed)
        parents, pool = (), ()
        if ordinal > proposer.founders():
            home = islands.home(ordinal)
            drawn = home.draw(rng, 2 + settings.pool)
            parents, pool = drawn[:2], drawn[2:]
        ask = Ask("bench", ordinal, ordinal, ask_seed, bench.problem, bench.entry, parents, pool, islands.best, {})
        began = time.process_time()
        proposed = proposer.propose(ask)
        asked.append(time.process_time() - began)
        if proposed.candidate is None or proposed.candidate.id in seen:
            duplicates += 1
            continue
        seen.add(proposed.candidate.id)
        judge(ordinal, proposed.candidate.text(), proposed.genome)
        if best is not None and spent() > seconds * (looked + 1) / CHECKPOINTS:
            looked = int(spent() / seconds * CHECKPOINTS)
            at, began = spent(), time.process_time()
            parts = " ".join(
                f"{r.part} {r.difference:+.3f} [{r.low:+.3f},{r.high:+.3f}] {r.ratio:.4f}"
                for r in bench.compare(best.source)
            )
            members = islands.members()
            say(f"seed {seed} @{at:3.0f} s {ordinal} evals, {1e3 * np.median(asked):.1f} ms "
                f"a proposal, train {members[0].score:.3f} (median {members[len(members) // 2].score:.3f}), winner "
                f"{best.score:.3f} validation {best.validation:.3f} size {len((best.genome or '').split('('))}, "
                f"validated {validated}, removed {removed}, duplicates {duplicates}, "
                f"raced out {raced} | {parts}")  # fmt: skip
            excluded += time.process_time() - began
    if best is not None:
        say(f"seed {seed} winner {best.genome}")
    return best


def main() -> None:
    """Run the asked-for variants, seeds interleaved."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--seconds", type=float, default=280, help="CPU seconds of a run")
    parser.add_argument("--overhead", type=float, default=20, help="milliseconds charged for each evaluation")
    parser.add_argument("--variants", nargs="+", default=["default"], choices=["default", "plain", "random"])
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="settings of proposer or population")
    arguments = parser.parse_args()
    bench = Bench()
    settings, population = Settings(), PopulationSettings(islands=3)
    for item in arguments.set:
        name, value = item.split("=")
        target = settings if hasattr(settings, name) else population
        kind = type(getattr(target, name))
        changed = replace(target, **{name: value if kind is str else kind(float(value))})
        settings, population = (changed, population) if target is settings else (settings, changed)
    train = bench.scores(bench.train, bench.sources["mddc"]).mean()
    validation = bench.scores(bench.validation, bench.sources["mddc"]).mean()
    print(f"MDDC: train {train:.3f}, validation {validation:.3f}", flush=True)
    for seed in arguments.seeds:
        for variant in arguments.variants:
            seeds = [bench.sources[name] for name in bench.entry.seeds]
            own = replace(settings, offspring=1) if variant == "plain" else settings
            kind = RandomProposer if variant == "random" else GeneticProposer
            search(bench, kind(bench.problem, bench.entry, seeds, own), seed, arguments.seconds,
                   arguments.overhead / 1000, population,
                   lambda line, v=variant: print(f"{v:8s}{line}", flush=True))  # fmt: skip


if __name__ == "__main__":
    main()
