"""What speed-up an archived kernel may expect on how many cores, and what was measured.

The bounds come from work, span and burdened span, which the stage ``races`` measured. On p cores a program is at most
``min(p, work / span)`` times as fast as on one, and at least ``work / (work / p + burdened span)`` times (Brent, JACM
1974; He, Leiserson and Leiserson, SPAA 2010).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def speedup(stages: Sequence[Mapping[str, Any]], values: Mapping[str, float]) -> dict[str, Any] | None:
    """The curve of one evaluation as JSON, or None if work and span were not measured.

    Args:
        stages: of the evaluation, as they are archived.
        values: its objectives; ``cpu`` and ``elapsed`` are in percent of the problem's sequential baseline.

    Returns:
        ``work``, ``span`` and ``burdened_span`` in steps, ``parallelism``; ``curve``, rows of ``cores``, ``least`` and
        ``greatest``; ``measured``, None where it was not timed by both clocks: ``over_baseline``, how many times as
        fast as the baseline it was on the machine that judged it, and ``busy_cores``, its CPU time over its elapsed
        time there. The baseline keeps one core busy, so that the ratio of the percentages is that of the times.
    """
    from evaluators.stopping import PERCENT
    from evaluators.toolchains.series_parallel import WorkSpan

    found = next(filter(None, (WorkSpan.of_facts(stage.get("facts", {})) for stage in reversed(stages))), None)
    if found is None:
        return None
    cpu, elapsed = values.get("cpu"), values.get("elapsed")
    return {
        "work": found.work,
        "span": found.span,
        "burdened_span": found.burdened_span,
        "parallelism": found.parallelism,
        "curve": [
            {"cores": cores, "least": least, "greatest": greatest} for cores, (least, greatest) in found.curve().items()
        ],
        "measured": {"over_baseline": PERCENT / elapsed, "busy_cores": cpu / elapsed} if cpu and elapsed else None,
    }
