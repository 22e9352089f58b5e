"""Who was asked for what in a campaign, and what it brought: a row for each model and operator."""

from __future__ import annotations

from typing import Any

from evolve.archive.database import Archive

_ARMS = (
    "WITH asked AS (SELECT p.asked, p.ordinal, p.admitted, "
    "(SELECT l.model FROM llm_calls l WHERE l.proposal_id = p.id ORDER BY l.turn, l.state != 'answered', l.rowid "
    "LIMIT 1) AS model, "
    "(SELECT count(*) FROM llm_calls l WHERE l.proposal_id = p.id) AS calls, "
    "(SELECT coalesce(sum(l.cost_nusd), 0) FROM llm_calls l WHERE l.proposal_id = p.id) AS nusd, "
    "EXISTS (SELECT 1 FROM evaluations e WHERE e.candidate_id = p.candidate_id AND e.proposal_id = p.id "
    "AND e.split = 'train' AND e.complete = 1 AND p.verdict = 'ok' AND ?2 * p.score < ?2 * (SELECT q.score "
    "FROM parents f JOIN proposals q ON q.candidate_id = f.candidate_id AND q.campaign_id = p.campaign_id "
    "AND q.score IS NOT NULL WHERE f.proposal_id = p.id ORDER BY f.position, q.ordinal LIMIT 1)) AS improved "
    "FROM proposals p WHERE p.campaign_id = ?1 AND p.asked != '' AND p.node = 'done') "
    "SELECT model, asked AS operator, count(*) AS proposals, sum(improved) AS improved, "
    "sum(ordinal > (SELECT max(ordinal) FROM asked) - 100) AS recent, sum(admitted) AS admitted, "
    "sum(calls) AS calls, sum(nusd) AS nusd FROM asked GROUP BY model, asked ORDER BY proposals DESC, model, asked"
)


def arms(archive: Archive, campaign_id: str, direction: str) -> list[dict[str, Any]]:
    """One row a pair of model and operator, the most asked first; none for proposers that ask nobody.

    Args:
        archive: that has the campaign.
        campaign_id: of it.
        direction: ``min`` or ``max``: which scores are better.

    Returns:
        Rows with ``model``, ``operator``, ``proposals`` that are over, ``recent`` (those among the last hundred of
        all), ``improved`` (children better on all of ``train`` than the parent they were made of), ``admitted``,
        ``calls``, ``usd``, and ``usd_per_improvement`` (None without any).
    """
    rows = archive.rows(_ARMS, (campaign_id, 1 if direction == "min" else -1))
    return [
        {
            **{key: row[key] for key in ("model", "operator", "proposals", "recent", "improved", "admitted", "calls")},
            "usd": row["nusd"] / 1e9,
            "usd_per_improvement": row["nusd"] / 1e9 / row["improved"] if row["improved"] else None,
        }
        for row in rows
    ]
