"""A model is shown a given program with its marks, and changes only what stands between them."""

from __future__ import annotations

import json
from pathlib import Path

from evaluators.registry import load_problem, reference
from evolve.archive import Archive
from evolve.campaign import session
from evolve.campaign.config import Bounds, CampaignConfig

TASK = Path(__file__).resolve().parents[3] / "examples" / "openevolve" / "function_minimization"


def test_a_model_is_shown_the_block_and_changes_it_alone(tmp_path, serve, monkeypatch):
    monkeypatch.setenv("SCRIPTED_KEY", "secret")
    server = serve("rewrite")
    llm = {"models": ["openai/scripted"], "base_url": server.url, "api_key_env": "SCRIPTED_KEY", "concurrency": 1}
    problem = reference(str(TASK))
    config = CampaignConfig(problem=problem, proposer="llm", workers=1, repairs=0, bounds=Bounds(proposals=3), llm=llm)
    with Archive(tmp_path / "a.db") as archive:
        with session.start(config, archive, lambda opened: None, lambda message: None) as opened:
            assert opened.search().reason == "proposals"
        calls = [json.loads(row["messages"]) for row in archive.rows("SELECT messages FROM llm_calls")]
        sources = [
            next(iter(json.loads(row["files"]).values()))
            for row in archive.rows(
                "SELECT c.files FROM proposals p JOIN candidates c ON c.id = p.candidate_id WHERE p.ordinal > 0"
            )
        ]
    system, question = (message["content"] for message in calls[0])
    assert "imported by the evaluator of their task" in system
    assert "Improve search(f, bounds, calls, seed)" in question  # as the task's author put it
    assert "only what stands between its lines marked EVOLVE-BLOCK-START" in question
    assert "# EVOLVE-BLOCK-START\nimport random" in question
    template = load_problem(problem).spec.entry_point().template
    assert sources
    assert all(template.mismatch(source) == "" and source != template.text for source in sources)
