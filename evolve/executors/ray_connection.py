"""Joining a Ray cluster, or starting a Ray of our own on this machine: the one place that imports Ray."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import threading
from collections.abc import Iterator
from typing import Any

from evolve.campaign.machine import CampaignError

INSTALL = (
    "the ray executor needs the package ray, which is not installed: `scripts/setup --ray` in a checkout, else "
    "pip install 'evolve-heuristics[ray]'"
)
_REACH_SECONDS = 5.0
_STORE_BYTES = 100 << 20
"""For Ray's object store: only the fresh instances of ``test`` ever lie there."""
_SETTINGS = {
    "RAY_USAGE_STATS_ENABLED": "0",  # Ray would report its use to its makers
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",  # under `uv run` it would send the working folder to the nodes
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # or it warns of a default that is to change
}


def load_ray(address: str | None) -> Any:
    """The module, which takes about a second; arguments and errors are those of :func:`connected`."""
    os.environ.update(_SETTINGS)
    if address is None:
        # Ray listens on all of a machine's addresses, and whoever reaches it may run programs.
        os.environ.setdefault("RAY_AUTH_MODE", "token")
    try:
        import ray
    except ImportError:
        raise CampaignError(INSTALL) from None
    return ray


@contextlib.contextmanager
def connected(address: str | None, cpus: int) -> Iterator[Any]:
    """The module, connected to a cluster; a connection the calling program has made already is used and kept.

    Args:
        address: ``HOST:PORT`` of a cluster, ``auto`` for the one this machine is part of, or None for a Ray that is
            started here, asks for a token, and ends with this.
        cpus: that such a Ray may use.

    Raises:
        CampaignError: one sentence; also if Ray is not installed.
    """
    ray = load_ray(address)
    if ray.is_initialized():
        yield ray
        return
    with _our_sigterm():
        if address is None:
            _start(ray, cpus)
        else:
            _join(ray, address)
    # What befalls nodes it would print on stdout, where our documents go, and there is no other switch.
    ray._private.worker._worker_logs_enabled = False
    try:
        yield ray
    finally:
        ray.shutdown()


def _start(ray: Any, cpus: int) -> None:
    try:
        ray.init(
            address="local", num_cpus=cpus, num_gpus=0, include_dashboard=False, object_store_memory=_STORE_BYTES,
            log_to_driver=False, logging_level=logging.CRITICAL,
        )  # fmt: skip
    except Exception as error:  # it raises whatever comes, plain Exception included
        raise CampaignError(f"Ray could not be started on this machine: {_short(error)}") from error


def _join(ray: Any, address: str) -> None:
    if address != "auto":
        host, _, port = address.rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), _REACH_SECONDS).close()
        except OSError as error:
            raise CampaignError(
                f"no Ray cluster answers at {address} ({error.strerror or error}): `ray start --head` prints the "
                "address of the one it starts"
            ) from None
    try:
        ray.init(address=address, log_to_driver=False, logging_level=logging.CRITICAL)
    except ConnectionError as error:
        if address != "auto":
            raise CampaignError(_not_joined(address, error)) from error
        raise CampaignError(
            "no Ray is running on this machine: `ray start --head` starts one, --ray-address HOST:PORT names one that "
            "runs elsewhere"
        ) from None
    except Exception as error:  # versions that do not fit, a head that hangs: it has no class of its own for them
        raise CampaignError(_not_joined(address, error)) from error


def _not_joined(address: str, error: Exception) -> str:
    return (
        f"the Ray cluster at {address} could not be joined: {_short(error)} (this machine must be part of it, with the "
        "same version of Ray and, if it asks for one, the same token: RAY_AUTH_MODE, RAY_AUTH_TOKEN)"
    )


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:400]


@contextlib.contextmanager
def _our_sigterm() -> Iterator[None]:
    """Ray puts a handler of its own in the place of whoever handles SIGTERM."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
