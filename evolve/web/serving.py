"""The server: one process, one event loop, until Ctrl-C."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

PATIENCE_SECONDS = 2  # for what is under way when the server ends


def listen(host: str, port: int) -> socket.socket:
    """A socket that is bound; the port is then known, if any was good.

    Raises:
        OSError: if it cannot be.
    """
    ((family, *_, address), *_) = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
    except OSError:
        made.close()
        raise
    return made


def address_of(listening: socket.socket, host: str, token: str | None) -> str:
    """What to type into a browser."""
    port = listening.getsockname()[1]
    named = "[::1]" if host == "::" else "127.0.0.1" if host == "0.0.0.0" else f"[{host}]" if ":" in host else host  # noqa: S104
    return f"http://{named}:{port}/" + (f"?token={token}" if token else "")


class _Server(uvicorn.Server):
    """Says when it answers, and when it is told to end."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None], ending: Callable[[], None]) -> None:
        super().__init__(config)
        self.ready, self.ending = ready, ending

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.ending()
        super().handle_exit(sig, frame)


def serve(
    app: ASGIApp, listening: socket.socket, ready: Callable[[], None], ending: Callable[[], None] = lambda: None
) -> None:
    """Answer until Ctrl-C.

    Args:
        app: the application.
        listening: of :func:`listen`.
        ready: is called once it answers.
        ending: is called when it is told to end, to end what would go on for ever.
    """
    # No access log: it would have the token, and whoever asks is the person who reads it.
    # No warnings: whoever can reach the port could fill the terminal with them.
    config = uvicorn.Config(
        app, log_level="error", access_log=False, timeout_graceful_shutdown=PATIENCE_SECONDS, ws="none",
        proxy_headers=False,
    )  # fmt: skip
    with contextlib.suppress(KeyboardInterrupt):  # it is raised again once everything has ended
        _Server(config, ready, ending).run(sockets=[listening])
