"""All that somebody needs who wants the same again: seeds, versions, hashes, machine, and what to type."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evolve.archive import Archive
from evolve.archive.records import read_environment
from evolve.campaign.config import CampaignConfig

CAMPAIGN_FILE = "campaign.toml"
AGAIN = "again.db"


@dataclass(frozen=True, slots=True)
class Step:
    """What to type, and what it shows."""

    says: str
    command: str


def campaign_file(config: CampaignConfig, seeds: list[str]) -> str:
    """The file with which the campaign is run again: every setting as it was, those left to their defaults too.

    Args:
        config: of the campaign.
        seeds: ids of the programs it started from, if it named any; the archive has them, wherever the files are.
    """
    plain = config.as_json()
    tables: dict[str, Mapping[str, Any]] = {
        "campaign": {
            **{key: plain[key] for key in (
                "problem", "entry_point", "proposer", "seed", "workers", "executor", "sandbox", "parlay_include",
                "repairs", "founders",
            )},
            "seed_from": [f"archive:{seed}" for seed in seeds] if config.seed_from else [],
        },
        "budget": plain["bounds"],
        "population": plain["population"],
        "llm": plain["llm"],
        "replay": plain["replay"] if config.proposer == "replay" else {},
        "ray": plain["ray"] if config.executor == "ray" else {},
    }  # fmt: skip
    return "\n".join(_table(name, values) for name, values in tables.items() if any(_told(values)))


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    """Without what says nothing: that is as if it were not there."""
    return {key: value for key, value in values.items() if value not in (None, "", [], {}, ())}


def _table(name: str, values: Mapping[str, Any]) -> str:
    told = _told(values)
    lines = [f"{_key(key)} = {_value(value)}" for key, value in told.items() if not isinstance(value, Mapping)]
    below = [_table(f"{name}.{_key(key)}", value) for key, value in told.items() if isinstance(value, Mapping)]
    return "\n".join([f"[{name}]", *lines, ""]) + "".join(f"\n{table}" for table in below)


def _key(key: str) -> str:
    return key if key.isascii() and key.replace("_", "").replace("-", "").isalnum() else _value(key)


def _value(value: Any) -> str:
    """As TOML, which writes numbers, truth and text as JSON does, but that U+007F has to be escaped."""
    if isinstance(value, Mapping):  # within a list
        return "{ " + ", ".join(f"{_key(key)} = {_value(each)}" for key, each in _told(value).items()) + " }"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def steps(archive: Archive, campaign: Mapping[str, Any], winner: Mapping[str, Any] | None) -> list[Step]:
    """What to type, in this order.

    Args:
        archive: the file they refer to, by its name.
        campaign: the row of ``campaigns``.
        winner: of its report, or None.
    """
    file = shlex.quote(archive.path.name)
    found = [Step("Prove the archive whole.", f"evolve archive verify --archive {file}")]
    if winner is not None:
        candidate, entry = winner["candidate"][:16], shlex.quote(winner["entry_point"])
        suffix = {"python": "py", "cpp": "cpp"}.get(winner.get("language", "python"), "txt")
        found += [
            Step("Judge the winner again, and tell what differs.", f"evolve replay {candidate} --archive {file}"),
            Step(
                "Take it with you" + (", with a doctest of a known result." if suffix == "py" else "."),
                f"evolve archive export {candidate} --archive {file} --output winner.{suffix}",
            ),
            Step(
                "Judge it on the published part of test.",
                f"evolve eval {shlex.quote(json.loads(campaign['config'])['problem'])} winner.{suffix} "
                f"--entry-point {entry} --split test",
            ),
        ]
    found.append(
        Step(
            f"Search again with the same settings and seed, from the file below saved as {CAMPAIGN_FILE}.",
            f"evolve run {CAMPAIGN_FILE} --archive {file}",
        )
    )
    if campaign["proposer"] in ("llm", "inbox"):
        found.append(
            Step(
                "Repeat it with the answers on record, without a model and at no cost.",
                f"evolve run {CAMPAIGN_FILE} --proposer replay --replay-from {campaign['id']} "
                f"--replay-archive {file} --archive {AGAIN}",
            )
        )
    return found


def facts(archive: Archive, campaign: Mapping[str, Any], winner: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """Seeds, versions and hashes, in pairs of what and which."""
    config = json.loads(campaign["config"])
    found = [
        ("campaign", campaign["id"]),
        ("problem", f"{campaign['problem']}, version {campaign['problem_version']}"),
        ("entry point", campaign["entry_point"]),
        ("seed", str(campaign["seed"])),
        ("workers", f"{config['workers']}, executor {config.get('executor', 'local')}"),
    ]
    if campaign["state"] == "done":
        found.append(("secret of the fresh part of test", campaign["secret"]))
    if winner is not None:
        found.append(("winner, SHA-256", winner["candidate"]))
    found += [
        (f"instances, {row['split']}", f"{row['id']}, {row['n']} of them")
        for row in archive.rows(
            "SELECT DISTINCT s.id, s.split, json_array_length(s.names) AS n FROM evaluations e "
            "JOIN instance_sets s ON s.id = e.instance_set WHERE e.campaign_id = ? "
            "ORDER BY s.split, s.id",
            (campaign["id"],),
        )
    ]
    found += [
        (f"prompt {row['prompt_name']}", f"{row['prompt_hash']}, asked {row['n']} times")
        for row in archive.rows(
            "SELECT prompt_name, prompt_hash, count(*) AS n FROM llm_calls WHERE campaign_id = ? "
            "GROUP BY prompt_name, prompt_hash ORDER BY n DESC, prompt_name, prompt_hash",
            (campaign["id"],),
        )
    ]
    found += [
        (f"model {row['model']}", row["version"] or "its provider told no version")
        for row in archive.rows(
            "SELECT model, group_concat(DISTINCT model_version) AS version FROM llm_calls WHERE campaign_id = ? "
            "AND state = 'answered' GROUP BY model ORDER BY model",
            (campaign["id"],),
        )
    ]
    found.append(("schema of the archive", _schema(archive)))
    return found


def machine(archive: Archive, campaign: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What scores may depend on besides candidate and problem, and what the sandbox enforced."""
    environment = read_environment(archive, campaign["environment"]) or {}
    found = [("environment, digest", str(campaign["environment"])), *sorted(environment.items())]
    enforced = json.loads(campaign["capabilities"] or "{}")
    told = ", ".join(f"{name} by {enforced[name]}" for name in ("memory", "cpu", "processes") if enforced.get(name))
    return [*found, ("limits", told)] if told else found


def _schema(archive: Archive) -> str:
    row = archive.row("SELECT name FROM _sqlite_migrations ORDER BY id DESC LIMIT 1")
    return "unknown" if row is None else str(row["name"])


def comparison_steps(archive: Archive, document: Mapping[str, Any]) -> list[Step]:
    """What to type to see a comparison again, and to make another.

    Args:
        archive: the file they refer to, by its name.
        document: of the comparison.
    """
    file = shlex.quote(archive.path.name)
    again = (
        f"evolve compare {CAMPAIGN_FILE} --proposers {','.join(document['proposers'])} --repeats "
        f"{document['repeats']} --seed {document['seed']}{'' if document['test'] else ' --no-test'} --archive {file}"
    )
    return [
        Step("Prove the archive whole.", f"evolve archive verify --archive {file}"),
        Step("Print the same tables.", f"evolve archive show {document['comparison']} --archive {file}"),
        Step(
            f"Compare again, from the file below saved as {CAMPAIGN_FILE}; with another --seed it is a new sample.",
            again,
        ),
    ]
