"""`evolve doctor`: what this machine can do and enforce."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Sequence
from importlib import metadata
from typing import Annotated, Any

import typer

from evolve.cli.common import DONE, FAILED, JsonOption, SandboxOption, check_choice, console, finish, print_json

PACKAGES = ("numpy", "deap", "langgraph", "litellm", "openai", "sqlite-utils", "docker", "rich", "typer")


def doctor(
    sandbox: SandboxOption = "auto",
    build_image: Annotated[
        bool, typer.Option("--build-image", help="Make the Docker image that needs no registry, then probe.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Probe each sandbox with small attacks and say what is enforced and what is missing."""
    from sandboxes.interface import BACKENDS

    check_choice("--sandbox", sandbox, BACKENDS)
    document: dict[str, Any] = {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": len(os.sched_getaffinity(0)),
        "user": "root" if os.geteuid() == 0 else "ordinary",
        "bwrap": shutil.which("bwrap"),
        "packages": {name: _version(name) for name in PACKAGES},
        "ray": _version("ray"),
        "image": None,
        "sandbox": None,
        "sandboxes": {},
        "problems": [],
    }
    if build_image:
        _build_image(document)
    _probe(document, BACKENDS[1:] if sandbox == "auto" else (sandbox,))
    for name, version in document["packages"].items():
        if version is None:
            document["problems"].append(f"the package {name} is missing: install evolve again with `make setup`")
    if as_json:
        print_json(document)
    else:
        _show(document)
    finish(FAILED if document["problems"] else DONE)


def _build_image(document: dict[str, Any]) -> None:
    from sandboxes import SandboxUnavailableError
    from sandboxes.docker_engine import build_image

    try:
        document["image"] = build_image()
    except SandboxUnavailableError as error:
        document["problems"].append(str(error))


def _probe(document: dict[str, Any], backends: Sequence[str]) -> None:
    """Fill in ``sandboxes`` (what each enforces, or why it cannot be used) and ``sandbox``, the one that auto takes."""
    from dataclasses import asdict

    from sandboxes import SandboxUnavailableError
    from sandboxes.probe import probe

    refusals = []
    for backend in backends:
        try:
            found = asdict(probe(backend))
        except SandboxUnavailableError as error:
            document["sandboxes"][backend] = {"backend": backend, "unavailable": str(error)}
            refusals.append(str(error))
            continue
        found["cpp"] = _cpp(backend)
        document["sandboxes"][backend] = found
        document["sandbox"] = document["sandbox"] or found
        escaped = [name for name, contained in found["probes"].items() if not contained]
        if escaped:
            document["problems"].append(f"the {backend} sandbox did not contain: {', '.join(escaped)}")
    if document["sandbox"] is None:
        document["problems"] += refusals


def _cpp(backend: str) -> str:
    """What problems in C++ lack in this sandbox, tried out, race detector included; else that they can be judged."""
    from evaluators.registry import locate
    from evaluators.spec import load_spec
    from evaluators.toolchains import toolchain
    from sandboxes.pool import open_pool

    with open_pool(backend, slots=1, preload=()) as pool:
        lacking = toolchain("cpp").lacking(load_spec(locate("kernels/prefix-sum")), pool)
        return lacking or f"{toolchain('cpp').facts(pool)['compiler']}, sanitizers and race detector work"


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _show(document: dict[str, Any]) -> None:
    out = console()
    out.print(f"Python {document['python']}, {document['cores']} cores, {document['user']} user", markup=False)
    if document["image"]:
        out.print(f"image {document['image']} is there")
    for sandbox in document["sandboxes"].values():
        if "unavailable" in sandbox:
            out.print(f"sandbox {sandbox['backend']}: {sandbox['unavailable']}", style="dim", markup=False)
            continue
        chosen = " (the default here)" if sandbox is document["sandbox"] else ""
        out.print(f"sandbox {sandbox['backend']} ({sandbox['version']}), isolation as {sandbox['isolation']}{chosen}")
        for limit in ("memory", "cpu", "processes"):
            weak = " [yellow](each process, not all together)[/yellow]" if sandbox[limit] == "rlimit" else ""
            out.print(f"  {limit} limited by {sandbox[limit]}{weak}")
        out.print(f"  network: {sandbox['network']}")
        for name, contained in sandbox["probes"].items():
            out.print(f"  attack {name}: " + ("[green]contained[/green]" if contained else "[red]NOT contained[/red]"))
        out.print(f"  C++: {sandbox['cpp']}", markup=False)
    out.print(", ".join(f"{name} {version}" for name, version in document["packages"].items()), style="dim")
    if document["ray"] is None:
        from evolve.executors.ray_connection import INSTALL

        out.print(INSTALL, style="dim", markup=False)
    else:
        out.print(f"ray {document['ray']}: --executor ray judges on a cluster", style="dim")
    for problem in document["problems"]:
        out.print(problem, style="red", markup=False)
    if not document["problems"]:
        out.print("everything needed is there", style="green")
