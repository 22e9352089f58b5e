"""Islands: apart at first, together later, the same after a resume."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from evolve.campaign.config import PopulationSettings
from evolve.campaign.islands import Islands
from evolve.proposers.base import Member


def member(ordinal: int, score: float) -> Member:
    return Member(f"id{ordinal}", "", score, np.array([score, ordinal, -ordinal]), ordinal=ordinal)


def islands(**settings: int) -> Islands:
    return Islands(PopulationSettings(**{"size": 12, "islands": 3, "merge": 30, **settings}), 1.0)


def test_children_stay_on_their_island_until_all_are_one():
    found = islands()
    for k in range(1, 31):
        found.admit(member(k, 100.0 - k))
        assert {m.ordinal % 3 for m in found.home(k).members()} == {k % 3}
    assert found.count == 3
    before = {m.candidate_id for m in found.members()}
    one = found.home(31)
    assert found.count == 1
    assert {m.candidate_id for m in one.members()} == before
    assert found.home(2) is one, "a child whose life began before enters the one population as well"


def test_a_seed_is_on_every_island_and_gone_once_it_has_left_all():
    found = islands(size=3, same_fitness=1)
    found.admit(member(0, 50.0))
    assert [len(found.home(k)) for k in (1, 2, 3)] == [1, 1, 1]
    assert len(found.members()) == 1
    assert found.admit(member(1, 10.0)).displaced is None
    assert found.admit(member(2, 10.0)).displaced is None
    assert found.admit(member(3, 10.0)).displaced == "id0"


@given(st.lists(st.floats(0, 100), min_size=1, max_size=80), st.integers(1, 5))
def test_what_is_alive_founds_the_same_islands_again(scores, count):
    found = islands(islands=count, size=20)
    alive: dict[str, Member] = {}
    for k, score in enumerate(scores, 1):
        child = member(k, score)
        admission = found.admit(child)
        if admission.entered:
            alive[child.candidate_id] = child
        alive.pop(admission.displaced or "", None)
    again = islands(islands=count, size=20)
    for child in sorted(alive.values(), key=lambda m: m.ordinal):
        again.admit(child)
    last = len(scores)
    assert [m.candidate_id for m in again.members()] == [m.candidate_id for m in found.members()]
    for k in range(last + 1, last + 4):
        assert [m.candidate_id for m in again.home(k).members()] == [m.candidate_id for m in found.home(k).members()]
    assert found.best is not None
    assert found.best.score == min(scores)


def test_new_islands_after_a_restart():
    found = islands()
    for k in range(1, 40):
        found.admit(member(k, float(k)))
    found.found(40)
    assert found.count == 3
    assert found.members() == []
    assert found.best is None
    found.admit(member(41, 1.0))
    assert len(found.home(41)) == 1
    found.home(71)
    assert found.count == 1
