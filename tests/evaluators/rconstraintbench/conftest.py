"""Small instances made by hand, and a few ramps."""

from __future__ import annotations

import pytest

from evaluators.rconstraintbench.generator import draw_ramp
from evaluators.rconstraintbench.model import Instance, Resource, Task
from evaluators.rconstraintbench.ramp import Arguments


@pytest.fixture
def tiny() -> Instance:
    """Four tasks: 1 before 2, 2 and 3 apart, 3 in a window, 1 to 3 on a crane of 3 that is down in [8, 10)."""
    return Instance(
        domain="abstract",
        phase="all",
        level=1,
        index=1,
        seed=7,
        horizon=20,
        tasks=(
            Task(1, "one", 1, 3, (2, 0)),
            Task(2, "two", 2, 4, (1, 0)),
            Task(3, "three", 1, 2, (2, 0), 4, 13),
            Task(4, "four", 2, 5, (0, 1)),
        ),
        resources=(Resource("crane", 3, ((8, 10),)), Resource("crew", 1, ((0, 1), (6, 7)))),
        precedences=((1, 2),),
        disjunctive=((2, 3),),
    )


@pytest.fixture(scope="session")
def drawn():
    """Three ramps of each domain."""
    return [
        draw_ramp(Arguments(seed=5, domain=domain), index)
        for domain in ("abstract", "data-center-migration")
        for index in (1, 2, 3)
    ]
