"""Who is given a candidate, and what becomes of it when nodes fail: a stand-in for Ray whose nodes do as they are told.

What Ray itself does when a machine dies, `test_ray.py` tries on a real cluster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any

import pytest

from evaluators.candidate import Candidate
from evaluators.evaluation import Evaluation
from evaluators.judging import JUDGE_FAILED
from evaluators.registry import load_problem
from evaluators.verdicts import Verdict
from evolve.campaign.machine import CampaignError
from evolve.executors import ray_nodes
from evolve.executors.base import ExecutorError, StoppedWaitingError
from evolve.executors.ray_connection import load_ray
from evolve.executors.ray_executor import RayExecutor, RayJudge
from evolve.executors.ray_node import Assignment, Node, Standing, release
from evolve.executors.ray_nodes import Nodes
from sandboxes import Capabilities
from tests.support.ray_cluster import wait_until

pytestmark = pytest.mark.skipif(find_spec("ray") is None, reason="needs Ray: scripts/setup --tests installs it")

PROBLEM = load_problem("scheduling/online-flow-time")
HERE = Assignment("scheduling/online-flow-time", PROBLEM.spec.version, release(), "auto", 1)
CANDIDATE = Candidate.of_text("def priority(p, wait, t, jobs, work):\n    return p\n")
WALLS = Capabilities("bubblewrap", "1", "user namespace", "cgroup", "cgroup", "cgroup", "none")


class RayError(Exception):
    pass


class RayTaskError(RayError):
    def __init__(self, cause: Exception) -> None:
        super().__init__(str(cause))
        self.cause = cause


class Died(RayError):
    pass


class DiedInItsConstructor(Died):
    actor_init_failed = True


def _opening(nodes: Nodes) -> bool:
    return any(member.state == "opening" for member in nodes.members())


def verdict(of: Verdict, feedback: str = "") -> Evaluation:
    return Evaluation(CANDIDATE.id, "train", of, "train", feedback=feedback)


@dataclass(eq=False)
class Actor:
    """A node's actor: ``open`` and ``evaluate`` give what they are told to, or raise it."""

    opens: Any = field(default_factory=lambda: Standing(WALLS, "here", {"cpu": "here"}))
    answers: Callable[[], Any] = lambda: verdict(Verdict.OK)
    asked: int = 0
    killed: bool = False

    def __getattr__(self, name: str) -> Any:
        def call(*_: Any) -> Any:
            if self.killed:
                return Died()
            if name == "open":
                return self.opens
            self.asked += name == "evaluate"
            return self.answers() if name == "evaluate" else None

        return SimpleNamespace(remote=call)


class StandIn:
    """What of Ray is used. A reference is the answer itself, or the exception it raises."""

    exceptions = SimpleNamespace(RayError=RayError, RayTaskError=RayTaskError)

    def __init__(self, *actors: Actor, cpus: float = 1.0) -> None:
        self.actors = dict(enumerate(actors))
        self.made: list[Actor] = []
        self.cpus = cpus

    def nodes(self) -> list[dict[str, Any]]:
        return [
            {
                "NodeID": f"{k:08x}".ljust(56, "0"),
                "NodeManagerAddress": "10.0.0.1",
                "Alive": True,
                "Resources": {"CPU": self.cpus},
            }
            for k in self.actors
        ]

    def remote(self, cls: type) -> Any:
        assert cls is Node

        def options(scheduling_strategy: Any, **_: Any) -> Any:
            given = self.actors[int(scheduling_strategy.node_id[:8], 16)]
            actor = Actor(given.opens, given.answers)
            self.made.append(actor)
            return SimpleNamespace(remote=lambda assignment: actor)

        return SimpleNamespace(options=options)

    def get(self, reference: Any) -> Any:
        if isinstance(reference, Exception):
            raise reference
        return reference

    def wait(self, references: list[Any], **_: Any) -> tuple[list[Any], list[Any]]:
        return references, []

    def kill(self, actor: Actor) -> None:
        actor.killed = True


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., tuple[Nodes, RayJudge]]]:
    """Nodes of a stand-in, and a judge that uses them."""
    monkeypatch.setattr(ray_nodes, "LOOK_SECONDS", 0.05)
    all_nodes: list[Nodes] = []

    def open_(ray: StandIn, slots: int = 1, wait: float = 60.0, one: str = "", environment: str | None = None) -> Any:
        nodes = Nodes(ray, lambda n: replace(HERE, slots=n), slots, wait, environment, one)
        all_nodes.append(nodes)
        nodes.wait_for_first()
        wait_until(lambda: len(nodes.members()) >= len(ray.actors) and not _opening(nodes))
        return nodes, RayJudge(RayExecutor(ray, nodes, PROBLEM, "here"), PROBLEM, PROBLEM.spec.entry_points[0])

    yield open_
    for nodes in all_nodes:
        nodes.close()


def test_a_call_whose_node_dies_is_made_on_another(opened) -> None:
    ray = StandIn(Actor(answers=Died), Actor())
    nodes, judge = opened(ray)
    for _ in range(2):
        assert judge.evaluate(CANDIDATE, "train").verdict is Verdict.OK
    assert [news.kind for news in nodes.news()].count("node_lost") == 1


