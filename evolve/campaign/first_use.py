"""Problems whose evaluator runs beside the candidate are audited before anything else is judged, once a version."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from evaluators.baselines import baselines
from evaluators.judge import Judge
from evaluators.tables import TableError
from evaluators.verdicts import Verdict
from evolve.archive.database import Archive
from evolve.campaign.store import CampaignStore

KIND = "task_audited"
_ERROR = re.compile(r"[\w.]*(Error|Exception|Exit|Interrupt|Warning)\b")
"""How the line of a traceback begins that says what is wrong."""


def task_audit(archive: Archive, problem_version: str) -> dict[str, Any] | None:
    """What the audit of a task found, if it is on record."""
    row = archive.row(
        "SELECT data FROM events WHERE campaign_id IS NULL AND kind = ? "
        "AND json_extract(data, '$.problem_version') = ? ORDER BY id DESC LIMIT 1",
        (KIND, problem_version),
    )
    return None if row is None else json.loads(row["data"])


def audit_at_first_use(archive: Archive, evaluator: Judge, say: Callable[[str], None]) -> dict[str, Any] | None:
    """The audit of a task that is not trusted, made now unless it is on record; None for a trusted problem.

    Raises:
        TableError: if the task's own program is not judged ``ok``: then nothing else can be.
    """
    spec, entry = evaluator.problem.spec, evaluator.entry
    if spec.trust == "trusted":
        return None
    known = task_audit(archive, spec.version)
    if known is not None:
        return known
    from evaluators.foreign.first_look import first_look

    say("first use of this task: trying its own program, a broken one and a forged one")
    (program,) = baselines(spec, entry).values()
    given = evaluator.evaluate(program, "train")
    if given.verdict is not Verdict.OK:
        lines = given.feedback.strip().splitlines() or [""]
        said = next((line for line in lines if _ERROR.match(line)), lines[0])
        missing = "No module named" in said
        hint = "; a package is shown to it if it is installed beside evolve and requirements.txt names it"
        raise TableError(
            f"{spec.folder / entry.file}: the task's own program ends with {given.verdict.value}: "
            f"{said.strip()}{hint if missing else ''}"
        )
    store = CampaignStore(archive, None, spec, entry.name)
    store.baseline(program, evaluator.screen(program).dedupe_key)
    store.evaluated(given, store.instance_set("train", evaluator.problem.instances("train")))
    found = {"problem": spec.name, "problem_version": spec.version} | first_look(evaluator, given)
    store.note(KIND, **found)
    for finding in found["findings"]:
        say(f"{spec.name}: {finding}")
    return found
