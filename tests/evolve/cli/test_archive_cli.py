"""`evolve archive`: list, best, show, diff, lineage, export."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_running import ONLINE, TARDINESS, Finished, Ran, command, on_a_terminal

from evaluators.candidate import Candidate
from evolve.archive import Archive
from evolve.archive.records import put_candidate
from evolve.archive.transcript import transcript, transcript_lines

Archived = Callable[..., Ran]


@pytest.fixture
def archived(evolve, finished: Finished) -> Archived:
    """Runs a verb of `evolve archive` on the archive of the finished campaign."""

    def run(verb: str, *arguments: str) -> Ran:
        ran = evolve("archive", verb, *arguments, "--archive", str(finished.archive))
        assert ran.code == 0, ran.err
        assert ran.err == ""
        return ran

    return run


def test_list_of_campaigns(archived: Archived, finished: Finished) -> None:
    (row,) = archived("list", "--json").document()
    assert row["campaign"] == finished.document["campaign"]
    assert row["evaluations"] == 15
    assert row["state"] == "done"
    assert row["winner"] == finished.document["winner"]["candidate"]
    shown = archived("list").out
    assert row["campaign"] in shown
    assert row["winner"][:12] in shown


def test_list_of_candidates(archived: Archived, finished: Finished) -> None:
    rows = archived("list", "--campaign", finished.document["campaign"], "--limit", "5", "--json").document()
    assert len(rows) == 5
    assert all(row["campaign"] == finished.document["campaign"] for row in rows)
    ok = archived("list", "--verdict", "ok", "--limit", "100", "--json").document()
    assert {row["verdict"] for row in ok} == {"ok"}
    by_problem = archived("list", "--problem", "mine/parallel-machines", "--limit", "100", "--json").document()
    assert len(by_problem) >= len(ok)
    assert archived("list", "--verdict", "tampering", "--json").document() == []
    assert archived("list", "--verdict", "tampering").out == "nothing there\n"


@pytest.mark.parametrize("columns", ["80", "100"])
@pytest.mark.parametrize("verb", ["list", "best", "lineage", "candidates"])
def test_ids_stay_whole(
    verb: str, columns: str, archived: Archived, finished: Finished, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    winner = finished.document["winner"]["candidate"]
    arguments = {
        "list": ("list",),
        "best": ("best",),
        "lineage": ("lineage", winner),
        "candidates": ("list", "--verdict", "ok", "--limit", "100"),
    }[verb]
    ran = archived(*arguments)
    assert winner[:12] in ran.out
    assert "…" not in ran.out
    assert max(map(len, ran.out.splitlines())) <= int(columns)


def test_best_is_in_order(archived: Archived, finished: Finished) -> None:
    rows = archived("best", "--split", "train", "--json").document()
    scores = [row["score"] for row in rows]
    assert scores == sorted(scores)
    of_campaign = archived("best", "--campaign", finished.document["campaign"], "--json").document()
    assert finished.document["winner"]["candidate"] in {row["candidate"] for row in of_campaign}


def test_show_candidate(archived: Archived, finished: Finished) -> None:
    winner = finished.document["winner"]
    document = archived("show", winner["candidate"][:12], "--json").document()
    assert document["candidate"] == winner["candidate"]
    assert winner["source"] in document["files"].values()
    assert {e["split"] for e in document["evaluations"]} >= {"train", "validation", "test"}
    assert document["proposals"][0]["campaign"] == finished.document["campaign"]
    shown = archived("show", f"archive:{winner['candidate'][:12]}").out
    assert winner["source"].splitlines()[-1].strip() in shown
    assert f"of campaign {finished.document['campaign']}" in shown


def test_show_campaign(archived: Archived, finished: Finished) -> None:
    shown = archived("show", finished.document["campaign"]).out
    assert "15 evaluations" in shown
    assert "list_scheduling" in shown
    assert "evolve archive export" in shown


def test_lineage_leads_back(archived: Archived, finished: Finished) -> None:
    rows = archived("list", "--campaign", finished.document["campaign"], "--limit", "100", "--json").document()
    lineages = [archived("lineage", row["candidate"], "--json").document() for row in rows]
    for row, lineage in zip(rows, lineages, strict=True):
        assert not lineage or lineage[0]["candidate"] == row["candidate"]
        generation = {ancestor["candidate"]: ancestor["generation"] for ancestor in lineage}
        for ancestor in lineage:
            assert all(generation[parent] <= ancestor["generation"] + 1 for parent in ancestor["parents"])
    assert max(len(lineage) for lineage in lineages) > 1


def test_diff(archived: Archived) -> None:
    rows = archived("list", "--verdict", "ok", "--limit", "100", "--json").document()
    one, other = sorted({row["candidate"] for row in rows})[:2]
    document = archived("diff", one[:12], other[:12], "--json").document()
    assert (document["one"], document["other"]) == (one, other)
    shown = archived("diff", one[:12], other[:12]).out.splitlines()
    assert shown == document["diff"]
    assert shown[0] == f"--- {one[:12]}/candidate.py"
    assert any(line.startswith("+") for line in shown[2:])
    assert archived("diff", one, one).out == ""


def run_alone(module: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """By a bare interpreter: nothing of ours can be imported, only what is installed."""
    blocked = "import sys; sys.modules.update(dict.fromkeys(['evolve', 'evaluators', 'sandboxes'])); import runpy; "
    program = f"sys.argv = [{str(module)!r}, *{arguments!r}]; runpy.run_path({str(module)!r}, run_name='__main__')"
    return subprocess.run(
        [sys.executable, "-I", "-c", blocked + program], capture_output=True, text=True, cwd="/", check=False
    )


@pytest.mark.parametrize(
    ("problem", "baseline", "entry_point"),
    [(ONLINE, "spt", "priority"), (TARDINESS, "mdd", "priority"), (TARDINESS, "psk", "sequence")],
)
def test_export_runs_alone_and_proves_a_result(
    problem: str, baseline: str, entry_point: str, evolve, tmp_path: Path
) -> None:
    judged = evolve("eval", problem, f"baseline:{baseline}", "--entry-point", entry_point, "--json").document()
    module = tmp_path / "heuristic.py"
    ran = evolve("archive", "export", judged["candidate"][:12], "--format", "module", "--output", str(module))
    assert ran.code == 0, ran.err
    text = module.read_text(encoding="utf-8")
    assert f"candidate: {judged['candidate']}" in text
    assert f"problem: {problem}, version {judged['problem_version']}" in text
    assert f"train: {judged['score']:.4g}" in text
    assert "\n    >>> " in text
    done = run_alone(module)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    verbose = run_alone(module, "-v")
    assert re.search(r"^[1-9]\d* passed", verbose.stdout, re.MULTILINE), verbose.stdout[-500:]
    # The doctest does test something: another known result fails.
    wrong = re.sub(r"(\n    >>> .*\n    )(\d+)(\.\d+)?\n", r"\g<1>12345678\n", text, count=1)
    assert wrong != text
    module.write_text(wrong, encoding="utf-8")
    assert run_alone(module).returncode == 1


def test_export_of_a_winner_carries_its_campaign(archived: Archived, finished: Finished, tmp_path: Path) -> None:
    winner = finished.document["winner"]
    text = archived("export", winner["candidate"]).out
    assert f"campaign: {finished.document['campaign']}, proposal {winner['proposal']} by " in text
    for split in ("train", "validation", "test"):
        assert f"\n{split}: " in text
    module = tmp_path / "m.py"
    module.write_text(text, encoding="utf-8")
    assert run_alone(module).returncode == 0
    document = archived("export", winner["candidate"], "--json").document()
    assert document["module"] == text
    assert document["candidate"] == winner["candidate"]


def test_hostile_source_cannot_leave_its_docstring(evolve, tmp_path: Path) -> None:
    source = (
        '''"""Ends""" ; x = 1\n\ndef priority(p, wait, t, jobs, work):\n    """\\x1b[2J '''
        + "'''"
        + '''"""\n    return p\n'''
    )
    (tmp_path / "x.py").write_text(source, encoding="utf-8")
    judged = evolve("eval", ONLINE, "x.py", "--json").document()
    assert judged["verdict"] == "ok"
    text = evolve("archive", "export", judged["candidate"][:12]).out
    module = tmp_path / "m.py"
    module.write_text(text, encoding="utf-8")
    assert run_alone(module).returncode == 0


