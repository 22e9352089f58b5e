"""A problem that leaks fails the audit, and the leak is called by its name; one that does not passes."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from dataclasses import replace

import pytest
from leaky import LEAKY, make_leaky, make_online

from evaluators.audit.leaks import REMEDIES, Leak
from evaluators.audit.red_team import RedTeam
from evaluators.registry import load_problem
from sandboxes import Reason


def prove(team: RedTeam, proof: str) -> list[tuple[Leak, str]]:
    """What the inspections find, and the attack that is called ``proof``, if it is one."""
    found = team.inspect()
    attack = team.attacks.get(proof.partition("[")[0])
    if attack is not None:
        found += [result.finding for result in team.run(attack) if result.finding is not None]
    return [(finding.leak, finding.attack) for finding in found]


@pytest.mark.parametrize("name", LEAKY)
def test_each_leak_is_found_and_named(name, red_team, tmp_path) -> None:
    leak, proof, _ = LEAKY[name]
    team = red_team(make_leaky(name, tmp_path / "leaky"))
    assert (leak, proof) in prove(team, proof)


def test_the_proofs_find_nothing_where_nothing_leaks(red_team, tmp_path) -> None:
    LEAKY["nothing"] = (Leak.FORGED_RESULT, "", ())
    try:
        team = red_team(make_leaky("nothing", tmp_path / "tight"))
    finally:
        del LEAKY["nothing"]
    for _, proof, _ in LEAKY.values():
        assert prove(team, proof) == []


FUTURE = "decisions_by_everything_visible"


def test_the_future_in_an_observation_is_found(red_team, tmp_path) -> None:
    assert prove(red_team(make_online(tmp_path / "online", leak=True)), FUTURE) == [(Leak.FUTURE_VISIBLE, FUTURE)]


def test_a_tight_simulator_passes(red_team, tmp_path) -> None:
    assert prove(red_team(make_online(tmp_path / "online")), FUTURE) == []


def test_the_whole_instance_in_the_candidates_process_is_found(red_team, tmp_path) -> None:
    found = prove(red_team(make_online(tmp_path / "online", simulator=False)), FUTURE)
    assert found == [(Leak.FUTURE_VISIBLE, "online_without_simulator"), (Leak.FUTURE_VISIBLE, FUTURE)]


def test_nobody_looking_for_knowledge_of_the_future_is_found(red_team, tmp_path) -> None:
    found = prove(red_team(make_online(tmp_path / "online", leak=True, pairs=0)), FUTURE)
    assert found == [(Leak.FUTURE_VISIBLE, "online_without_pairs")]


class Holed:
    """A sandbox with a hole: what it says of one attack's job is something else."""

    def __init__(self, pool, holes) -> None:
        self.pool, self.holes, self.capabilities = pool, holes, pool.capabilities

    def run(self, job, gate=None):
        outcome = self.pool.run(job, gate)
        source = job.files.get("candidate.py", b"")
        for title, change in self.holes.items():
            if title in source if title else not job.files:
                outcome = replace(outcome, **change)
        return outcome


@pytest.mark.parametrize(
    ("attack", "hole", "leak"),
    [
        ("network", {b"any network": {"stdout": "PWNED socket"}}, Leak.NETWORK),
        ("host_files_read", {b"on the host": {"stderr": "x\nPWNED read /etc/shadow"}}, Leak.HOST_READABLE),
        ("sleep_deaf_to_signals", {b"and sleeps": {"wall_seconds": 60.0}}, Leak.LIMIT_NOT_HELD),
        ("fork_bomb", {b"without end": {"reason": Reason.FINISHED}}, Leak.LIMIT_NOT_HELD),
        ("everybody_signalled", {b"": {"reason": Reason.INTERNAL_ERROR}}, Leak.SANDBOX_DAMAGED),
        ("memory_bomb", {b"there is none": {"reason": Reason.INTERNAL_ERROR}}, Leak.SANDBOX_DAMAGED),
        ("daemon", {b"": {"responses": (b'{"/tmp": ["x"]}',)}}, Leak.LEFT_BEHIND),
    ],
)
def test_holes_of_the_sandbox_are_named(attacked_pool, tmp_path, attack, hole, leak) -> None:
    problem = load_problem(str(make_online(tmp_path / "online")))
    team = RedTeam(problem, problem.spec.entry_point(), Holed(attacked_pool, {}))
    team._pool.holes = hole
    results = team.run(team.attacks[attack])
    assert {result.finding.leak for result in results if result.finding} == {leak}


def test_what_outlives_a_job_is_seen_on_the_host(attacked_pool, tmp_path, monkeypatch) -> None:
    """A process that has the attack's name, as one that it left behind would."""
    problem = load_problem(str(make_online(tmp_path / "online")))
    team = RedTeam(problem, problem.spec.entry_point(), attacked_pool)
    monkeypatch.setattr("evaluators.audit.red_team._GONE_SECONDS", 0.1)
    monkeypatch.setattr("evaluators.audit.arming._numbers", itertools.repeat(0xAAAAA))
    name = f"ev{os.getpid():x}.{0xAAAAA:x}"[:15].encode()
    program = f"import ctypes, time; ctypes.CDLL(None).prctl(15, {name!r}); print(1, flush=True); time.sleep(60)"
    left = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    try:
        left.stdout.readline()
        (result,) = team.run(team.attacks["network"])
    finally:
        left.kill()
        left.communicate()
    assert result.finding.leak is Leak.LEFT_BEHIND
    assert str(left.pid) in result.finding.evidence


def test_every_leak_has_one_sentence_on_how_to_close_it() -> None:
    assert set(REMEDIES) == set(Leak)
    assert all(remedy and "\n" not in remedy for remedy in REMEDIES.values())