def test_a_call_that_kills_nodes_is_given_up_and_nobody_is_blamed(opened) -> None:
    ray = StandIn(*(Actor(answers=Died) for _ in range(5)))
    _, judge = opened(ray)
    found = judge.evaluate(CANDIDATE, "train")
    assert found.verdict is Verdict.INTERNAL_ERROR
    assert "not the candidate's" in found.feedback
    assert sum(actor.asked for actor in ray.made) == 3


def test_what_fails_on_one_node_is_tried_on_another(opened) -> None:
    ray = StandIn(Actor(answers=lambda: verdict(Verdict.INTERNAL_ERROR, "failure of ours")), Actor())
    nodes, judge = opened(ray)
    for _ in range(6):
        assert judge.evaluate(CANDIDATE, "train").verdict is Verdict.OK
    assert all(member.faults < 3 for member in nodes.members() if member.state == "used")


def test_what_is_raised_on_one_node_is_tried_on_another(opened) -> None:
    ray = StandIn(Actor(answers=lambda: RayTaskError(OSError("no space left"))), Actor())
    nodes, judge = opened(ray)
    for _ in range(6):
        assert judge.evaluate(CANDIDATE, "train").verdict is Verdict.OK
    assert all(member.faults < 3 for member in nodes.members() if member.state == "used")


def test_a_defect_of_the_problem_is_the_same_everywhere(opened) -> None:
    ray = StandIn(*(Actor(answers=lambda: verdict(Verdict.INTERNAL_ERROR, f"{JUDGE_FAILED}: x")) for _ in range(2)))
    _, judge = opened(ray)
    assert judge.evaluate(CANDIDATE, "train").verdict is Verdict.INTERNAL_ERROR
    assert sum(actor.asked for actor in ray.made) == 1


def test_an_exception_on_the_node_comes_through(opened) -> None:
    _, judge = opened(StandIn(Actor(answers=lambda: RayTaskError(KeyError("a defect of ours")))))
    with pytest.raises(KeyError, match="a defect of ours"):
        judge.evaluate(CANDIDATE, "train")


def test_each_node_has_as_many_slots_as_workers_but_no_more_than_processors(opened) -> None:
    assert opened(StandIn(Actor(), Actor(), cpus=8.0), slots=3)[0].slots == 6
    assert opened(StandIn(Actor(), Actor(), cpus=2.0), slots=3)[0].slots == 4


def test_nodes_of_another_environment(opened) -> None:
    """They are used where scores are computed from decisions, and refused where they may be times."""
    other = Actor(opens=Standing(WALLS, "there", {"cpu": "there"}))
    nodes, _ = opened(StandIn(Actor(), other))
    assert nodes.slots == 2
    assert set(nodes.environments) == {"here", "there"}
    nodes, _ = opened(StandIn(Actor(), other), one="times are not compared", environment="here")
    assert nodes.slots == 1
    (refused,) = (news.said for news in nodes.news() if news.kind == "node_refused")
    assert "environment is there and the campaign's here, and times are not compared" in refused


def test_all_nodes_are_refused(opened) -> None:
    with pytest.raises(CampaignError, match=r"10\.0\.0\.1 \(00000000\) is refused: no bwrap there"):
        opened(StandIn(Actor(opens="no bwrap there")))


def test_an_actor_that_cannot_start(opened) -> None:
    for kind in (RayTaskError, DiedInItsConstructor):
        error = kind(ImportError("while loading\nNo module named 'evolve'"))
        with pytest.raises(CampaignError, match="evolve cannot be started there: No module named 'evolve'"):
            opened(StandIn(Actor(opens=error)))
    ray = StandIn(Actor(opens=Died()))
    with pytest.raises(CampaignError, match="died while it was started"):
        opened(ray)
    assert len(ray.made) == 4


def test_no_node_is_left(opened) -> None:
    ray = StandIn(Actor(answers=Died))
    nodes, judge = opened(ray, wait=0.3)
    ray.actors.clear()
    with pytest.raises(ExecutorError, match=r"no Ray node could be used for .* is lost: Died while it judged"):
        judge.evaluate(CANDIDATE, "train")
    nodes.stop()
    with pytest.raises(StoppedWaitingError):
        judge.evaluate(CANDIDATE, "train")


@pytest.mark.parametrize(
    ("assignment", "says"),
    [
        (replace(HERE, version="another"), ("has version", "another", "same files")),
        (replace(HERE, release="0.0"), ("has evolve", "0.0", "same release")),
        (replace(HERE, problem="/no/such/folder"), ("/no/such/folder",)),
        (replace(HERE, sandbox="jail"), ("jail",)),
    ],
    ids=["version", "release", "problem", "sandbox"],
)
def test_a_node_says_why_it_cannot_be_used(assignment: Assignment, says: tuple[str, ...]) -> None:
    said = Node(assignment).open()
    assert isinstance(said, str)
    assert all(word in said for word in says)


def test_without_ray_one_sentence_says_how_to_install_it(monkeypatch, tmp_path, capsys) -> None:
    import sys

    from evolve.cli.main import main

    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.setattr(sys, "argv", ["evolve", "run", "scheduling/online-flow-time", "--executor", "ray"])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert "scripts/setup --ray" in said and "evolve-heuristics[ray]" in said
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_reported_to_rays_makers(monkeypatch) -> None:
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "1")
    monkeypatch.setenv("RAY_AUTH_MODE", "token")
    load_ray(None)
    from ray._common.usage.usage_lib import usage_stats_enabled

    assert not usage_stats_enabled()
