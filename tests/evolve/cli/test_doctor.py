"""`evolve doctor`: says what this machine enforces, having tried it."""

from __future__ import annotations


def test_as_json(evolve) -> None:
    ran = evolve("doctor", "--json")
    document = ran.document()
    assert ran.code == 0, document["problems"]
    assert document["problems"] == []
    assert document["cores"] >= 1
    assert document["bwrap"]
    assert all(document["packages"].values())
    assert "ray" in document
    sandbox = document["sandbox"]
    assert sandbox["backend"] == "bubblewrap"
    assert sandbox["network"] == "none"
    assert len(sandbox["probes"]) == 6
    assert all(sandbox["probes"].values())
    assert ran.err == ""


def test_for_people(evolve) -> None:
    ran = evolve("doctor")
    assert ran.code == 0
    assert "everything needed is there" in ran.out
    assert ran.out.count("contained") == 6


def test_a_missing_sandbox_fails_and_says_what_to_install(evolve, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    ran = evolve("doctor")
    assert ran.code == 1
    assert "bubblewrap" in ran.out
    assert "install" in ran.out


def test_each_backend_is_put_to_the_test(evolve, with_engine: None) -> None:
    ran = evolve("doctor", "--build-image", "--json")
    document = ran.document()
    assert ran.code == 0, document["problems"]
    assert document["image"].startswith("evolve-bare:")
    assert list(document["sandboxes"]) == ["docker", "bubblewrap"]
    assert document["sandbox"] == document["sandboxes"]["docker"]
    for name, found in document["sandboxes"].items():
        assert (found["backend"], found["network"]) == (name, "none")
        assert all(found["probes"].values())
        if found["memory"] == "cgroup":
            assert found["cpp"].endswith("sanitizers and race detector work")


def test_a_missing_engine_is_told_and_is_no_problem_with_another_sandbox(evolve) -> None:
    document = evolve("doctor", "--json").document()
    assert "no Docker engine answers" in document["sandboxes"]["docker"]["unavailable"]
    ran = evolve("doctor", "--sandbox", "docker", "--build-image")
    assert ran.code == 1
    assert "no Docker engine answers" in ran.out
