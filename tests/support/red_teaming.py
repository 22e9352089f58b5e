"""What attacks came to, as sentences."""

from __future__ import annotations

from collections.abc import Iterable

from evaluators.audit.red_team import Result


def failures(results: Iterable[Result]) -> list[str]:
    """What was not as the headers say: leaks, and other verdicts or stages than expected."""
    wrong = []
    for result in results:
        if result.finding is not None:
            wrong.append(f"{result.attack}: {result.finding.leak.value}: {result.finding.evidence}")
        elif result.verdict is not None and result.note:
            wrong.append(f"{result.attack}: {result.verdict}: {result.note}")
    return wrong
