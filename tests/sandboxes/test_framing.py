"""The encoding between host, supervisor and child."""

from __future__ import annotations

import os
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandboxes.worker.framing import frame, join, read_frame, split, write_all


@given(st.lists(st.binary(max_size=200)))
def test_what_is_joined_is_split_again(fields):
    assert split(join(fields)) == fields
    assert [split(part) for part in split(frame(*fields))] == [fields]


@given(st.binary(max_size=40))
def test_any_bytes_are_split_or_refused(data):
    try:
        fields = split(data)
    except ValueError:
        return
    assert join(fields) == data


def test_frames_larger_than_a_pipe():
    reading, writing = os.pipe()
    sent = frame(b"x" * 300_000, b"")
    thread = threading.Thread(target=lambda: (write_all(writing, sent), os.close(writing)))
    thread.start()
    assert split(read_frame(reading)) == [b"x" * 300_000, b""]
    with pytest.raises(EOFError):
        read_frame(reading)
    thread.join()
    os.close(reading)
