"""Control groups for slots: version 1, version 2 and both at once, as root or in a delegated subtree.

They nest campaign > slot > candidate. A slot's group is made before its launcher starts, the launcher enters it by
itself, and every candidate is forked inside: moving a process costs milliseconds, so none is ever moved. Limits and
counters of the slot's group are the candidate's, since a slot runs one candidate at a time.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

CONTROLLERS = ("memory", "pids", "cpu")
PREFIX = "evolve-"
_V1_NAMES = {"memory": "memory", "pids": "pids", "cpu": "cpuacct"}
_REMOVE_SECONDS = 2.0


@dataclass(frozen=True)
class Parent:
    """A folder of a controller in which we may make groups."""

    folder: Path
    version: int


def find_parents(proc: Path = Path("/proc/self"), member: Path | None = None) -> dict[str, list[Parent]]:
    """Controller -> where groups may lie, best first: below our own group, else at the top of the hierarchy.

    Args:
        proc: folder with ``mountinfo`` and ``cgroup`` of this process.
        member: folder with the ``cgroup`` of the process whose group is meant, if that is another one.
    """
    own = {}
    for line in ((member or proc) / "cgroup").read_text().splitlines():
        _, names, path = line.split(":", 2)
        for name in names.split(","):
            own[name] = path
    found: dict[str, list[Parent]] = {}
    mounts = sorted(_mounts(proc), key=lambda mount: mount[0])  # a controller bound to version 1 is not in version 2
    for kind, options, root, point in mounts:
        if kind == "cgroup":
            for name, v1_name in _V1_NAMES.items():
                if v1_name in options:
                    found[name] = [Parent(_below(point, root, own.get(v1_name, "/")), 1)]
        else:
            group = _below(point, root, own.get("", "/"))
            for name in CONTROLLERS:
                if name not in found:
                    places = [Parent(group, 2), Parent(Path(point), 2)]
                    found[name] = [place for place in places if _offers(place.folder, name)]
    return {name: places for name, places in found.items() if places}


def hierarchies(proc: Path = Path("/proc/self")) -> set[Path]:
    """Where hierarchies are mounted; a container engine makes its groups in each of them."""
    return {Path(point) for _, _, _, point in _mounts(proc)}


def _mounts(proc: Path) -> Iterator[tuple[str, set[str], str, str]]:
    """(``cgroup`` or ``cgroup2``, options, group at its root, where it is mounted) of each control group mount."""
    for line in (proc / "mountinfo").read_text().splitlines():
        before, _, after = line.partition(" - ")
        kind, _, options = after.split(maxsplit=2)
        if kind in ("cgroup", "cgroup2"):
            root, point = before.split()[3:5]
            yield kind, set(options.split(",")), root, point


def _below(point: str, root: str, path: str) -> Path:
    relative = os.path.relpath(path, root) if path.startswith(root) else "."
    return Path(point) if relative == "." or relative.startswith("..") else Path(point) / relative


def _offers(folder: Path, controller: str) -> bool:
    if controller == "cpu":
        return (folder / "cpu.stat").exists()  # version 2 counts CPU time in every group, controller or not
    try:
        return controller in (folder / "cgroup.controllers").read_text().split()
    except OSError:
        return False


def campaign_name() -> str:
    """A new name that tells whose groups (or containers) they are, for the reaper."""
    return f"{PREFIX}{os.getpid()}-{start_time(os.getpid())}-{time.monotonic_ns():x}"


class Campaign:
    """The group of one host process, in which its slots' groups lie.

    Attributes:
        folders: controller -> its folder; a controller we may not use is missing.
        versions: controller -> 1 or 2.
    """

    def __init__(self, parents: Mapping[str, list[Parent]] | None = None) -> None:
        self.folders: dict[str, Path] = {}
        self.versions: dict[str, int] = {}
        name = campaign_name()
        places = find_parents() if parents is None else parents
        for controller, found in places.items():
            if found[0].version == 1 and _make(found[0].folder / name, 1, controller, step_down=False):
                self.folders[controller] = found[0].folder / name
                self.versions[controller] = 1
        self._make_version_2(name, {c: found for c, found in places.items() if found[0].version == 2})

    def _make_version_2(self, name: str, places: Mapping[str, list[Parent]]) -> None:
        """A process is in one group of version 2 only: use the first place that has all controllers, or most.

        Moving our own processes down into a leaf is tried last.
        """
        folders = list(dict.fromkeys(place.folder for found in places.values() for place in found))
        best: tuple[Path, list[str]] | None = None
        for step_down, parent in [(False, folder) for folder in folders] + [(True, folder) for folder in folders]:
            folder = parent / name
            ready = [c for c, found in places.items() if Parent(parent, 2) in found and _make(folder, 2, c, step_down)]
            if best is None or len(ready) > len(best[1]):
                best = folder, ready
            if len(ready) == len(places):
                break
        for folder in folders:
            if best is not None and folder / name != best[0]:
                remove(folder / name, patience=0.0)
        if best is not None:
            for controller in best[1]:
                self.folders[controller] = best[0]
                self.versions[controller] = 2

    def slot(self, name: str) -> SlotGroup:
        """A new group for one slot."""
        return SlotGroup({c: folder / name for c, folder in self.folders.items()}, self.versions)

    def close(self) -> None:
        """Remove the groups, which must be empty by now."""
        for folder in set(self.folders.values()):
            remove(folder)


def _make(folder: Path, version: int, controller: str, step_down: bool) -> bool:
    """Make ``folder`` with ``controller`` ready for its children; False if we may not.

    In version 2 all controllers share one folder, which may be there already.
    """
    shared = folder.exists()
    try:
        needs_enabling = version == 2 and controller != "cpu"
        if needs_enabling:
            _enable(folder.parent, controller, step_down)
        folder.mkdir(exist_ok=True)
        if needs_enabling:
            _enable(folder, controller, step_down=False)
    except OSError:
        if not shared:
            remove(folder, patience=0.0)
        return False
    return True


def _enable(folder: Path, controller: str, step_down: bool) -> None:
    """Hand ``controller`` to the children of a version 2 group.

    Version 2 forbids processes beside child groups, so in a group delegated to us ours ``step_down`` into a leaf first.
    """
    control = folder / "cgroup.subtree_control"
    if controller in control.read_text().split():
        return
    try:
        control.write_text(f"+{controller}")
    except OSError:
        members = (folder / "cgroup.procs").read_text().split()
        if not step_down or not members:
            raise
        leaf = folder / f"{PREFIX}host"
        leaf.mkdir(exist_ok=True)
        for pid in members:
            (leaf / "cgroup.procs").write_text(pid)
        control.write_text(f"+{controller}")


class SlotGroup:
    """The group of one slot.

    Args:
        folders: controller -> its folder.
        versions: controller -> 1 or 2.
        make: True to make the folders here and remove them at the end; False if an engine does so.

    Attributes:
        folders: as given.
    """

    def __init__(self, folders: Mapping[str, Path], versions: Mapping[str, int], make: bool = True) -> None:
        self.folders = dict(folders)
        self._versions = dict(versions)
        self._make = make
        self._memory: int | None = None
        self._processes: int | None = None
        for folder in set(self.folders.values()) if make else ():
            folder.mkdir()
        self._peak_fd = self._open_peak()

    def procs_files(self) -> list[str]:
        """Files into which a process writes ``0`` to enter."""
        return [str(folder / "cgroup.procs") for folder in sorted(set(self.folders.values()))]

    def limit_memory(self, size: int) -> None:
        """Limit memory, swap included, to ``size`` bytes; free of cost if that is the limit already."""
        folder = self.folders.get("memory")
        if folder is None or size == self._memory:
            return
        if self._versions["memory"] == 2:
            (folder / "memory.max").write_text(str(size))
            _write_if_there(folder / "memory.swap.max", "0")
        else:
            # the limit with swap may never be below the one without: widen it first, narrow it last
            if self._memory is None or size > self._memory:
                _write_if_there(folder / "memory.memsw.limit_in_bytes", str(size) if self._memory else "-1")
            (folder / "memory.limit_in_bytes").write_text(str(size))
            _write_if_there(folder / "memory.memsw.limit_in_bytes", str(size))
        self._memory = size

    def limit_processes(self, count: int) -> None:
        """Limit processes and threads to ``count``; free of cost if that is the limit already."""
        folder = self.folders.get("pids")
        if folder is not None and count != self._processes:
            (folder / "pids.max").write_text(str(count))
            self._processes = count

    def resident_bytes(self) -> int:
        """Memory of the group that the kernel could not just drop: anonymous, kernel, shared."""
        folder = self.folders.get("memory")
        if folder is None:
            return 0
        stat = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
        if self._versions["memory"] == 2:
            return int(stat["anon"]) + int(stat["shmem"]) + int(stat.get("kernel", stat.get("slab", "0")))
        kernel = folder / "memory.kmem.usage_in_bytes"
        return int(stat["rss"]) + int(stat.get("shmem", "0")) + (int(kernel.read_text()) if kernel.exists() else 0)

    def reset_peak(self) -> None:
        """Let :meth:`peak_bytes` begin anew."""
        if self._peak_fd is not None:
            os.pwrite(self._peak_fd, b"0", 0)

    def peak_bytes(self) -> int | None:
        """Most memory used since :meth:`reset_peak`, or None where the kernel cannot say."""
        return None if self._peak_fd is None else int(os.pread(self._peak_fd, 32, 0))

    def close(self) -> None:
        """Remove the group, waiting a moment for its last process to be gone."""
        if self._peak_fd is not None:
            os.close(self._peak_fd)
            self._peak_fd = None
        for folder in set(self.folders.values()) if self._make else ():
            remove(folder)

    def _open_peak(self) -> int | None:
        folder = self.folders.get("memory")
        if folder is None:
            return None
        name = "memory.peak" if self._versions["memory"] == 2 else "memory.max_usage_in_bytes"
        try:
            fd = os.open(folder / name, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return None  # before Linux 6.12 version 2 has no peak that can be reset
        try:
            os.pwrite(fd, b"0", 0)
        except OSError:
            os.close(fd)
            return None
        return fd


def remove(folder: Path, patience: float = _REMOVE_SECONDS) -> bool:
    """Remove a group and those in it; False if processes remain in it for ``patience`` seconds."""
    until = time.monotonic() + patience
    while True:
        try:
            for child in _children(folder):
                child.rmdir()
            folder.rmdir()
        except FileNotFoundError:
            return True
        except OSError:
            if time.monotonic() > until:
                return False
            time.sleep(0.005)
        else:
            return True


def _children(folder: Path) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        yield from [Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False)]


def start_time(pid: int) -> int:
    """When a process started, in ticks since boot; with the pid it names a process for ever. 0 if there is none."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    except OSError:
        return 0


def _write_if_there(path: Path, text: str) -> None:
    """For files that exist only where the kernel accounts swap."""
    if path.exists():
        path.write_text(text)
