"""What README.md and the pages on agents, models and clusters show is what the program takes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evaluators.registry import problem_folders
from evolve.campaign.config import read_campaign
from evolve.cli.main import app
from evolve.llm.settings import LLMSettings

ROOT = Path(__file__).resolve().parent.parent
PAGES = "\n".join(
    (ROOT / name).read_text(encoding="utf-8")
    for name in ("README.md", "docs/AGENTS.md", "docs/CLUSTER.md", "docs/MODELS.md")
)
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", PAGES, re.MULTILINE | re.DOTALL)
CAMPAIGNS = [text for language, text in BLOCKS if language == "toml" and "[campaign]" in text]
SERVERS = [json.loads(text)["mcpServers"]["evolve"] for language, text in BLOCKS if language == "json"]
COMMANDS = sorted(
    {line for language, text in BLOCKS if not language for line in re.findall(r"^evolve .*", text, re.MULTILINE)}
    | {" ".join(["evolve", *server["args"]]) for server in SERVERS}
)


@pytest.mark.parametrize("text", CAMPAIGNS, ids=range(len(CAMPAIGNS)))
def test_campaign_files_are_valid(text: str, tmp_path: Path) -> None:
    file = tmp_path / "campaign.toml"
    file.write_text(text, encoding="utf-8")
    config = read_campaign(file)
    assert config.problem in problem_folders()
    if config.llm:
        assert LLMSettings.from_table(config.llm).models


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_exist_with_their_options(command: str) -> None:
    words = re.split(r"\s{2,}", command)[0].split()[1:]
    verb = words[:2] if words[0] in ("archive", "inbox", "rcbench") else words[:1]
    shown = CliRunner().invoke(app, [*verb, "--help"])
    assert shown.exit_code == 0, shown.output
    for option in (word for word in words if word.startswith("--")):
        assert option in shown.output


def test_the_problems_it_names_exist() -> None:
    assert set(re.findall(r"\bscheduling/[a-z-]+", PAGES)) <= set(problem_folders())
