"""The ParlayLib of a campaign: named by option, file or variable, and pinned."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluators.registry import load_problem
from evolve.campaign.config import CampaignConfig
from evolve.campaign.machine import CampaignError
from evolve.campaign.parlay import parlaylib_of
from evolve.cli.configuring import configured
from evolve.compare.plan import Plan
from evolve.executors.opening import open_executor
from tests.support.stand_in import stand_in

KERNEL = "kernels/filter"


def config(target: str = KERNEL, include: Path | None = None) -> CampaignConfig:
    return configured(target, {"parlay_include": None if include is None else str(include)}, {}, {})


def test_option_before_file_before_variable(tmp_path, monkeypatch):
    folders = {name: stand_in(tmp_path / name, k) for k, name in enumerate(("option", "file", "variable"))}
    campaign = tmp_path / "c.toml"
    campaign.write_text(f'[campaign]\nproblem = "{KERNEL}"\nparlay_include = "file/include"\n', encoding="utf-8")
    assert config().parlay_include is None
    monkeypatch.setenv("PARLAYLIB_HOME", str(tmp_path / "variable"))
    assert config().parlay_include == str(folders["variable"])
    assert config(str(campaign)).parlay_include == str(folders["file"])
    assert config(str(campaign), folders["option"]).parlay_include == str(folders["option"])
    assert config("scheduling/online-flow-time").parlay_include is None


def test_a_campaign_keeps_to_the_headers_it_was_configured_with(tmp_path):
    include = stand_in(tmp_path)
    pinned = CampaignConfig.from_json(config(include=include).as_json())
    found = parlaylib_of(pinned)
    assert found is not None
    assert found.digest == pinned.parlay_digest
    (include / "parlay" / "more.h").write_text("int x;\n", encoding="utf-8")
    with (
        pytest.raises(CampaignError, match="have changed since the campaign was configured"),
        open_executor(pinned, load_problem(KERNEL), print),
    ):
        pass


def test_comparisons_of_before_keep_their_ids():
    plan = Plan(CampaignConfig(KERNEL), ("genetic", "random"), 2, True, KERNEL, "1", "filter", "ms", "min")
    assert "parlay_include" not in plan.as_json()["config"]
    assert Plan.from_json(plan.as_json()) == plan