def test_escape_sequences_do_not_reach_the_terminal(tmp_path: Path) -> None:
    """On a real terminal: neither the source nor anything derived from it is obeyed."""
    candidates = [
        Candidate.of_text(f"# \x1b]0;owned{k}\x07\x9b2J\x1b[31m\u202e\ndef priority(): ...\n", "candidate.py", "python")
        for k in range(2)
    ]
    with Archive(tmp_path / "evolve.db") as archive, archive.write() as connection:
        for candidate in candidates:
            put_candidate(connection, candidate, "")
    one, other = (candidate.id[:12] for candidate in candidates)
    for arguments in (("show", one), ("diff", one, other), ("show", one, "--json")):
        said = on_a_terminal(*command("archive", *arguments), cwd=tmp_path)
        assert "owned0" in said
        for obeyed in ("\x1b]", "\x07", "\x9b", "\u202e"):
            assert obeyed not in said


def test_export_of_finetuning_data(evolve, finished, tmp_path):
    for format, keys in (("sft", {"messages", "meta"}), ("dpo", {"prompt", "chosen", "rejected", "meta"})):
        ran = evolve(
            "archive", "export", finished.document["campaign"], "--format", format, "--output", format,
            "--archive", str(finished.archive), "--json",
        )  # fmt: skip
        assert ran.code == 0, ran.err
        manifest = ran.document()
        lines = (tmp_path / format / "train.jsonl").read_text().splitlines()
        assert len(lines) == manifest["records"]["train"]
        assert all(set(json.loads(line)) == keys for line in lines)
        written = json.loads((tmp_path / format / "manifest.json").read_text())
        assert written == {key: value for key, value in manifest.items() if key != "output"}
    refused = evolve("archive", "export", "--format", "sft", "--archive", str(finished.archive))
    assert (refused.code, "--output" in refused.err) == (2, True)
    refused = evolve("archive", "export", "--archive", str(finished.archive))
    assert (refused.code, "needs a candidate" in refused.err) == (2, True)


