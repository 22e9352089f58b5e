"""What comes out of a sandbox is read strictly: every oddity is a wrong answer, never a failure of ours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluators.problem import WrongAnswerError
from evaluators.strict import parse_json


def test_plain_answers():
    assert parse_json(b'{"order": [2, 0, 1], "start": [0.5, 1e3]}') == {"order": [2, 0, 1], "start": [0.5, 1000.0]}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"", "not JSON"),
        (b"[1, 2", "not JSON"),
        (b"[1] [2]", "not JSON"),
        (b"\xff\xfe[\x001\x00]\x00", "not JSON"),
        (b'"\xc3"', "not JSON"),
        (b"NaN", "NaN, which is not a number"),
        (b"[Infinity]", "Infinity, which is not a number"),
        (b"[-Infinity]", "-Infinity, which is not a number"),
        (b"[1e999]", "1e999, which is too large"),
        (b"[-1.0e400]", "-1.0e400, which is too large"),
        (b"9" * 5000, "not JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[" + b"1," * (3 << 20) + b"1]", "more than 4194304"),
    ],
)
def test_odd_answers_are_wrong_answers(answer, said):
    with pytest.raises(WrongAnswerError, match=said):
        parse_json(answer)


@given(st.binary(max_size=60) | st.text(alphabet='[]{}",:0123456789eE+-.NaIinfty', max_size=40).map(str.encode))
def test_any_bytes_are_an_answer_or_a_wrong_answer(answer):
    try:
        parse_json(answer)
    except WrongAnswerError as error:
        assert str(error).startswith("the answer ")
