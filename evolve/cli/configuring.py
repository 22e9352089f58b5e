"""A campaign file, or just a problem's name, with the command line on top."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from evolve.cli.common import BadInputError, check_choice

if TYPE_CHECKING:
    from evolve.campaign.config import CampaignConfig


def configured(
    target: str | CampaignConfig,
    main: Mapping[str, Any],
    bounds: Mapping[str, Any],
    llm: Mapping[str, Any],
    inbox: Mapping[str, Any] = MappingProxyType({}),
    concurrency: int | None = None,
    replay: Mapping[str, Any] = MappingProxyType({}),
    ray: Mapping[str, Any] = MappingProxyType({}),
) -> CampaignConfig:
    """The configuration asked for; None stands for an option that was not given.

    Args:
        target: a campaign file, a problem's name or folder, or a configuration.
        main: key of the table ``[campaign]`` -> value.
        bounds: key of ``[budget]`` -> value.
        llm: key of ``[llm]`` -> value; one that is given chooses the ``llm`` proposer unless ``main`` names another.
        inbox: key of ``[inbox]`` -> value; as above, of the ``inbox`` proposer, but one of ``llm`` has precedence.
        concurrency: of whichever of these two it is.
        replay: key of ``[replay]`` -> value; one that is given chooses the ``replay`` proposer unless ``main`` names
            another.
        ray: key of ``[ray]`` -> value; one that is given chooses the ``ray`` executor unless ``main`` names another.

    Raises:
        BadInputError, TableError, UnknownProblemError, ParlayLibError: one sentence each.
    """
    from dataclasses import replace

    from evaluators.registry import author_settings, reference
    from evolve.campaign.config import (
        EXECUTORS,
        PROPOSERS,
        RAY_ADDRESSES,
        SANDBOXES,
        campaign_for,
        is_ray_address,
        read_campaign,
    )
    from evolve.campaign.parlay import with_parlaylib

    parlay_named = "campaign.parlay_include"
    if not isinstance(target, str):
        config = target
    elif Path(target).suffix == ".toml" and Path(target).name != "problem.toml":
        config = read_campaign(Path(target))
        parlay_named = f"{target}: 'campaign.parlay_include'"
    else:
        # A folder of the user's must be found by `resume` from elsewhere too.
        config = campaign_for(reference(target))
    given = {key: value for key, value in main.items() if value is not None}
    for key, allowed in (("proposer", PROPOSERS), ("executor", EXECUTORS), ("sandbox", SANDBOXES)):
        if key in given:
            check_choice(f"--{key}", given[key], allowed)
    if "parlay_include" in given:
        parlay_named = "--parlay-include"
    for key, value in {**bounds, "workers": main.get("workers"), "concurrency": concurrency}.items():
        if value is not None and not 0 < value < math.inf:
            raise BadInputError(f"--{key} must be a positive number, not {value:g}")
    models = {key: value for key, value in llm.items() if value is not None}
    if models and "proposer" not in given and config.proposer != "llm":
        given["proposer"] = "llm"
    box = {key: value for key, value in inbox.items() if value is not None}
    if box and "proposer" not in given:
        given["proposer"] = "inbox"
    record = {key: value for key, value in replay.items() if value is not None}
    if record and "proposer" not in given:
        given["proposer"] = "replay"
    wanted = given.get("proposer", config.proposer)
    if record and wanted != "replay":
        raise BadInputError(f"--replay-from and --replay-archive are for the replay proposer, not for {wanted}")
    if box and wanted != "inbox":
        raise BadInputError(f"--inbox is for the inbox proposer; {wanted} asks nobody there")
    if concurrency is not None:
        if wanted not in ("llm", "inbox"):
            raise BadInputError(f"--concurrency is for the proposers llm and inbox; {wanted} asks nobody")
        (models if wanted == "llm" else box)["concurrency"] = concurrency
    cluster = {key: value for key, value in ray.items() if value is not None}
    if cluster:
        if not is_ray_address(cluster["address"]):
            raise BadInputError(f"--ray-address is {cluster['address']!r}; it must be {RAY_ADDRESSES}")
        if given.setdefault("executor", "ray") != "ray":
            raise BadInputError(f"--ray-address is for the ray executor; {given['executor']} joins no cluster")
    llm = {**config.llm, **models}
    if wanted == "llm" and not llm.get("models"):
        meant = author_settings(config.problem)
        llm = {**(meant.llm if meant else {}), **llm}
    # What is replayed costs nothing: where money and tokens ran out then, the record ends.
    kept = replace(config.bounds, usd=None, tokens=None) if wanted == "replay" else config.bounds
    whole = replace(
        config,
        **given,
        bounds=replace(kept, **{key: value for key, value in bounds.items() if value is not None}),
        llm=llm,
        inbox=replace(config.inbox, **box),
        replay=replace(config.replay, **record),
        ray=replace(config.ray, **cluster),
    )
    return with_parlaylib(whole, parlay_named)


def check_spending(config: CampaignConfig) -> None:
    """A model where one is asked, and money and tokens bounded only there.

    Raises:
        BadInputError: one sentence.
    """
    if config.proposer == "llm" and not config.llm.get("models"):
        raise BadInputError(
            "the llm proposer needs a model: --model NAME, or models = [...] in the campaign's [llm] table"
        )
    if config.proposer != "llm" and (config.bounds.usd is not None or config.bounds.tokens is not None):
        raise BadInputError(f"--usd and --tokens bound the llm proposer; {config.proposer} spends neither")
