"""A candidate that attacks who looks at it, wherever its text may be shown."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

SCRIPT = (
    "</code></pre></td></script><script>window.taken = 1</script><img src=x onerror='window.taken = 1'>"
    "<svg onload='window.taken = 1'>"
)
TERMINAL = "\x1b]0;taken\x07\x1b[2J\x1b[31mred\x9b31m"
TURNED = "access\u202e\u2066 // only for admins\u2069 \u200b"
PROGRAM = f'''{{{{ 7 * 7 }}}} {{% include "/etc/passwd" %}}
# {SCRIPT}
# {TERMINAL}
# {TURNED}
def priority(p, d, t, *rest):
    return "{SCRIPT}"
'''


def make_hostile(path: Path) -> str:
    """Have a candidate of the archive's largest campaign be hostile in every text it has; its id."""
    text = f"{SCRIPT} {TERMINAL} {TURNED}"
    connection = sqlite3.connect(path)
    candidate, proposal, campaign = connection.execute(
        "SELECT p.candidate_id, p.id, p.campaign_id FROM proposals p JOIN llm_calls l ON l.proposal_id = p.id "
        "WHERE p.verdict = 'ok' ORDER BY p.ordinal DESC LIMIT 1"
    ).fetchone()
    stages = [{"name": "memory", "verdict": "memory_error", "seconds": 0.1, "feedback": text, "facts": {text: 1.0}}]
    changes: list[tuple[str, tuple[str, ...]]] = [
        ("UPDATE candidates SET files = ? WHERE id = ?", (json.dumps({f"{SCRIPT}.py": PROGRAM}), candidate)),
        (
            "UPDATE proposals SET remark = ?, failure = ?, genome = ?, operator = ?, asked = ? WHERE id = ?",
            (text, text, text, text, text, proposal),
        ),
        (
            "UPDATE evaluations SET feedback = ?, stages = ?, sandbox = ? WHERE proposal_id = ?",
            (text, json.dumps(stages), text, proposal),
        ),
        (
            "UPDATE llm_calls SET answer = ?, messages = ?, model = ? WHERE proposal_id = ?",
            (text, json.dumps([{"role": text, "content": PROGRAM}]), text, proposal),
        ),
        ("UPDATE instance_sets SET names = ?", (json.dumps([text] * 32),)),
        ("UPDATE campaigns SET stop_reason = ?, entry_point = ? WHERE id = ?", (text, text, campaign)),
        ("UPDATE insights SET answer = ? WHERE campaign_id = ?", (text, campaign)),
        ("UPDATE catalog SET operator = ?, model = ? WHERE proposal_id = ?", (text, text, proposal)),
        ("UPDATE catalog_arms SET operator = operator || ? WHERE campaign_id = ?", (text, campaign)),
        ("UPDATE comparisons SET stop_reason = ?, problem = ?", (text, text)),
        (
            "UPDATE campaigns SET report = json_set(report, '$.stop_reason', ?, '$.baselines.validation', "
            "json_object(?, 1.5)) WHERE id IN (SELECT campaign_id FROM comparison_campaigns)",
            (text, text),
        ),
        ("INSERT INTO environments VALUES ('0000000000000000', ?, 0)", (json.dumps({text: text}),)),
    ]
    for sql, values in changes:
        connection.execute(sql, values)
    connection.commit()
    connection.close()
    return str(candidate)
