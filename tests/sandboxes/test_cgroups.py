"""Where groups lie and what is written into them, on each version; the real thing is under every other test here."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sandboxes.cgroups import Campaign, Parent, find_parents

V1 = """\
25 20 0:22 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
26 20 0:23 /docker/abc /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
27 20 0:24 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids
28 20 0:25 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
29 1 0:26 / /proc rw - proc proc rw
"""
V1_OWN = "4:memory:/jobs/7\n3:cpu,cpuacct:/docker/abc\n2:pids:/\n0::/\n"


def fake_proc(folder: Path, mounts: str, own: str) -> Path:
    (folder / "mountinfo").write_text(mounts)
    (folder / "cgroup").write_text(own)
    return folder


def test_version_1_groups_lie_below_our_own(tmp_path):
    assert find_parents(fake_proc(tmp_path, V1, V1_OWN)) == {
        "memory": [Parent(Path("/sys/fs/cgroup/memory/jobs/7"), 1)],
        "cpu": [Parent(Path("/sys/fs/cgroup/cpu,cpuacct"), 1)],
        "pids": [Parent(Path("/sys/fs/cgroup/pids"), 1)],
    }


@pytest.fixture
def version_2(tmp_path, monkeypatch):
    """A folder that fills new groups with control files as the kernel does; they cannot be removed, though."""
    real_mkdir, top = Path.mkdir, tmp_path / "hierarchy"

    def mkdir(folder: Path, *args, **kwargs) -> None:
        fresh = not folder.exists()
        real_mkdir(folder, *args, **kwargs)
        if fresh and top in folder.parents:
            fill(folder, (folder.parent / "cgroup.subtree_control").read_text())

    def fill(folder: Path, controllers: str) -> None:
        (folder / "cgroup.controllers").write_text(controllers)
        (folder / "cgroup.subtree_control").write_text("")
        (folder / "cgroup.procs").write_text("")
        (folder / "cpu.stat").write_text("usage_usec 5\n")
        (folder / "memory.stat").write_text("anon 1000\nfile 7\nkernel 200\nshmem 30\n")
        for name in ("memory.max", "memory.swap.max", "pids.max"):
            (folder / name).write_text("max")

    real_mkdir(top)
    fill(top, "cpu memory pids")
    (top / "cgroup.subtree_control").write_text("memory pids")
    own = top / "user"
    monkeypatch.setattr(Path, "mkdir", mkdir)
    own.mkdir()
    mounts = f"25 20 0:22 / {top} rw - cgroup2 cgroup2 rw\n"
    return own, find_parents(fake_proc(tmp_path, mounts, "0::/user\n"))


def test_version_2_hands_controllers_down_and_writes_limits(version_2):
    own, parents = version_2
    assert parents["memory"][0] == Parent(own, 2)
    (own / "cgroup.subtree_control").write_text("memory pids")
    campaign = Campaign(parents)
    folder = campaign.folders["memory"]
    assert folder.parent == own
    assert campaign.folders == dict.fromkeys(("memory", "pids", "cpu"), folder)
    # the kernel keeps a list; a plain file keeps the last word
    assert (folder / "cgroup.subtree_control").read_text() in ("+memory", "+pids")
    (folder / "cgroup.subtree_control").write_text("memory pids")
    group = campaign.slot("slot-1")
    assert group.procs_files() == [str(folder / "slot-1" / "cgroup.procs")]
    group.limit_memory(1 << 26)
    group.limit_processes(9)
    assert (folder / "slot-1" / "memory.max").read_text() == str(1 << 26)
    assert (folder / "slot-1" / "memory.swap.max").read_text() == "0"
    assert (folder / "slot-1" / "pids.max").read_text() == "9"
    assert group.resident_bytes() == 1230
    assert group.peak_bytes() is None


def test_version_2_without_the_right_to_write_is_no_group(version_2, monkeypatch):
    _, parents = version_2
    real_write = Path.write_text

    def refuse(path: Path, text: str) -> int:
        if path.name == "cgroup.subtree_control" and text:
            raise PermissionError(13, "denied", str(path))
        return real_write(path, text)

    monkeypatch.setattr(Path, "write_text", refuse)
    only_own = {name: places[:1] for name, places in parents.items()}
    assert set(Campaign(only_own).folders) == {"cpu"}  # CPU time is counted in any group


def test_version_2_steps_down_only_where_it_must(version_2, monkeypatch):
    """Processes beside child groups are forbidden: in a group delegated to us, they move into a leaf."""
    own, parents = version_2
    (own / "cgroup.procs").write_text("41\n42\n")
    real_write, moved = Path.write_text, []

    def busy_until_empty(path: Path, text: str) -> int:
        if path.parent.name == "evolve-host":
            moved.append(text)
        elif path == own / "cgroup.subtree_control" and text and len(moved) < 2:
            raise OSError(16, "busy", str(path))
        return real_write(path, text)

    monkeypatch.setattr(Path, "write_text", busy_until_empty)
    (own.parent / "cgroup.subtree_control").write_text("memory pids")
    assert Campaign(parents).folders["memory"].parent == own.parent
    assert moved == []
    only_own = {name: places[:1] for name, places in parents.items()}
    assert Campaign(only_own).folders["memory"].parent == own
    assert moved[-2:] == ["41", "42"]


def test_no_hierarchy_means_no_group(tmp_path):
    assert find_parents(fake_proc(tmp_path, "29 1 0:26 / /proc rw - proc proc rw\n", "0::/\n")) == {}
    campaign = Campaign({})
    assert campaign.folders == {}
    campaign.close()


def test_names_tell_whose_groups_they_are():
    campaign = Campaign()
    try:
        assert all(f"-{os.getpid()}-" in folder.name for folder in campaign.folders.values())
        assert all(folder.is_dir() for folder in campaign.folders.values())
    finally:
        campaign.close()
    assert not any(folder.exists() for folder in campaign.folders.values())
