"""What a winner does or where it came from, in plain words.

Best are the words a person gives. Else those its proposer said beside it, which nobody has checked; and where it said
none, as a genetic proposer never does, what the operators did.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from evolve.archive import Archive
from evolve.charts.numbers import counted, number

MOST_OPERATORS = 5


@dataclass(frozen=True, slots=True)
class Explanation:
    """Paragraphs, and whose words they are."""

    paragraphs: tuple[str, ...]
    by: str


def explain(
    archive: Archive, campaign_id: str, ordinal: int, family: Sequence[Mapping[str, Any]], direction: str,
    given: str | None,
) -> Explanation:  # fmt: skip
    """The explanation of the winner that a proposal brought.

    Args:
        archive: that has it.
        campaign_id: of its campaign.
        ordinal: of its proposal.
        family: it and its ancestors, of :func:`evolve.archive.queries.lineage`.
        direction: ``min`` or ``max``: which scores are better.
        given: what a person says of it, or None.
    """
    if given is not None:
        return Explanation(paragraphs(given), "the author of this report")
    row = archive.row(
        "SELECT p.id, p.remark, (SELECT l.model FROM llm_calls l WHERE l.proposal_id = p.id "
        "ORDER BY l.turn, l.state != 'answered', l.rowid LIMIT 1) AS model FROM proposals p "
        "WHERE p.campaign_id = ? AND p.ordinal = ?",
        (campaign_id, ordinal),
    )
    told = _descent(family, direction)
    if row is not None and row["remark"]:
        who = row["model"] or "its proposer"
        return Explanation((*paragraphs(row["remark"]), *told), f"{who}, as said beside the program; nobody checked it")
    return Explanation(told, "evolve, from the record of how it was made; no words came with the program")


def paragraphs(text: str) -> tuple[str, ...]:
    """Parts of a text between empty lines."""
    return tuple(part.strip() for part in text.replace("\r\n", "\n").split("\n\n") if part.strip())


def _descent(family: Sequence[Mapping[str, Any]], direction: str) -> tuple[str, ...]:
    """How the program came about, told from its ancestors, itself the first of them."""
    if not family:
        return ()
    winner, ancestors = family[0], family[1:]
    if winner["operator"] == "seed":
        return ("It is one of the programs the campaign started from; nothing the search found was better.",)
    if not ancestors:
        return (
            f"The operator {winner['operator']} made it as proposal {winner['ordinal']}, from no program found before.",
        )
    seeds = sum(one["operator"] == "seed" for one in family)
    generations = max(one["generation"] for one in family)
    operators = Counter(part for one in family if one["operator"] != "seed" for part in one["operator"].split("+"))
    often = ", ".join(f"{name} {count} times" for name, count in operators.most_common(MOST_OPERATORS))
    said = (
        f"The operator {winner['operator']} made it as proposal {winner['ordinal']}. Its ancestry goes back "
        f"{counted(generations, 'generation')} and has {counted(len(ancestors), 'program')}"
        + (f", {seeds} of them given at the start" if seeds else "")
        + f". Most at work in it: {often}."
    )
    return said, *_line(family, direction)


def _line(family: Sequence[Mapping[str, Any]], direction: str) -> tuple[str, ...]:
    """What the first parents' line gained, and at which step most."""
    known = {one["candidate"]: one for one in family}
    line: dict[str, Mapping[str, Any]] = {}
    one: Mapping[str, Any] | None = family[0]
    while one is not None and one["candidate"] not in line:
        line[one["candidate"]] = one
        one = known.get(one["parents"][0]) if one["parents"] else None
    scored = [one for one in line.values() if one["score"] is not None]
    if len(scored) < 2:
        return ()
    sign = 1 if direction == "min" else -1
    steps = [(sign * (old["score"] - new["score"]), old, new) for new, old in pairwise(scored)]
    gain, old, new = max(steps, key=lambda step: step[0])
    said = (
        f"Along the line of first parents the score on train went from {number(scored[-1]['score'])} to "
        f"{number(scored[0]['score'])} in {counted(len(scored) - 1, 'step')}."
    )
    if gain > 0:
        said += (
            f" The largest step was proposal {new['ordinal']}, by {new['operator']}: from {number(old['score'])} to "
            f"{number(new['score'])}."
        )
    return (said,)
