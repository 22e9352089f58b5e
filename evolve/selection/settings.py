"""The ``[population]`` table of a campaign: which members are kept and how parents are drawn from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from evaluators.tables import Table, TableError

KINDS = ("crowding", "grid", "pareto")
SELECTIONS = ("lexicase", "tournament", "rank")
INSPIRATIONS = ("drawn", "unlike")


@dataclass(frozen=True, slots=True)
class PopulationSettings:
    """The population parents are drawn from (steady state: one in, one out).

    Attributes:
        kind: who is kept: ``crowding`` (a child replaces a member like it), ``grid`` (the best of each cell of a
            MAP-Elites grid) or ``pareto`` (those no other member is better than in everything).
        size: members kept (of a grid: as many as it has cells).
        axes: of a grid: trait -> ascending edges between its cells; empty: those the problem names, with usual edges.
        aims: of a Pareto population: traits to be small or, where the objective says so, great, the first of them the
            score; empty: the problem's objectives and the length of the program.
        selection: how parents are drawn: ``lexicase`` (whoever is among the best on a random series of instances),
            ``tournament`` (whoever has the best score of a few) or ``rank`` (by rank and recency).
        tournament: members in a tournament.
        greedy: of selection by rank: share of draws that take the best member.
        pressure: of selection by rank: weight of the k-th best is 1 / k to this power.
        half_life: of selection by rank: proposals after which a member's weight has halved; 0: age does not count.
        crowd: members drawn, of which the one most like a child must be worse for the child to enter in its place.
        same_fitness: members allowed with equal scores on every train instance.
        near_duplicate: share of token sequences in common with a member from which a child is turned away before it is
            run; 0: none is.
        inspirations: which other programs a proposer that asks is shown: ``drawn`` as parents are, or ``unlike`` the
            parent; empty: as suits the proposer.
        islands: populations that search apart at first; 0: as many as suit the proposer.
        merge: proposals after which they are put together; 0: never.
        migrate: proposals between two migrations along the ring of islands; 0: none.
        migrants: members of each island whose copies go to the next one, and of each that survives to one begun anew.
        reset: proposals without a new best after which an island that is not the best begins anew; 0: none does.
        pool: members drawn for proposers that try several matings.
        validate_top: a member that enters among the best this many is judged on ``validation``.
        overfit: a validated member whose validation score is worse than the best by more than this share leaves.
        patience: proposals without a new best on ``validation`` after which the population is founded anew.
        race_rank: share of the population (from the best) whose last member is the bar of racing; 1 = the worst.
    """

    kind: str = "crowding"
    size: int = 300
    axes: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    aims: tuple[str, ...] = ()
    selection: str = "lexicase"
    tournament: int = 5
    greedy: float = 0.1
    pressure: float = 1.0
    half_life: int = 500
    crowd: int = 30
    same_fitness: int = 2
    near_duplicate: float = 0.0
    inspirations: str = ""
    islands: int = 0
    merge: int = 1800
    migrate: int = 0
    migrants: int = 1
    reset: int = 0
    pool: int = 4
    validate_top: int = 10
    overfit: float = 0.1
    patience: int = 3000
    race_rank: float = 0.5

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> PopulationSettings:
        """From plain values, such as those of an archive; what earlier releases did not know is as usual."""
        plain = dict(data)
        plain["axes"] = {name: tuple(edges) for name, edges in plain.get("axes", {}).items()}
        plain["aims"] = tuple(plain.get("aims", ()))
        return cls(**plain)


_MAY_BE_ZERO = frozenset({"greedy", "half_life", "near_duplicate", "islands", "merge", "migrate", "reset"})
_SHARES = frozenset({"greedy", "near_duplicate", "race_rank"})
_CHOICES = {"kind": KINDS, "selection": SELECTIONS, "inspirations": INSPIRATIONS}


def read_population(path: Path, data: Any, usual: PopulationSettings) -> PopulationSettings:
    """The table of a campaign file, over what is usual for the problem.

    Raises:
        TableError: one sentence naming file, field and allowed values.
    """
    table = Table(path, "population.", data, {f.name for f in fields(PopulationSettings)})
    read: dict[str, Any] = {"aims": table.strings("aims", usual.aims), "axes": _axes(table, usual)}
    for f in fields(PopulationSettings):
        if f.name in read:
            continue
        default = getattr(usual, f.name)
        zero = f.name in _MAY_BE_ZERO
        value = table.get(f.name, type(default), default, allowed=_CHOICES.get(f.name, ()) if f.name in table.data
                          else (), positive=not zero)  # fmt: skip
        if zero and value < 0:
            raise TableError(f"{path}: 'population.{f.name}' must not be negative, not {value!r}")
        if f.name in _SHARES and value > 1:
            raise TableError(f"{path}: 'population.{f.name}' must be at most 1, not {value!r}")
        read[f.name] = value
    return PopulationSettings(**read)


def _axes(table: Table, usual: PopulationSettings) -> Mapping[str, tuple[float, ...]]:
    axes = table.get("axes", dict, dict(usual.axes))
    found = {}
    for name, edges in axes.items():
        numbers = [float(e) for e in edges if isinstance(e, int | float)] if isinstance(edges, list | tuple) else []
        if not numbers or len(numbers) != len(edges) or numbers != sorted(set(numbers)):
            raise TableError(
                f"{table.path}: 'population.axes.{name}' must be a list of ascending numbers, not {edges!r}"
            )
        found[name] = tuple(numbers)
    return found
