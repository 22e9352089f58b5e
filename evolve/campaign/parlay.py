"""The ParlayLib a campaign's candidates are timed with: chosen when it is configured, and the same ever after."""

from __future__ import annotations

import os
from dataclasses import replace

from evaluators.registry import load_problem
from evaluators.toolchains import parlaylib
from evaluators.toolchains.parlaylib import ParlayLib
from evolve.campaign.config import CampaignConfig
from evolve.campaign.machine import CampaignError


def with_parlaylib(config: CampaignConfig, named: str) -> CampaignConfig:
    """The configuration with the ParlayLib it is to use pinned by its digest; $PARLAYLIB_HOME may name one.

    Args:
        config: of a campaign that has not begun.
        named: what gave its ``parlay_include``.

    Raises:
        ParlayLibError, UnknownProblemError, TableError: one sentence each.
    """
    if config.parlay_include is None and parlaylib.VARIABLE not in os.environ:
        return config
    found = parlaylib.chosen(config.parlay_include, named, load_problem(config.problem).spec.language)
    return config if found is None else replace(config, parlay_include=found.folder, parlay_digest=found.digest)


def parlaylib_of(config: CampaignConfig) -> ParlayLib | None:
    """The ParlayLib of a campaign, or None for our headers.

    Raises:
        ParlayLibError: if it is gone.
        CampaignError: if it is no longer the one the campaign was configured with.
    """
    if config.parlay_include is None:
        return None
    found = parlaylib.read(config.parlay_include, "campaign.parlay_include")
    if config.parlay_digest not in (None, found.digest):
        raise CampaignError(
            f"campaign.parlay_include: the headers in {found.folder} have changed since the campaign was configured: "
            "times measured with them could not be compared, start a new one"
        )
    return found
