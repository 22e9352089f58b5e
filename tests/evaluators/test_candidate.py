"""A candidate's id depends on its language and files, on nothing else, and two candidates never share one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluators.candidate import Candidate


def test_id_is_the_same_on_every_machine_and_for_ever():
    assert (
        Candidate("python", {"candidate.py": b"x = 1\n"}).id
        == "978a3bc96eea2097ca7ed5c0e3fd4aea5a1f32e54f7e4887c818a9a91f3c0969"
    )


def test_order_of_files_does_not_matter():
    assert Candidate("cpp", {"a": b"1", "b": b"2"}).id == Candidate("cpp", {"b": b"2", "a": b"1"}).id


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("python", {"a": b"bc"}), ("python", {"ab": b"c"})),
        (("python", {"a": b"", "b": b""}), ("python", {"a": b"b", "": b""})),
        (("python", {"a": b"1", "b": b"2"}), ("python", {"a": b"1b2"})),
        (("python", {"a": b"1", "b": b"2"}), ("python", {"a": b"2", "b": b"1"})),
        (("python", {"a": b"x"}), ("pytho", {"na": b"x"})),
        (("python", {"a": b"x"}), ("cpp", {"a": b"x"})),
        (("python", {"a": b"\0"}), ("python", {"a\0": b""})),
        (("python", {}), ("python", {"": b""})),
    ],
)
def test_what_could_be_confused_has_different_ids(one, other):
    assert Candidate(*one).id != Candidate(*other).id


files = st.dictionaries(st.text("ab\0", max_size=2), st.binary(max_size=2), max_size=3)


@given(files, files)
def test_ids_are_equal_exactly_if_the_files_are(one, other):
    assert (Candidate("python", one).id == Candidate("python", other).id) == (one == other)


@pytest.mark.parametrize("text", ["a = 1\nb = 2", "a = 1\nb = 2\n", "a = 1\r\nb = 2\r\n", "a = 1\rb = 2\n\n\n"])
def test_text_gets_plain_line_ends_and_one_at_the_end(text):
    candidate = Candidate.of_text(text)
    assert candidate.files == {"candidate.py": b"a = 1\nb = 2\n"}
    assert candidate.text() == candidate.text("candidate.py") == "a = 1\nb = 2\n"


def test_text_of_a_candidate_with_several_files():
    candidate = Candidate("cpp", {"b.h": b"b", "a.cpp": "ä".encode()})
    assert (candidate.text("b.h"), candidate.text()) == ("b", "ä")
