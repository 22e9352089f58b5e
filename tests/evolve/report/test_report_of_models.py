"""The report of a campaign whose proposals a model was asked for, over real HTTP."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

from evolve.archive import Archive
from evolve.archive.arms import arms
from evolve.archive.insights import insights_of
from evolve.campaign import session
from evolve.campaign.config import Bounds, CampaignConfig
from evolve.report.campaign import campaign_report
from evolve.report.models import learnt
from tests.support.openai_server import Script, ScriptedServer

EVERY = 8
BEHAVIOURS = ["prose", "fences", "no_fence", "prose", "fences", "no_fence", "malformed"]


def test_it_tells_what_was_spent_and_what_was_learnt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRIPTED_KEY", "secret")
    with ScriptedServer(Script(behaviours=BEHAVIOURS)) as server, Archive(tmp_path / "a.db") as archive:
        wanted = CampaignConfig(
            problem="scheduling/online-flow-time", proposer="llm", seed=3, bounds=Bounds(proposals=20, usd=5.0),
            llm={
                "models": ["openai/scripted"], "base_url": server.url, "api_key_env": "SCRIPTED_KEY",
                "concurrency": 4, "max_tokens": 300, "distill": EVERY, "retries": 8,
                "prices": {"input_per_million": 1.5, "output_per_million": 6.0},
            },
        )  # fmt: skip
        with session.start(wanted, archive, lambda opened: None, lambda message: None) as opened:
            assert opened.search().state == "done"
            usd, tokens = opened.spent()
        (campaign,) = (row["id"] for row in archive.rows("SELECT id FROM campaigns"))
        found = learnt(archive, campaign, EVERY)
        text = campaign_report(archive, campaign)
        # What it says is found in the archive's search as soon as it was answered.
        summaries = insights_of(archive, campaign=campaign).rows
    assert found is not None and found.calls and found.lessons
    assert (found.after, found.lessons) == (summaries[0].summary * EVERY, tuple(summaries[0].text.splitlines()))
    shown = re.findall(r"<li>(.*?)</li>", re.findall(r'<ul class="lessons">(.*?)</ul>', text, re.DOTALL)[0])
    assert [unescape(one) for one in shown] == list(found.lessons)

    # Operators and summaries together are all that was spent, and so is the end of the curve.
    with Archive(tmp_path / "a.db") as archive:
        assert sum(arm["usd"] for arm in arms(archive, campaign, "min")) + found.usd == pytest.approx(usd)
    (curve,) = re.findall(r"<h3>Spent on models</h3>(.*?)<h3>", text, re.DOTALL)
    (table,) = re.findall(r"<tbody>(.*?)</tbody>", curve, re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)]
    assert float(cells[-1][-1]) == pytest.approx(usd, rel=1e-3)
    (used,) = re.findall(r'<th scope="row">tokens</th><td class="n">none</td><td class="n">([^<]+)</td>', text)
    assert int("".join(filter(str.isdigit, used))) == tokens
