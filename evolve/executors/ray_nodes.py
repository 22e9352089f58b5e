"""The nodes of a cluster, as the driver sees them: who is ready, who is gone, and who gets the next candidate.

A node that appears is given an actor and is used as soon as that is ready. One that dies, or whose actor does, is taken
out at once; a node that is still there is given a new actor, some times.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from evolve.campaign.machine import CampaignError
from evolve.executors.base import ExecutorError, News, StoppedWaitingError
from evolve.executors.ray_node import Assignment, Node, Standing
from sandboxes import Capabilities

LOOK_SECONDS = 1.0
START_SECONDS = 120.0
"""Waited at least for the first node: its processes have to start, and its sandboxes."""
ACTORS_PER_NODE = 4
"""Actors a node is given before it is given up: it may be that it is the node which kills them."""
FAULTS_IN_A_ROW = 3
"""Internal errors of one node after which its actor is replaced."""
REMEMBERED = 256


def _in_vain(seconds: float) -> str:
    return f"no Ray node could be used for {seconds / 60:g} min"


def _cannot_start(error: Exception) -> str:
    last = str(error).strip().rpartition("\n")[2]
    return f"evolve cannot be started there: {last or type(error).__name__}"


@dataclass(eq=False, slots=True)
class Member:
    """One actor on one node.

    Attributes:
        node_id: Ray's, hex.
        address: of the node.
        slots: candidates it judges at one time.
        actor: handle.
        state: ``opening``, ``used``, ``lost`` or ``refused``.
        opening: reference to what :meth:`Node.open` will say.
        environment: of evaluations made there.
        busy: candidates sent there that are not back.
        judged: calls answered.
        faults: internal errors in a row.
        why: it is lost or refused.
        seen: candidates judged there lately.
    """

    node_id: str
    address: str
    slots: int
    actor: Any
    opening: Any
    state: str = "opening"
    environment: str = ""
    busy: int = 0
    judged: int = 0
    faults: int = 0
    why: str = ""
    seen: deque[str] = field(default_factory=lambda: deque(maxlen=REMEMBERED))

    @property
    def name(self) -> str:
        """For people."""
        return f"{self.address} ({self.node_id[:8]})"


class Nodes:
    """All nodes. A thread of its own looks for those that come and go."""

    def __init__(
        self,
        ray: Any,
        assignment: Callable[[int], Assignment],
        slots: int,
        wait_seconds: float,
        environment: str | None,
        one_environment: str,
    ) -> None:
        """Begin to look for nodes.

        Args:
            ray: the module, connected.
            assignment: of a node with that many slots.
            slots: on each node that has as many processors; a smaller one has one a processor.
            wait_seconds: how long it may be that there is no node.
            environment: of the campaign; None: that of the first node.
            one_environment: why nodes of other environments are refused; empty: they are not.
        """
        self._ray, self._assignment, self._slots = ray, assignment, slots
        self._wait_seconds, self._one_environment = wait_seconds, one_environment
        self.environment = environment
        self.capabilities: Capabilities | None = None
        self.environments: dict[str, Mapping[str, str]] = {}
        self._members: list[Member] = []
        self._current: dict[str, Member] = {}
        self._actors: Counter[str] = Counter()
        self._news: list[News] = []
        self._changed = threading.Condition()
        self._none_since: float | None = time.monotonic()
        self._stopped = False
        self._trouble = ""
        self._closed = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="ray-nodes", daemon=True)
        self._keeper.start()

    @property
    def slots(self) -> int:
        """Of all nodes in use."""
        with self._changed:
            return sum(member.slots for member in self._used())

    def wait_for_first(self) -> None:
        """Return when one node is ready.

        Raises:
            CampaignError: if all are refused, or none is ready in time.
        """
        patience = max(self._wait_seconds, START_SECONDS)
        until = time.monotonic() + patience
        with self._changed:
            while not self._used():
                if {member.state for member in self._current.values()} == {"refused"}:
                    raise CampaignError(self._what_there_is())
                if time.monotonic() >= until:
                    raise CampaignError(f"{_in_vain(patience)}: {self._what_there_is()}")
                self._changed.wait(LOOK_SECONDS)

    def take(self, candidate: str, avoid: Collection[Member]) -> Member:
        """A free slot: on a node that knows the candidate, else on the least busy one.

        Args:
            candidate: id.
            avoid: nodes to use only if there are no others.

        Raises:
            StoppedWaitingError, ExecutorError: as :class:`evolve.executors.base.Executor` says.
        """
        with self._changed:
            while True:
                if self._closed.is_set():
                    raise StoppedWaitingError
                used = self._used()
                free = [member for member in used if member not in avoid] or used
                free = [member for member in free if member.busy < member.slots]
                if free:
                    # What was built for a candidate, and found out about it, lies where it was judged before.
                    member = min(free, key=lambda m: (candidate not in m.seen, m.busy / m.slots, m.judged))
                    member.busy += 1
                    return member
                if self._none_since is not None:
                    if self._stopped:
                        raise StoppedWaitingError
                    if time.monotonic() - self._none_since >= self._wait_seconds:
                        raise ExecutorError(f"{_in_vain(self._wait_seconds)}: {self._what_there_is()}")
                self._changed.wait(LOOK_SECONDS)

    def give_back(self, member: Member, candidate: str, fault: bool) -> None:
        """The call was answered; ``fault`` says that something of ours failed there."""
        with self._changed:
            member.busy -= 1
            member.judged += 1
            member.seen.append(candidate)
            member.faults = member.faults + 1 if fault else 0
            worn = member.faults >= FAULTS_IN_A_ROW
            self._changed.notify_all()
        if worn:
            self.lose(member, f"its sandbox failed {FAULTS_IN_A_ROW} times in a row")

    def has_others(self, avoid: Collection[Member]) -> bool:
        """Whether a node is in use that is not among these."""
        with self._changed:
            return any(member not in avoid for member in self._used())

    def lose(self, member: Member, why: str) -> None:
        """Send nothing more to an actor, and end it if it is still there."""
        with self._changed:
            if member.state not in ("opening", "used") or self._closed.is_set():
                return
            if member.state == "used":
                self._tell("node_lost", member, f"node {member.name} is lost: {why}", reason=why)
            if member.judged > member.faults:
                self._actors[member.node_id] = 1  # the node can judge
            member.state, member.why = "lost", why
            if self._actors[member.node_id] < ACTORS_PER_NODE:
                self._current.pop(member.node_id, None)
            else:
                self._refuse(member, f"{why}, {ACTORS_PER_NODE} times in a row")
            if not self._used() and self._none_since is None:
                self._none_since = time.monotonic()
            self._changed.notify_all()
        self._ray.kill(member.actor)

    def stop(self) -> None:
        """Wait no longer for nodes when there are none."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def news(self) -> list[News]:
        """What has happened since the last call."""
        with self._changed:
            told, self._news = self._news, []
        return told

    def members(self) -> list[Member]:
        """All actors there have been."""
        with self._changed:
            return list(self._members)

    def close(self) -> None:
        """End all actors, with their sandboxes."""
        with self._changed:
            self._closed.set()
            self._changed.notify_all()
        self._keeper.join(10 * LOOK_SECONDS)
        there = [member for member in self.members() if member.state in ("opening", "used")]
        closing = [member.actor.close.remote() for member in there if member.state == "used"]
        if closing:
            self._ray.wait(closing, num_returns=len(closing), timeout=5.0)
        for member in there:
            self._ray.kill(member.actor)

    def _used(self) -> list[Member]:
        return [member for member in self._current.values() if member.state == "used"]

    def _tell(self, kind: str, member: Member, said: str, **data: Any) -> None:
        about = {"node": member.node_id, "address": member.address, "slots": member.slots}
        self._news.append(News(kind, said, about | data))

    def _misfit(self, environment: str) -> str:
        """Why evaluations made in this environment are of no use; empty if they are."""
        if self.environment in (None, environment) or not self._one_environment:
            return ""
        return f"its environment is {environment} and the campaign's {self.environment}, and {self._one_environment}"

    def _refuse(self, member: Member, why: str) -> None:
        member.state, member.why = "refused", why
        self._tell("node_refused", member, f"node {member.name} is not used: {why}", reason=why)

    def _what_there_is(self) -> str:
        opening = [m.name for m in self._current.values() if m.state == "opening"]
        if opening:
            return f"{', '.join(opening)} has not given {self._slots} free processors yet, or does not start"
        gone = {m.node_id: f"node {m.name} is {m.state}: {m.why}" for m in self._members}
        return "; ".join(gone.values()) or self._trouble or "there is none that has a processor"

    # ---- the keeper's thread ----------------------------------------------------------------------------------------

    def _keep(self) -> None:
        while not self._closed.is_set():
            opening = []
            try:
                self._look()
                self._trouble = ""
                opening = [member.opening for member in self.members() if member.state == "opening"]
                if opening:
                    self._ray.wait(opening, timeout=LOOK_SECONDS)
            except Exception as error:  # Ray's head does not answer: it may again, and nodes judge without it
                self._trouble = f"Ray does not answer ({type(error).__name__})"
            if not opening:
                self._closed.wait(LOOK_SECONDS)

    def _look(self) -> None:
        alive = {
            node["NodeID"]: node for node in self._ray.nodes() if node["Alive"] and node["Resources"].get("CPU", 0) >= 1
        }
        for node_id, node in alive.items():
            if node_id not in self._current:
                self._open(node_id, node["NodeManagerAddress"], min(self._slots, int(node["Resources"]["CPU"])))
        for member in list(self._current.values()):
            if member.node_id not in alive:
                self.lose(member, "it has left the cluster")
            elif member.state == "opening":
                self._heed(member)

    def _open(self, node_id: str, address: str, slots: int) -> None:
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        actor = (
            self._ray.remote(Node)
            .options(
                num_cpus=slots,
                max_concurrency=slots + 1,  # it can be told to end while all are busy
                max_restarts=0,
                max_task_retries=0,
                scheduling_strategy=NodeAffinitySchedulingStrategy(node_id, soft=False),
            )
            .remote(self._assignment(slots))
        )
        member = Member(node_id, address, slots, actor, actor.open.remote())
        with self._changed:
            self._actors[node_id] += 1
            self._members.append(member)
            self._current[node_id] = member

    def _heed(self, member: Member) -> None:
        """What a node says of itself, if it has said it."""
        ready, _ = self._ray.wait([member.opening], timeout=0)
        if not ready:
            return
        try:
            said = self._ray.get(member.opening)
        except self._ray.exceptions.RayTaskError as error:
            said = _cannot_start(error.cause or error)
        except self._ray.exceptions.RayError as error:
            if not getattr(error, "actor_init_failed", False):
                self.lose(member, f"it died while it was started ({type(error).__name__})")
                return
            said = _cannot_start(error)  # evolve is not there, or what it needs
        with self._changed:
            if isinstance(said, Standing):
                said = self._misfit(said.environment) or said
            if isinstance(said, Standing):
                member.state, member.environment = "used", said.environment
                self.environment = self.environment or said.environment
                self.environments = {**self.environments, said.environment: said.facts}
                self.capabilities = self.capabilities or said.capabilities
                self._none_since = None
                slots = f"{member.slots} slot{'s' * (member.slots > 1)}"
                self._tell("node_joined", member, f"node {member.name} judges, {slots}", environment=said.environment)
            else:
                self._refuse(member, said)
            self._changed.notify_all()
        if member.state == "refused":
            self._ray.kill(member.actor)