def test_export_of_a_campaign(evolve, finished, tmp_path):
    campaign = finished.document["campaign"]
    export = ("archive", "export", campaign[:6], "--format", "campaign", "--archive", str(finished.archive))
    ran = evolve(*export)
    assert ran.code == 0, ran.err
    assert evolve(*export, "--output", "campaign.jsonl").out == ""
    assert (tmp_path / "campaign.jsonl").read_text() == ran.out
    header, *proposals = map(json.loads, ran.out.splitlines())
    assert (header["campaign"], header["winner"]) == (campaign, finished.document["winner"]["candidate"])
    assert header["report"] == finished.document
    proposed = [proposal for proposal in proposals if proposal["ordinal"] > 0]
    assert [proposal["ordinal"] for proposal in proposed] == list(range(1, header["counts"]["proposals"] + 1))
    assert sum(header["counts"]["verdicts"].values()) == len(proposed)
    winning = next(proposal for proposal in proposals if proposal["candidate"] == header["winner"])
    assert (
        winning["validation"]["interval"][0] <= winning["validation"]["score"] <= winning["validation"]["interval"][1]
    )


def test_export_of_a_campaign_says_what_was_asked_and_answered(tmp_path):
    path = tmp_path / "evolve.db"
    texts = {"system": "You improve heuristics.", "user": "Improve it.\u2028"}
    messages = json.dumps([{"role": role, "content": text} for role, text in texts.items()])
    with Archive(path) as archive, archive.write() as connection:
        connection.execute(
            "INSERT INTO campaigns (id, problem, problem_version, entry_point, config, secret, trust) "
            "VALUES ('c', 'a/b', 'v', 'e', ?, 'hidden', 'trusted')",
            (json.dumps({"llm": {"distill": 25}}),),
        )
        for attempt, state, answer in ((1, "in_doubt", None), (2, "answered", "- Long jobs late.\n- Ties by p.\n")):
            connection.execute(
                "INSERT INTO llm_calls (request_id, attempt, campaign_id, proposal_id, turn, messages, answer, state, "
                "prompt_name, cost_nusd, prompt_tokens) VALUES ('s', ?, 'c', 'c-insights-000002', 0, ?, ?, ?, "
                "'distill', 30, ?)",
                (attempt, json.dumps([{"role": "user", "content": "Sum up."}]), answer, state, 7 if answer else None),
            )
        for ordinal in (2, 1):
            proposal = f"c-{ordinal}"
            connection.execute(
                "INSERT INTO proposals (id, campaign_id, ordinal, operator, evaluations, verdict) "
                "VALUES (?, 'c', ?, 'diff', 0, 'rejected')",
                (proposal, ordinal),
            )
            for turn in (1, 0):
                connection.execute(
                    "INSERT INTO llm_calls (request_id, attempt, campaign_id, proposal_id, turn, messages, answer, "
                    "cost_nusd, prompt_tokens, completion_tokens) VALUES (?, 1, 'c', ?, ?, ?, ?, 100, 10, 5)",
                    (f"{ordinal}-{turn}", proposal, turn, messages, f"answer {ordinal}.{turn}"),
                )
    with Archive(path) as archive:
        records = list(transcript(archive, "c"))
        text = "".join(transcript_lines(records))
        assert text == "".join(transcript_lines(transcript(archive, "c")))
        assert "hidden" not in text
        with pytest.raises(KeyError):
            transcript(archive, "d")
        (total,) = archive.rows("SELECT cost_nusd FROM campaign_totals WHERE campaign_id = 'c'")
    header, *proposals = records
    assert sorted(header["messages"].values()) == sorted([*texts.values(), "Sum up."])
    (summary,) = header["summaries"]
    assert (summary["number"], summary["after"]) == (2, 50)
    assert summary["summary"] == "Long jobs late.\nTies by p."
    assert [(call["state"], call["prompt_name"], call["cost_nusd"]) for call in summary["calls"]] == [
        ("in_doubt", "distill", 30), ("answered", "distill", 30),
    ]  # fmt: skip
    spent = {name: header["counts"][name] for name in ("calls", "cost_nusd", "prompt_tokens", "completion_tokens")}
    assert spent == {"calls": 6, "cost_nusd": total[0], "prompt_tokens": 47, "completion_tokens": 20}
    assert total[0] == 460
    said = [[call["answer"] for call in proposal["calls"]] for proposal in proposals]
    assert said == [["answer 1.0", "answer 1.1"], ["answer 2.0", "answer 2.1"]]
    asked = proposals[0]["calls"][0]["messages"]
    assert [(part["role"], header["messages"][part["message"]]) for part in asked] == list(texts.items())
    assert header["counts"]["verdicts"] == {"rejected": 2}


def test_export_of_a_campaign_that_is_not_there(evolve, finished):
    for arguments, said in ((("zzz",), "no campaign's id starts with 'zzz'"), ((), "needs a campaign")):
        refused = evolve("archive", "export", *arguments, "--format", "campaign", "--archive", str(finished.archive))
        assert (refused.code, said in refused.err) == (2, True), refused.err
        assert "Traceback" not in refused.err
