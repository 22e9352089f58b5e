"""The life of a candidate as a LangGraph graph, compiled once a campaign.

State is ids and small values, never sources. There is no checkpointer: the archive is the only durable state, and a
resumed proposal enters at the node its row names. A run of the graph is a cycle: where one life ends the next begins,
since to start a run costs as much as the steps of a life.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from itertools import count
from typing import Any, TypedDict

from evolve.campaign.history import Draft
from evolve.campaign.life import DONE, NODES, Life
from evolve.imports import without

NEXT: dict[str, tuple[str, ...]] = {
    "select": ("propose",),
    "propose": ("screen", "repair", "admit"),
    "screen": ("evaluate", "repair", "admit", DONE),
    "evaluate": ("reflect", "repair", "admit"),
    "repair": ("screen", "repair", "admit"),
    "reflect": ("admit",),
    "admit": (DONE,),
}
"""Step -> the steps that may follow it."""

AT_ONCE = frozenset({"propose", "screen", "reflect", "admit"})
"""Steps taken in the same superstep as the one before, as nobody else waits for what that one did, and a superstep
costs a third of a millisecond. A life that is resumed may enter at them all the same."""

Follow = Callable[[], Draft | None]
"""Called when a life has ended: the draft whose life comes next, or None for the end of the run."""


def _after(name: str) -> list[str]:
    """Where the graph may go from a node, which takes the steps in ``AT_ONCE`` by itself."""
    found: dict[str, None] = {}
    for step in NEXT[name]:
        found |= dict.fromkeys(_after(step) if step in AT_ONCE else [step])
    return list(found)


class LifeState(TypedDict):
    """Which run of the graph, whose life it is now, and the node the first of them enters at."""

    run: int
    proposal: str
    node: str


def compile_life(life: Life) -> Callable[[Draft, Follow], None]:
    """A function that takes a draft through the rest of its life from ``draft.node``, and then those that follow."""
    # LangChain's tracing posts to an outside service when these are set by accident.
    for name in ("LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2"):
        os.environ[name] = "false"
    with without("httpx._main"):  # its command line, and a terminal library with it: 4 MB
        from langgraph.graph import END, START, StateGraph
        from langgraph.types import Command

    graph: Any = StateGraph(LifeState)

    steps = {name: life.step(name) for name in NODES}

    runs: dict[int, Follow] = {}

    def node_of(name: str) -> Callable[[LifeState], Any]:
        # A command costs a quarter less than a state update that conditional edges read.
        def node(state: LifeState) -> Any:
            draft = life.drafts[state["proposal"]]
            target = steps[name](draft)
            while target in AT_ONCE:
                target = steps[target](draft)
            if target != DONE:
                return Command(goto=target)
            following = runs[state["run"]]()
            if following is None:
                return Command(goto=END)
            return Command(goto=following.node, update={"proposal": following.id})

        return node

    for name in NODES:
        after = tuple(step for step in _after(name) if step != DONE)
        # Whoever follows begins at the node its row names, which may be any.
        graph.add_node(name, node_of(name), destinations=(*NODES, END) if DONE in _after(name) else after)
    graph.add_conditional_edges(START, lambda state: state["node"], {name: name for name in NODES})
    compiled = graph.compile()
    numbers = count()

    def live(draft: Draft, follow: Follow) -> None:
        run = next(numbers)
        runs[run] = follow
        try:
            # What bounds a life is the number of its repairs, what bounds a run are the campaign's bounds.
            compiled.invoke({"run": run, "proposal": draft.id, "node": draft.node}, {"recursion_limit": sys.maxsize})
        finally:
            del runs[run]

    return live
