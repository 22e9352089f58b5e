"""Requests that a slot keeps from one job to the next."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

import pytest

from sandboxes import Job, Limits, SandboxPool, open_pool
from sandboxes.kept import KEPT_BYTES, Kept
from tests.support.docker_engine import docker_host

LENGTHS = Job(
    "def load(files):\n    return lambda request: b'%d %s' % (len(request), request[:3])\n", {},
    (b"one" * 1000, b"two", b"six" * 2000),
)  # fmt: skip
ANSWERS = (b"3000 one", b"3 two", b"6000 six")


@pytest.fixture(scope="module", params=["bubblewrap", "docker"])
def single(request: pytest.FixtureRequest) -> Iterator[SandboxPool]:
    """One slot."""
    where = request.getfixturevalue("engine") if request.param == "docker" else os.environ["DOCKER_HOST"]
    with docker_host(where):
        opened = open_pool(request.param, 1)
    with opened:
        yield opened


def test_what_is_kept_is_sent_once(single: SandboxPool) -> None:
    job = replace(LENGTHS, kept={0: "first", 2: "last"})
    assert single.run(job).responses == ANSWERS
    assert single.run(job).responses == ANSWERS
    # Under a name that is known nothing is sent, so the bytes are those of before.
    other = replace(job, requests=(b"uno" * 1000, b"due", b"sei" * 2000))
    assert single.run(other).responses == (b"3000 one", b"3 due", b"6000 six")
    assert single.run(replace(other, kept={})).responses == (b"3000 uno", b"3 due", b"6000 sei")


def test_what_is_kept_is_not_the_jobs_memory(single: SandboxPool) -> None:
    large = replace(LENGTHS, requests=(b"big" * (7 << 20),), limits=Limits(memory_bytes=96 << 20), kept={0: "big"})
    small = replace(LENGTHS, limits=Limits(memory_bytes=16 << 20))
    assert single.run(large).responses == (b"22020096 big",)
    assert single.run(large).responses == (b"22020096 big",)
    found = single.run(small)
    assert found.responses == ANSWERS
    assert found.peak_memory_bytes < 16 << 20


def test_the_oldest_is_forgotten_for_what_is_new(single: SandboxPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandboxes.kept.KEPT_BYTES", 10_000)
    jobs = [replace(LENGTHS, kept={0: f"first {k}", 2: f"last {k}"}) for k in range(3)]
    for job in (*jobs, *jobs):
        assert single.run(job).responses == ANSWERS


def test_a_request_too_large_to_keep_is_sent_each_time() -> None:
    kept = Kept()
    job = replace(LENGTHS, requests=(bytes(KEPT_BYTES + 1), b"x"), kept={0: "huge", 1: "x"})
    for sent in (b"x", b""):
        told, requests = kept.plan(job)
        assert [len(request) for request in requests] == [KEPT_BYTES + 1, len(sent)]
        assert told == {"kept": [(1, 1)], "forget": []}
    assert kept.bytes == 1


def test_room_is_made_by_the_longest_unused() -> None:
    kept, third = Kept(), bytes(KEPT_BYTES // 3)
    for name in "abc":
        kept.plan(replace(LENGTHS, requests=(third,), kept={0: name}))
    kept.plan(replace(LENGTHS, requests=(third,), kept={0: "a"}))
    told, _ = kept.plan(replace(LENGTHS, requests=(third,), kept={0: "d"}))
    assert told == {"kept": [(0, 4)], "forget": [2]}
    told, requests = kept.plan(replace(LENGTHS, requests=(third, third), kept={0: "a", 1: "b"}))
    assert requests[0] == b"" and requests[1] == third and told["forget"] == [3]
