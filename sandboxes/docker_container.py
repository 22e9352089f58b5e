"""One container: made, attached to, and taken away again."""

from __future__ import annotations

import os
import select
import socket
import struct
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from docker.errors import APIError, DockerException, NotFound

from sandboxes.cgroups import SlotGroup, find_parents, start_time

HOST_LABEL, PROCESS_LABEL = "evolve.host", "evolve.process"
_HEADER = struct.Struct(">BxxxL")  # of each piece the engine passes on: which stream, and how many bytes
_STDERR = 2
_CHUNK = 1 << 16
_KEPT_TEXT = 2000
_SEND_SECONDS = 60.0
_REMOVE_SECONDS = 5.0
_CONFLICT = 409


def labels() -> dict[str, str]:
    """Say on a container whose it is: this boot, this pid namespace, this process."""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    namespace = Path("/proc/self/ns/pid").readlink()
    return {HOST_LABEL: f"{boot} {namespace}", PROCESS_LABEL: f"{os.getpid()} {start_time(os.getpid())}"}


def reap_containers(api: Any) -> list[str]:
    """Remove the containers of host processes that are no more; their ids.

    Args:
        api: ``docker.APIClient``.
    """
    removed = []
    ours = labels()[HOST_LABEL]
    for found in api.containers(all=True, filters={"label": f"{HOST_LABEL}={ours}"}):
        pid, began = found["Labels"][PROCESS_LABEL].split()
        if start_time(int(pid)) != int(began):
            remove(api, found["Id"])
            removed.append(found["Id"])
    return removed


def remove(api: Any, container: str) -> None:
    """Kill and remove a container; returns when it is gone, or after some seconds."""
    until = time.monotonic() + _REMOVE_SECONDS
    while time.monotonic() < until:
        try:
            api.remove_container(container, force=True, v=True)
        except NotFound:
            return
        except APIError as failure:
            if failure.status_code != _CONFLICT:  # the engine is removing it by itself
                raise
            time.sleep(0.01)


class Container:
    """A running container and the stream to the worker in it; implements :class:`sandboxes.slot.Launched`.

    Args:
        api: ``docker.APIClient``.
        name: of the container.
        config: as the engine's interface wants it.

    Attributes:
        id: the engine's.

    Raises:
        docker.errors.DockerException: if the engine does not make, attach or start it.
    """

    def __init__(self, api: Any, name: str, config: Mapping[str, Any]) -> None:
        self._api = api
        self._said = b""
        self._raw, self._out = bytearray(), bytearray()
        self.id: str = api.create_container_from_config(dict(config), name)["Id"]
        try:
            parameters = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
            self._stream = api.attach_socket(self.id, parameters)
            self._socket: socket.socket = getattr(self._stream, "_sock", self._stream)
            api.start(self.id)
        except BaseException:
            remove(api, self.id)
            raise

    def send(self, data: bytes) -> None:
        """Hand over all of ``data``."""
        self._socket.settimeout(_SEND_SECONDS)
        self._socket.sendall(data)

    def receive(self, size: int, seconds: float) -> bytes:
        """At most ``size`` bytes of what the worker says, empty when it is gone.

        Raises:
            TimeoutError: if it says nothing for ``seconds``.
        """
        until = time.monotonic() + seconds
        while not self._out:
            self._socket.settimeout(max(1e-3, until - time.monotonic()))
            chunk = self._socket.recv(_CHUNK)
            if not chunk:
                return b""
            self._raw += chunk
            self._sort()
        taken = bytes(self._out[:size])
        del self._out[:size]
        return taken

    def is_quiet(self) -> bool:
        """True while the worker is there and says nothing."""
        return not (self._out or self._raw or select.select([self._socket], [], [], 0.0)[0])

    def diagnosis(self) -> str:
        """What the worker printed on stderr."""
        return self._said.decode("utf-8", "replace").strip()

    def kill(self) -> None:
        """End everything in the container."""
        # The worker ends when its input does, and the engine removes the container then.
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # the engine has hung up already

    def close(self) -> None:
        """End everything in the container and remove it."""
        self.kill()
        self._stream.close()
        try:
            remove(self._api, self.id)
        except (DockerException, OSError):
            return  # no engine, no container; a restarted one removes it, and the reaper sees to the rest

    def group(self, ordinary: bool) -> SlotGroup:
        """Its control group.

        Args:
            ordinary: True if this process may not write to the group's files itself.
        """
        pid = self._api.inspect_container(self.id)["State"]["Pid"]
        try:
            lines = Path(f"/proc/{pid}/cgroup").read_text()
        except OSError:
            lines = ""
        if self.id not in lines:  # the engine runs on another machine, or in a virtual one
            return _EngineGroup({}, {}, self._api, self.id)
        found = find_parents(member=Path(f"/proc/{pid}"))
        places = {name: best for name, (best, *_) in found.items() if self.id in str(best.folder)}
        folders = {name: place.folder for name, place in places.items()}
        versions = {name: place.version for name, place in places.items()}
        if ordinary:
            return _EngineGroup(folders, versions, self._api, self.id)
        return SlotGroup(folders, versions, make=False)

    def _sort(self) -> None:
        """Move whole and partial pieces from what came to where they belong."""
        while len(self._raw) >= _HEADER.size:
            stream, size = _HEADER.unpack_from(self._raw)
            end = _HEADER.size + size
            if stream == _STDERR:
                if len(self._raw) < end:
                    return
                self._said = (self._said + self._raw[_HEADER.size : end])[-_KEPT_TEXT:]
            else:
                have = self._raw[_HEADER.size : end]
                self._out += have
                if len(have) < size:  # the rest of this piece is still to come
                    self._raw = bytearray(_HEADER.pack(stream, size - len(have)))
                    return
            del self._raw[:end]


class _EngineGroup(SlotGroup):
    """The group of a container whose limits only the engine may change: about 60 ms when they do change."""

    def __init__(self, folders: Mapping[str, Path], versions: Mapping[str, int], api: Any, container: str) -> None:
        super().__init__(folders, versions, make=False)
        self._api, self._container = api, container
        self._limits: dict[str, int] = {}

    def limit_memory(self, size: int) -> None:
        self._update(Memory=size, MemorySwap=size)

    def limit_processes(self, count: int) -> None:
        self._update(PidsLimit=count)

    def resident_bytes(self) -> int:
        if self.folders:
            return super().resident_bytes()
        return int(self._api.stats(self._container, stream=False, one_shot=True)["memory_stats"]["usage"])

    def _update(self, **limits: int) -> None:
        if self._limits | limits == self._limits:
            return
        url = self._api._url("/containers/{0}/update", self._container)  # the SDK's own method knows no PidsLimit
        self._api._result(self._api._post_json(url, data=limits), json=True)
        self._limits |= limits
