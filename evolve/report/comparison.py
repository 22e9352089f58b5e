"""The report of a comparison."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from evolve.archive import Archive
from evolve.archive.declared import spec_of
from evolve.campaign.history import CampaignHistory
from evolve.charts.sparkline import sparkline
from evolve.compare.report import document_of
from evolve.compare.store import find_plan
from evolve.report import ablation, reproduction
from evolve.report.explanation import paragraphs
from evolve.report.pages import ReportError, page

if TYPE_CHECKING:
    from markupsafe import Markup


def comparison_report(archive: Archive, comparison_id: str, explanation: str | None = None) -> str:
    """The file.

    Args:
        archive: that has the comparison.
        comparison_id: its whole id.
        explanation: what is to be said of it in plain words, or None.

    Raises:
        ReportError: if no campaign of it is done.
    """
    document = document_of(archive, comparison_id)
    if not document["results"]:
        raise ReportError(f"{archive.path}: no campaign of comparison {comparison_id} is done yet: nothing to report")
    plan = find_plan(archive, comparison_id)
    first = archive.row(
        "SELECT c.* FROM comparison_campaigns k JOIN campaigns c ON c.id = k.campaign_id WHERE k.comparison_id = ? "
        "AND c.state = 'done' ORDER BY k.position LIMIT 1",
        (comparison_id,),
    )
    assert first is not None
    return page(
        "comparison.html.j2",
        {
            "document": document,
            "curves": ablation.curves(document),
            "campaigns": [
                (one, _course(archive, one["campaign"], document["direction"])) for one in document["campaigns"]
            ],
            "explanation": paragraphs(explanation or ""),
            "spec": spec_of(archive, document["problem"]),
            "steps": reproduction.comparison_steps(archive, document),
            "campaign_file": reproduction.campaign_file(plan.config, list(_seeds(plan.config.seed_from))),
            "campaign_file_name": reproduction.CAMPAIGN_FILE,
            "facts": [
                ("comparison", document["comparison"]),
                ("problem", f"{document['problem']}, version {document['problem_version']}"),
                ("entry point", document["entry_point"]),
                ("seeds", f"{document['seed']} to {document['seed'] + document['repeats'] - 1}"),
            ],
            "machine": reproduction.machine(archive, dict(first)),
            "archive_name": archive.path.name,
        },
    )


def _course(archive: Archive, campaign_id: str, direction: str) -> Markup:
    """A campaign's best so far on ``validation``, one champion after the other."""
    from markupsafe import Markup

    better = min if direction == "min" else max
    scores = accumulate((row["validation"] for row in CampaignHistory(archive, campaign_id).champions()), better)
    return Markup(sparkline(list(scores), name=f"Best so far of campaign {campaign_id}"))  # noqa: S704


def _seeds(seed_from: tuple[str, ...]) -> tuple[str, ...]:
    """A plan names the programs it starts from by their ids."""
    return tuple(seed.removeprefix("archive:") for seed in seed_from)
