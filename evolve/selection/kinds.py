"""From a campaign's ``[population]`` table to the populations it asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from evaluators.problem import Problem
from evolve.selection.grid import Grid
from evolve.selection.islands import Found
from evolve.selection.pareto import Pareto
from evolve.selection.population import Population
from evolve.selection.settings import PopulationSettings
from evolve.selection.traits import USUAL_EDGES, Traits, UnknownTraitError

_USUAL_AXES = ("length", "branches")
_USUAL_AIM = "length"


def suited(settings: PopulationSettings, proposer: str, language: str = "python") -> PopulationSettings:
    """The settings, with what they leave open as it suits a proposer and the language it writes.

    Children that are dear and few share one population, be it to ask for them or to build and time them; and who is
    asked is shown programs unlike the parent.
    """
    asks = proposer in ("llm", "inbox", "replay")
    many = proposer == "genetic" and language == "python"
    return replace(
        settings,
        islands=settings.islands or (3 if many and settings.kind == "crowding" else 1),
        inspirations=settings.inspirations or ("unlike" if asks else "drawn"),
    )


def populations(settings: PopulationSettings, problem: Problem, sign: float, fence: float = float("inf")) -> Found:
    """What makes empty populations of the kind asked for.

    Raises:
        UnknownTraitError: if it asks for a trait that the problem's candidates have not; one sentence.
    """
    if settings.kind == "crowding":
        return lambda share: Population(share, sign, fence)
    traits = Traits.of(problem)
    if settings.kind == "grid":
        axes = _axes(settings, problem, traits)
        return lambda share: Grid(replace(share, axes=axes), traits, sign, fence)
    aims = settings.aims or (*traits.objectives, _USUAL_AIM)
    traits.check(aims)
    return lambda share: Pareto(replace(share, aims=aims), traits, sign, fence)


def _axes(settings: PopulationSettings, problem: Problem, traits: Traits) -> Mapping[str, tuple[float, ...]]:
    if settings.axes:
        traits.check(list(settings.axes))
        return settings.axes
    names = problem.spec.descriptors or _USUAL_AXES
    traits.check(names)
    for name in names:
        if name not in USUAL_EDGES:
            raise UnknownTraitError(
                f"a grid along {name!r} needs edges between its cells: population.axes.{name} = [...]"
            )
    return {name: USUAL_EDGES[name] for name in names}
