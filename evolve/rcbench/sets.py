"""Instance sets in the archive. Instances are kept once, by the hash of their content, however many sets have them."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from pathlib import Path

from evaluators.rconstraintbench.reading import InstanceError
from evaluators.rconstraintbench.sets import MOST_INSTANCES, InstanceSet
from evolve.archive import Archive

_LONGEST_FILE = 20_000 * MOST_INSTANCES


def read_set(path: Path) -> InstanceSet:
    """The set in a file of `evolve rcbench generate`.

    Raises:
        InstanceError: one sentence naming the file and what is wrong with it.
    """
    try:
        if path.stat().st_size > _LONGEST_FILE:
            raise InstanceError(f"{path}: is longer than a set of {MOST_INSTANCES} instances can be")
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InstanceError(f"{path}: cannot be read: {error.strerror}; `evolve rcbench generate` makes one") from None
    except (ValueError, RecursionError) as error:
        raise InstanceError(f"{path}: is not JSON: {error}") from None
    try:
        return InstanceSet.from_json(document)
    except InstanceError as error:
        raise InstanceError(f"{path}: {error}") from None


def store_set(archive: Archive, instances: InstanceSet) -> str:
    """Put a set into the archive unless it is there; returns its id."""
    if archive.row("SELECT 1 FROM rcbench_sets WHERE id = ?", (instances.id,)) is not None:
        return instances.id
    document = {key: value for key, value in instances.to_json().items() if key in ("format", "arguments")}
    with archive.write() as connection:
        connection.execute(
            "INSERT OR IGNORE INTO rcbench_sets (id, created_at, document) VALUES (?,?,?)",
            (instances.id, time.time(), json.dumps(document)),
        )
        connection.executemany(
            "INSERT OR IGNORE INTO rcbench_instances (id, name, domain, phase, level, idx, document, witness, "
            "tightness) VALUES (?,?,?,?,?,?,?,?,?)",
            (
                (
                    g.instance.id, g.instance.name, g.instance.domain, g.instance.phase, g.instance.level,
                    g.instance.index, g.instance.canonical(), json.dumps(dict(g.witness)),
                    json.dumps(asdict(g.tightness)),
                )
                for g in instances.generated
            ),
        )  # fmt: skip
        connection.executemany(
            "INSERT OR IGNORE INTO rcbench_members (set_id, instance_id, position) VALUES (?,?,?)",
            ((instances.id, g.instance.id, k) for k, g in enumerate(instances.generated)),
        )
    return instances.id


def members(archive: Archive, set_id: str, limit: int | None = None) -> list[str]:
    """Ids of a set's instances in order; with ``limit`` that many of them, spread evenly over the set."""
    rows = archive.rows("SELECT instance_id FROM rcbench_members WHERE set_id = ? ORDER BY position", (set_id,))
    ids = [row["instance_id"] for row in rows]
    if limit is None or limit >= len(ids):
        return ids
    return [ids[k * len(ids) // limit] for k in range(limit)]
