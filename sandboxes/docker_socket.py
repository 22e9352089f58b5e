"""Does a Docker engine answer? Asked without the SDK, whose import alone takes longer than this may."""

from __future__ import annotations

import os
import socket
from urllib.parse import urlsplit

DEFAULT = "unix:///var/run/docker.sock"
_PATIENCE_SECONDS = 0.5
_PORTS = {"tcp": 2375, "http": 2375, "https": 2376, "ssh": 22}
_PING = b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n"


def address() -> str:
    """Where the engine is: ``DOCKER_HOST``, else the usual socket."""
    return os.environ.get("DOCKER_HOST") or DEFAULT


def answers() -> bool:
    """True if an engine answers there within half a second; of one behind TLS or SSH only the port is tried."""
    url = urlsplit(address())
    try:
        if url.scheme == "unix":
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(_PATIENCE_SECONDS)
                connection.connect(url.path)
                connection.sendall(_PING)
                return b" 200 " in connection.recv(64)
        port = url.port or _PORTS.get(url.scheme, 0)
        with socket.create_connection((url.hostname or "", port), _PATIENCE_SECONDS):
            return True
    except (OSError, ValueError):
        return False
