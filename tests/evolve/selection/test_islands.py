"""Islands: apart at first, together later, the same after a resume."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from evolve.proposers.base import Member
from evolve.selection.islands import Islands
from evolve.selection.settings import PopulationSettings


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
    for k, left in ((1, 0b101), (2, 0b001), (3, 0)):
        assert found.admit(member(k, 10.0)).displaced == "id0"
        assert found.homes("id0") == left
    assert not found.find(["id0"])


def test_along_the_ring_copies_of_the_best_go_to_the_next_island():
    found = islands(migrate=10, migrants=1, merge=0)
    for k in range(1, 10):
        found.admit(member(k, 100.0 - k))
        assert not found.moves(k)
    (move,) = found.moves(10)
    assert (move.kind, move.ordinal, move.island) == ("migrated", 10, None)
    # 7, 8 and 9 are the best of islands 1, 2 and 0; each lives on two neighbours now
    assert move.homes == {"id7": 0b110, "id8": 0b101, "id9": 0b011}
    assert {m.ordinal for m in found.home(1).members()} == {1, 4, 7, 9}
    assert not found.moves(11)
    assert len(found.members()) == 9


def test_an_island_without_a_new_best_begins_anew_from_the_others_best():
    found = islands(reset=10, migrants=2, merge=0)
    for k in range(1, 13):
        found.admit(member(k, 50.0 if k % 3 else 100.0 - k))
    assert [found.home(k).best.ordinal for k in (1, 2, 3)] == [1, 2, 12]
    (move,) = found.moves(13)  # island 1 has the best of all and may stay as it is, island 0 found something lately
    assert (move.kind, move.island) == ("reset", 2)
    assert {m.ordinal for m in found.home(2).members()} == {1, 4, 9, 12}
    assert move.homes["id5"] == 0 and move.homes["id1"] == 0b110
    assert not found.moves(14)


@given(st.lists(st.floats(0, 100), min_size=1, max_size=90), st.sampled_from([(7, 0), (0, 9), (5, 11)]))
def test_who_lives_where_after_moves_can_be_put_back(scores, often):
    settings = {"migrate": often[0], "reset": often[1], "merge": 0, "size": 15}
    found, everybody, homes, moves = islands(**settings), {}, {}, []
    for k, score in enumerate(scores, 1):
        for move in found.moves(k):
            moves.append(move)
            homes |= move.homes
        child = everybody[f"id{k}"] = member(k, score)
        admission = found.admit(child)
        for name in (child.candidate_id if admission.entered else None, admission.displaced):
            if name is not None:
                homes[name] = found.homes(name)
    again = islands(**settings)
    again.restore([(everybody[name], bits) for name, bits in homes.items() if bits], moves)
    for k in range(len(scores) + 1, len(scores) + 20):
        assert again.moves(k) == found.moves(k)
        assert [m.ordinal for m in again.home(k).members()] == [m.ordinal for m in found.home(k).members()]


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
