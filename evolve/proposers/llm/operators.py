"""The operators: what can be asked for. Each is a template in ``prompts/`` of its name and an entry in the table here.

Full rewrites and search/replace edits are those of AlphaEvolve (Novikov et al., arXiv:2506.13131, 2025). ``crossover``
and ``tune`` are in the line of EoH's E2 and M2 (Liu et al., ICML 2024), ``explain`` asks for a reflection before the
change as ReEvo does (Ye et al., NeurIPS 2024), in one call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from evolve.proposers.base import Ask, Member
from evolve.proposers.llm.context import counterpart, ideas, partner


def _first(ask: Ask) -> tuple[Member, ...]:
    return ask.parents[:1]


def _mates(ask: Ask) -> tuple[Member, ...]:
    mate = partner(ask)
    return _first(ask) if mate is None else (ask.parents[0], mate)


def _inspired(ask: Ask, rng: Random) -> Mapping[str, Any]:
    return {"inspirations": ideas(ask, rng)}


def _both(ask: Ask, rng: Random) -> Mapping[str, Any]:
    return {"second": counterpart(ask, _mates(ask)[1])}


def _nothing(ask: Ask, rng: Random) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Operator:
    """One way to ask for a child.

    Attributes:
        name: of its template, on record, and in the settings' ``weights``.
        weight: how often it is asked for beside the others, where the settings do not say.
        can: whether it can be asked for now.
        parents: whose child it is, the program shown whole first.
        shows: what its template is told beside the problem, the first parent and insights.
        shortens: whether a shorter program that is no better is what it asks for.
    """

    name: str
    weight: float
    can: Callable[[Ask], bool] = lambda ask: bool(ask.parents)
    parents: Callable[[Ask], tuple[Member, ...]] = _first
    shows: Callable[[Ask, Random], Mapping[str, Any]] = _nothing
    shortens: bool = False


OPERATORS: Mapping[str, Operator] = {
    operator.name: operator
    for operator in (
        Operator("rewrite", 0.3, can=lambda ask: True, shows=_inspired),
        Operator("diff", 0.3, shows=_inspired),
        Operator("crossover", 0.15, can=lambda ask: len(_mates(ask)) > 1, parents=_mates, shows=_both),
        Operator("tune", 0.1),
        Operator("simplify", 0.05, shortens=True),
        Operator("explain", 0.1, can=lambda ask: bool(ask.parents and ask.parents[0].feedback.strip())),
    )
}
"""By name. ``repair`` is none of them: it is what a failed child gets, whatever it was asked for."""


def possible(weights: Mapping[str, float], ask: Ask) -> dict[str, float]:
    """The operators that can be asked for now, with their weights; without any it is a rewrite.

    Args:
        weights: of the settings; empty: the operators' own.
        ask: with parents or without.
    """
    wanted = weights or {operator.name: operator.weight for operator in OPERATORS.values()}
    found = {name: weight for name, weight in wanted.items() if weight > 0 and OPERATORS[name].can(ask)}
    return found if found and ask.parents else {"rewrite": 1.0}
