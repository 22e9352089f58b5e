"""A campaign repeated from its record: bit for bit, without the model; and where it cannot be, one sentence says so."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evolve.archive import Archive
from evolve.campaign import session
from evolve.campaign.config import Bounds, CampaignConfig, InboxSettings, ReplaySettings
from evolve.llm.errors import FatalLLMError
from tests.support.answering import Answering
from tests.support.openai_server import Script, ScriptedServer

PROBLEM = "scheduling/online-flow-time"
BEHAVIOURS = ["auto", "malformed", "diff", "prose", "policy_400", "auto", "refusal_text", "429", "think"]
PROPOSALS = (
    "SELECT ordinal, seed, island, node, turn, operator, context, candidate_id, genome, failure, verdict, status, "
    "score, evaluations, admitted FROM proposals ORDER BY ordinal"
)
CALLS = (
    "SELECT substr(proposal_id, -6) AS ordinal, turn, model, prompt_name, prompt_hash, messages, answer, "
    "finish_reason FROM llm_calls WHERE state = 'answered' ORDER BY 1, 2"
)
EVALUATIONS = (
    "SELECT e.candidate_id, e.split, e.verdict, e.stage, e.score, e.low, e.high, e.complete, e.feedback, "
    "e.decisions_digest, s.scores FROM evaluations e LEFT JOIN instance_scores s ON s.evaluation_id = e.id "
    "WHERE e.split != 'test' ORDER BY e.candidate_id, e.split, e.repeat"
)
ELITES = "SELECT candidate_id, train, validation, low, high, audit FROM elites ORDER BY rowid"


def run(archive: Archive, config: CampaignConfig) -> tuple[str, str, str]:
    """The campaign's id, how it ended and why."""
    with session.start(config, archive, lambda opened: None, lambda message: None) as opened:
        ending = opened.search()
        opened.finish(ending, test=False)
        return opened.campaign_id, ending.state, ending.reason


def record(archive: Archive, query: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in archive.rows(query)]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """An archive with a campaign in which much went wrong, and the campaign's id; the model is gone."""
    path = tmp_path_factory.mktemp("recorded") / "then.db"
    with pytest.MonkeyPatch.context() as patch, Archive(path) as archive:
        patch.setenv("SCRIPTED_KEY", "secret")
        with ScriptedServer(Script(behaviours=BEHAVIOURS)) as server:
            llm = {
                "models": ["openai/one", "openai/two"], "base_url": server.url, "api_key_env": "SCRIPTED_KEY",
                "concurrency": 1, "prices": {"input_per_million": 1.0, "output_per_million": 2.0},
            }  # fmt: skip
            config = CampaignConfig(PROBLEM, proposer="llm", seed=5, workers=1, bounds=Bounds(proposals=14), llm=llm)
            campaign, state, reason = run(archive, config)
        assert (state, reason) == ("done", "proposals")
    yield path, campaign


def replaying(path: Path, campaign: str, **more: Any) -> CampaignConfig:
    settings = {"seed": 5, "bounds": Bounds(proposals=14), **more}
    return CampaignConfig(PROBLEM, proposer="replay", replay=ReplaySettings(campaign[:6], str(path)), **settings)


def test_the_same_campaign_bit_for_bit(recorded: tuple[Path, str], tmp_path: Path) -> None:
    """Candidates, prompts, verdicts and scores are those of the record, and nobody is paid."""
    path, campaign = recorded
    with Archive(tmp_path / "now.db") as now, Archive(path) as then:
        _, state, reason = run(now, replaying(path, campaign))
        assert (state, reason) == ("done", "proposals")
        for query in (PROPOSALS, CALLS, EVALUATIONS, ELITES):
            assert record(now, query) == record(then, query)
        assert len(record(now, CALLS)) >= 14
        assert then.rows("SELECT 1 FROM llm_calls WHERE state = 'refused'")
        assert then.rows("SELECT 1 FROM proposals WHERE turn > 0")
        before, after = (archive.row("SELECT sum(cost_nusd) FROM llm_calls") for archive in (then, now))
        assert before is not None and after is not None and before[0] > 0 and after[0] == 0
        row = now.row("SELECT report FROM campaigns")
        assert row is not None and json.loads(row["report"])["usd"] == 0


