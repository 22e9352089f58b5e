"""The life of a candidate as a LangGraph graph, compiled once a campaign.

State is ids and small values, never sources. There is no checkpointer: the archive is the only durable state, and a
resumed proposal enters at the node its row names.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypedDict

from evolve.campaign.history import Draft
from evolve.campaign.life import DONE, NODES, Life

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

AT_ONCE = frozenset({"screen", "admit"})
"""Steps taken in the same superstep as the one before: they wait for nobody, and a superstep costs a third of a
millisecond. A life that is resumed may enter at them all the same."""


def _after(name: str) -> list[str]:
    """Where the graph may go from a node, which takes the steps in ``AT_ONCE`` by itself."""
    found: dict[str, None] = {}
    for step in NEXT[name]:
        found |= dict.fromkeys(_after(step) if step in AT_ONCE else [step])
    return list(found)


class LifeState(TypedDict):
    """Whose life it is, and the node it enters at."""

    proposal: str
    node: str


def compile_life(life: Life) -> Callable[[Draft], None]:
    """A function that takes a draft through the rest of its life, starting at ``draft.node``."""
    # LangChain's tracing posts to an outside service when these are set by accident.
    for name in ("LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2"):
        os.environ[name] = "false"
    from langgraph.graph import END, START, StateGraph
    from langgraph.types import Command

    graph: Any = StateGraph(LifeState)

    steps = {name: life.step(name) for name in NODES}

    def node_of(name: str) -> Callable[[LifeState], Any]:
        # A command costs a quarter less than a state update that conditional edges read.
        def node(state: LifeState) -> Any:
            draft = life.drafts[state["proposal"]]
            target = steps[name](draft)
            while target in AT_ONCE:
                target = steps[target](draft)
            return Command(goto=END if target == DONE else target)

        return node

    for name in NODES:
        graph.add_node(name, node_of(name), destinations=tuple(END if t == DONE else t for t in _after(name)))
    graph.add_conditional_edges(START, lambda state: state["node"], {name: name for name in NODES})
    compiled = graph.compile()

    def live(draft: Draft) -> None:
        limit = {"recursion_limit": 4 * (life.config.repairs + 2) + len(NODES)}
        compiled.invoke({"proposal": draft.id, "node": draft.node}, limit)

    return live
