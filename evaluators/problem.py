"""The contract of a problem: its declaration (``problem.toml``) and its trusted part (``problem.py``).

A problem is a folder::

    problem.toml     what it is: entry points, objectives, requirements, limits, splits
    statement.md     what a proposer is told
    problem.py       the trusted part: class ``Problem(evaluators.problem.Problem)``; never enters a sandbox
    harness/*.py     programs that run beside the candidate inside the sandbox; they return decisions, never a score
    baselines/       published heuristics, one folder an entry point, one file a heuristic, each naming its source
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, overload

import numpy as np

# Parts of the contract that a problem.py imports from here:
from evaluators.declaration import EntryPoint as EntryPoint
from evaluators.declaration import ProblemSpec as ProblemSpec
from evaluators.declaration import Split as Split
from evaluators.strict import WrongAnswerError as WrongAnswerError
from evaluators.strict import parse_json


@dataclass(frozen=True, slots=True)
class Instance:
    """One instance of a problem.

    Attributes:
        name: stable and unique within its split.
        part: group it belongs to (``n100``, ``ood``); reports show each part apart.
        data: what a harness may be told (an online problem's simulator is told all, its candidate nothing of this).
        reference: best objective value known, or None. Never enters a sandbox.
        proven: True if ``reference`` is proven optimal.
    """

    name: str
    part: str
    data: Mapping[str, Any]
    reference: float | None = None
    proven: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """One frame for the harness.

    Attributes:
        payload: what the harness is sent.
        indices: the instances it carries, by position in the list it was made from.
        look: whether its answer is judged before the next request is handed over. A look costs both sides half a
            millisecond: where the next request costs no more than that, it is dearer than the answer.
    """

    payload: bytes
    indices: tuple[int, ...]
    look: bool = True


@dataclass(frozen=True, slots=True)
class Timed:
    """One instance as a run whose time is taken.

    Attributes:
        requests: all but the last make the program ready; the answer to the last is what is timed.
        shared_bytes: size of the region in which the program leaves its decisions.
        check: given that region as it was when the program had been stopped, raises WrongAnswerError if the decisions
            are wrong.
    """

    requests: tuple[bytes, ...]
    shared_bytes: int
    check: Callable[[bytes], None]


@dataclass(frozen=True, slots=True)
class Judged:
    """What decisions on one instance are worth, computed outside the sandbox.

    Attributes:
        objective: raw objective value (total tardiness), in the problem's own unit.
        score: contribution to the first objective (a gap in percent); the mean over instances is the score.
        values: contributions to the further objectives.
        feedback: what a proposer is told of them.
    """

    objective: float
    score: float
    values: Mapping[str, float] = field(default_factory=dict)
    feedback: str = ""


class JudgedBatch(Sequence[Judged]):
    """Judgements held as arrays: hundreds of small objects an evaluation would cost more than the judging.

    Args:
        objectives: raw objective values, (instances,).
        scores: contributions to the first objective, (instances,).
    """

    def __init__(self, objectives: np.ndarray, scores: np.ndarray) -> None:
        self.objectives, self.scores = objectives, scores

    def __len__(self) -> int:
        return len(self.scores)

    @overload
    def __getitem__(self, index: int) -> Judged: ...
    @overload
    def __getitem__(self, index: slice) -> JudgedBatch: ...
    def __getitem__(self, index: int | slice) -> Judged | JudgedBatch:
        if isinstance(index, slice):
            return JudgedBatch(self.objectives[index], self.scores[index])
        return Judged(float(self.objectives[index]), float(self.scores[index]))


@dataclass(frozen=True, slots=True)
class Example:
    """What makes an exported candidate run alone, and prove it.

    Attributes:
        code: source appended to the candidate's; it uses the entry point.
        doctest: lines of a doctest with the judged result.
        note: one line saying what is solved.
    """

    code: str
    doctest: str
    note: str


class Problem(ABC):
    """Trusted part of a problem. One object serves a whole campaign; methods are pure and thread-safe.

    A subclass must give :meth:`instances` and :meth:`score`; the rest has defaults fit for one JSON request an
    instance whose response is the JSON of its decisions.
    """

    def __init__(self, spec: ProblemSpec) -> None:
        self.spec = spec

    @abstractmethod
    def instances(self, split: Split, secret: str | None = None) -> Sequence[Instance]:
        """Instances of a split, always in the same order.

        Args:
            split: which.
            secret: the campaign's secret (hex). With it, ``test`` also holds freshly generated instances whose seed is
                derived from it; other splits ignore it.
        """

    @abstractmethod
    def score(self, instance: Instance, decisions: Any) -> Judged:
        """What ``decisions`` are worth on ``instance``.

        Raises:
            WrongAnswerError: if they are infeasible; the message names the violated constraint.
        """

    def smoke(self) -> Sequence[Instance]:
        """Two small instances, tried before anything else; where times are taken, all check inputs, smallest first."""
        return list(self.instances("train"))[:2]

    def inspected(self, stage: str) -> Sequence[Instance]:
        """Instances for what runs instrumented code, tens of times slower.

        Args:
            stage: ``memory``; ``races`` on threads; ``series-parallel`` for races in a serial run; ``span`` for the one
                run in which work and span are measured.
        """
        return self.smoke()

    def farewell(self) -> bytes | None:
        """The request upon which a native driver leaves by itself, so that a detector tells what it has seen.

        None: the driver knows no such request; then work and span are not measured.
        """
        return None

    def timed(self, instance: Instance) -> Timed:
        """Problems whose score is a running time: how ``instance`` is run to be timed."""
        raise TypeError(f"{self.spec.name} takes no times")

    def audit_views(self, instances: Sequence[Instance], seed: int) -> tuple[list[Instance], list[int]]:
        """The same instances in another order and under other names: ``(views, origin)``.

        ``origin[i]`` is the position in ``instances`` of ``views[i]``. Decisions must not depend on order or name.
        """
        order = np.random.default_rng(seed).permutation(len(instances)).tolist()
        views = [
            Instance(f"view-{seed}-{k}", instances[i].part, instances[i].data, instances[i].reference,
                     instances[i].proven)
            for k, i in enumerate(order)
        ]  # fmt: skip
        return views, order

    def anticipation_pairs(self, seed: int) -> Sequence[tuple[Instance, Instance, float]]:
        """Online problems: pairs that agree up to time t and differ after it, with t. Decisions up to t must agree."""
        return ()

    def decisions_before(self, instance: Instance, decisions: Any, time: float) -> Any:
        """Online problems: the part of ``decisions`` taken at or before ``time``."""
        raise TypeError(f"{self.spec.name} is not an online problem")

    def requests(self, instances: Sequence[Instance], entry: EntryPoint, elementwise: bool) -> list[Request]:
        """The frames for the harness.

        Args:
            instances: to be solved.
            entry: entry point in use.
            elementwise: True if this candidate was *shown* by the toolchain to be elementwise, so that several
                instances may share one call.
        """
        return [Request(json.dumps(dict(i.data)).encode(), (k,)) for k, i in enumerate(instances)]

    def decode(self, request: Request, response: bytes) -> list[Any]:
        """The decisions in a response, one entry an instance of the request.

        Raises:
            WrongAnswerError: if the response is not of the agreed shape.
        """
        return [parse_json(response)]

    def judge(self, request: Request, response: bytes, instances: Sequence[Instance]) -> Sequence[Judged]:
        """Judge a whole response; override to do it with arrays and return a :class:`JudgedBatch`.

        Raises:
            WrongAnswerError: if the response or a decision in it is wrong.
        """
        decisions = self.decode(request, response)
        return [self.score(instances[i], d) for i, d in zip(request.indices, decisions, strict=True)]

    def effort(self, instances: Sequence[Instance]) -> float:
        """Work of solving ``instances``, in any unit; limits grow with it from ``train`` to the larger splits."""
        return float(len(instances))

    def situations(self, entry: EntryPoint) -> Mapping[str, np.ndarray] | None:
        """For elementwise entry points: argument -> array (situations, alternatives) met while solving ``train``.

        Their ranking by a candidate is its phenotype (Hildebrandt & Branke, Evolutionary Computation 23(3), 2015).
        """
        return None

    def rehearse(self, entry: EntryPoint, rules: Sequence[Callable[..., Any]], rng: Random) -> np.ndarray | None:
        """A trial run on few small instances that are in no split: cheap enough for every child a proposer makes.

        A simplified model in the sense of Nguyen, Zhang & Tan, IEEE Transactions on Cybernetics 47(9), 2017.

        Args:
            entry: elementwise entry point.
            rules: functions with its signature that the proposer grew itself from the declared terminals. They run in
                this process: nothing that came from outside may be among them.
            rng: draws the instances, anew in each call.

        Returns:
            Costs (rules, instances): scores, negated where the objective is maximised, and infinite where a rule gave
            no answer; or None if there is no such run.
        """
        return None

    def example(self, entry: EntryPoint, instance: Instance, objective: float) -> Example | None:
        """For export: code and a doctest on ``instance``, where the candidate's judged objective was ``objective``."""
        return None

    def feedback(self, instances: Sequence[Instance], judged: Sequence[Judged]) -> str:
        """What a proposer is told of a correct candidate: where it loses most."""
        worst = sorted(zip(instances, judged, strict=True), key=lambda pair: -pair[1].score)[:3]
        return "; ".join(f"{i.name}: {j.objective:g} (best known {i.reference:g})" for i, j in worst
                         if i.reference is not None)  # fmt: skip
