"""What a prompt's length is spent on, and what a campaign would cost."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from evolve.proposers.llm.sections import Tally, sections

MESSAGES = (
    {"role": "system", "content": "s" * 40},
    {"role": "user", "content": "STATEMENT and then program() and idea() or so"},
)
CONTEXT = {
    "statement": "STATEMENT", "parent": {"source": "program()", "score": "1.5", "feedback": "not shown"},
    "inspirations": [{"kind": "diff", "text": "idea()", "score": "2"}], "unit": "and", "title": "a",
}  # fmt: skip


def test_each_section_is_counted_once() -> None:
    found = sections(MESSAGES, CONTEXT)
    assert found == {"system": 40, "statement": 9, "parent": 9, "ideas": 6, "instructions": 45 - 24}
    assert sum(found.values()) == sum(len(message["content"]) for message in MESSAGES)


def test_averages() -> None:
    tally = Tally()
    assert tally.average_tokens() == {}
    tally.add(MESSAGES, CONTEXT)
    tally.add(({"role": "system", "content": "s" * 24}, MESSAGES[1]), CONTEXT)
    assert tally.average_tokens()["system"] == 8


def test_a_dry_run_tells_prompt_and_cost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from evolve.cli.main import main

    monkeypatch.setenv("SCRIPTED_KEY", "secret")
    file = tmp_path / "campaign.toml"
    file.write_text(
        '[campaign]\nproblem = "scheduling/single-machine-tardiness"\nproposer = "llm"\n[budget]\nproposals = 50\n'
        '[llm]\nmodels = ["openai/scripted"]\nbase_url = "http://127.0.0.1:9/v1"\napi_key_env = "SCRIPTED_KEY"\n'
        "prices = { input_per_million = 1.0, output_per_million = 4.0 }\n"
    )
    monkeypatch.setattr(sys, "argv", ["evolve", "run", str(file), "--dry-run", "--json"])
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main()
    said = capfd.readouterr()
    assert ended.value.code == 0, said.err
    plan = json.loads(said.out)
    prompt, estimate = plan["prompt_tokens"], plan["estimate"]
    assert {"system", "statement", "baselines", "parent", "instructions"} <= set(prompt)
    assert estimate["calls"] == 50
    assert estimate["prompt_tokens"] == sum(prompt.values())
    each = (estimate["prompt_tokens"] + 4 * estimate["answer_tokens"]) / 1e6
    assert estimate["usd_per_call"] == pytest.approx(each)
    assert estimate["usd"] == pytest.approx(50 * each)
    assert estimate["usd_per_call"] < plan["worst_case_usd_per_call"]
    assert not (tmp_path / "evolve.db").exists()
