"""What a comparison is: one campaign's configuration, run several times with each proposer.

Its id is the hash of all of it, so the same command finds its comparison again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from evaluators.declaration import Direction
from evolve.campaign.config import CampaignConfig
from evolve.campaign.dry import Checked

COMPARED = ("genetic", "random", "llm")
"""Not ``inbox``: who answers there remembers the repeats before, so that they would be no samples of their own."""


class ComparisonError(ValueError):
    """A comparison cannot be begun or gone on with; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One comparison.

    Attributes:
        config: of all its campaigns but for proposer and seed; its seed is that of repeat 0.
        proposers: compared, at least two.
        repeats: campaigns of each.
        test: whether winners are judged on ``test``.
        problem: its name.
        problem_version: on which alone the campaigns can be compared.
        entry_point: function evolved.
        unit: of scores.
        direction: which scores are better.
    """

    config: CampaignConfig
    proposers: tuple[str, ...]
    repeats: int
    test: bool
    problem: str
    problem_version: str
    entry_point: str
    unit: str
    direction: Direction

    @property
    def id(self) -> str:
        """12 hex digits."""
        return hashlib.sha256(json.dumps(self.as_json(), sort_keys=True).encode()).hexdigest()[:12]

    @property
    def evaluations(self) -> int:
        """Budget of each campaign."""
        bound = self.config.bounds.evaluations
        assert bound is not None
        return bound

    @property
    def sign(self) -> float:
        """+1 if smaller scores are better."""
        return 1.0 if self.direction == "min" else -1.0

    def order(self) -> Iterator[tuple[str, int]]:
        """(Proposer, repeat) in the order they are run.

        Proposers take turns, and each repeat begins with another one, so that an hour in which the machine is slow
        falls on all alike.
        """
        for repeat in range(self.repeats):
            for k in range(len(self.proposers)):
                yield self.proposers[(k + repeat) % len(self.proposers)], repeat

    def campaign(self, proposer: str, repeat: int) -> CampaignConfig:
        """Configuration of one campaign."""
        return for_proposer(replace(self.config, seed=self.config.seed + repeat), proposer)

    def as_json(self) -> dict[str, Any]:
        """Plain values, enough to build it again."""
        config = self.config.as_json()
        del config["inbox"], config["replay"]  # which none of its campaigns has
        if self.config.parlay_include is None:  # as in plans of before there were these fields
            del config["parlay_include"], config["parlay_digest"]
        return asdict(self) | {"config": config}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Plan:
        """Inverse of :meth:`as_json`."""
        config, proposers = CampaignConfig.from_json(data["config"]), tuple(data["proposers"])
        return cls(**{**data, "config": config, "proposers": proposers})


def for_proposer(config: CampaignConfig, proposer: str) -> CampaignConfig:
    """A campaign's configuration with another proposer; only ``llm`` has models and spends."""
    if proposer == "llm":
        return replace(config, proposer=proposer)
    return replace(config, proposer=proposer, llm={}, bounds=replace(config.bounds, usd=None))


def make_plan(
    config: CampaignConfig, proposers: Sequence[str], repeats: int, test: bool, found: Checked
) -> Plan:  # fmt: skip
    """The plan of a comparison.

    Sources that were named to start from are pinned by their ids: all campaigns start from the same programs, whatever
    becomes of the files, and from wherever the comparison is gone on with.

    Args:
        config: with a bound on evaluations.
        proposers: at least two.
        repeats: campaigns of each.
        test: whether winners are judged on ``test``.
        found: what checking the campaigns found.
    """
    spec = found.problem.spec
    pinned = tuple(f"archive:{source.id}" for source in found.sources) if config.seed_from else ()
    return Plan(
        config=replace(config, proposer=proposers[0], seed_from=pinned),
        proposers=tuple(proposers),
        repeats=repeats,
        test=test and len(found.problem.instances("test")) > 0,
        problem=spec.name,
        problem_version=spec.version,
        entry_point=found.entry.name,
        unit=spec.objective.unit,
        direction=spec.objective.direction,
    )