def test_the_record_may_lie_in_the_same_archive_and_end_first(recorded: tuple[Path, str], tmp_path: Path) -> None:
    path, campaign = recorded
    with Archive(shutil.copy(path, tmp_path / "both.db")) as archive:
        config = CampaignConfig(
            PROBLEM, proposer="replay", seed=5, bounds=Bounds(proposals=20), replay=ReplaySettings(campaign)
        )
        again, state, reason = run(archive, config)
        assert (state, reason) == ("done", f"campaign {campaign} has no further answers")
        found = archive.rows("SELECT status FROM proposals WHERE campaign_id = ? ORDER BY ordinal", (again,))
    assert [row["status"] for row in found].count("unpaid") == 1


def test_another_question_stops_it(recorded: tuple[Path, str], tmp_path: Path) -> None:
    """It says which proposal, which line, and what it was."""
    path, campaign = recorded
    changed = Path(shutil.copy(path, tmp_path / "changed.db"))
    with Archive(changed) as archive, archive.write() as connection:
        connection.execute(
            "UPDATE llm_calls SET messages = json_set(messages, '$[1].content', 'Something else.') "
            "WHERE proposal_id = ? AND turn = 0",
            (f"{campaign}-000006",),
        )
    with Archive(tmp_path / "now.db") as now:
        _, state, reason = run(now, replaying(changed, campaign))
        assert state == "failed"
        assert reason.startswith(
            f"proposal 6: the question is not the one campaign {campaign} asked: line 1 of the user"
        )
        assert "'Something else.'" in reason
        assert len(now.rows("SELECT 1 FROM proposals WHERE node = 'done' AND ordinal > 0")) == 5


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"seed": 6}, "cannot be replayed with another seed: it had 5, not 6"),
        ({"repairs": 0}, "cannot be replayed with another repairs: it had 1, not 0"),
        ({"replay": ReplaySettings("ffffffff")}, "no campaign's id starts with 'ffffffff'"),
        ({"replay": ReplaySettings()}, "--replay-from"),
    ],
)
def test_what_cannot_be_replayed(recorded: tuple[Path, str], tmp_path: Path, more: dict[str, Any], said: str) -> None:
    path, campaign = recorded
    config = CampaignConfig(
        PROBLEM, proposer="replay", **{"seed": 5, "replay": ReplaySettings(campaign, str(path)), **more}
    )
    with Archive(tmp_path / "now.db") as now:
        with (
            pytest.raises(FatalLLMError, match=said.replace("(", r"\(")),
            session.start(config, now, lambda opened: None, lambda message: None),
        ):
            pass
        assert not now.path.exists()


def test_an_inbox_too(tmp_path: Path) -> None:
    """Whoever answered is not asked again."""
    inbox = tmp_path / "inbox"
    with Archive(tmp_path / "then.db") as then, Archive(tmp_path / "now.db") as now:
        config = CampaignConfig(
            PROBLEM, proposer="inbox", seed=3, bounds=Bounds(proposals=4), inbox=InboxSettings(str(inbox))
        )
        with Answering(inbox):
            campaign, *_ = run(then, config)
        replayed = CampaignConfig(
            PROBLEM, proposer="replay", seed=3, bounds=Bounds(proposals=4),
            replay=ReplaySettings(campaign, str(then.path)),
        )  # fmt: skip
        assert run(now, replayed)[1:] == ("done", "proposals")
        for query in (PROPOSALS, CALLS, EVALUATIONS, ELITES):
            assert record(now, query) == record(then, query)


def test_from_the_command_line(
    recorded: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The campaign file of the record, with its budget in USD, and two options more."""
    from evolve.cli.main import main

    path, campaign = recorded
    file = tmp_path / "campaign.toml"
    file.write_text(
        f'[campaign]\nproblem = "{PROBLEM}"\nproposer = "llm"\nseed = 5\nworkers = 1\n'
        '[budget]\nusd = 1.0\nproposals = 3\n[llm]\nmodels = ["openai/one"]\n'
    )
    monkeypatch.chdir(tmp_path)

    def evolve(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["evolve", "run", str(file), *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capfd.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    options = ("--replay-from", campaign, "--replay-archive", str(path))
    code, out, err = evolve(*options, "--json", "--plain")
    assert code == 0, err
    document = json.loads(out)
    assert (document["proposer"], document["counts"]["proposals"], document["usd"]) == ("replay", 3, 0)
    code, _, err = evolve("--proposer", "llm", *options)
    assert (code, "for the replay proposer" in err) == (2, True)
    code, _, err = evolve("--proposer", "replay")
    assert (code, "--replay-from" in err) == (2, True)
