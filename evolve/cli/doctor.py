"""`evolve doctor`: what this machine can do and enforce."""

from __future__ import annotations

import os
import platform
import shutil
from importlib import metadata
from typing import Any

from evolve.cli.common import DONE, FAILED, JsonOption, console, finish, print_json

PACKAGES = ("numpy", "deap", "langgraph", "litellm", "openai", "sqlite-utils", "docker", "rich", "typer")


def doctor(as_json: JsonOption = False) -> None:
    """Probe the sandbox with small attacks and say what is enforced and what is missing."""
    from dataclasses import asdict

    from sandboxes import SandboxUnavailableError
    from sandboxes.probe import probe

    document: dict[str, Any] = {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": len(os.sched_getaffinity(0)),
        "user": "root" if os.geteuid() == 0 else "ordinary",
        "bwrap": shutil.which("bwrap"),
        "packages": {name: _version(name) for name in PACKAGES},
        "sandbox": None,
        "cpp": None,
        "problems": [],
    }
    try:
        document["sandbox"] = asdict(probe("auto"))
        document["cpp"] = _cpp()
    except SandboxUnavailableError as error:
        document["problems"].append(str(error))
    for name, version in document["packages"].items():
        if version is None:
            document["problems"].append(f"the package {name} is missing: install evolve again with `make setup`")
    if document["sandbox"]:
        escaped = [name for name, contained in document["sandbox"]["probes"].items() if not contained]
        if escaped:
            document["problems"].append(f"the sandbox did not contain: {', '.join(escaped)}")
    if as_json:
        print_json(document)
    else:
        _show(document)
    finish(FAILED if document["problems"] else DONE)


def _cpp() -> str:
    """What problems in C++ lack here, tried out, race detector included; else that they can be judged."""
    from evaluators.registry import locate
    from evaluators.spec import load_spec
    from evaluators.toolchains import toolchain
    from sandboxes.pool import open_pool

    with open_pool(slots=1, preload=()) as pool:
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
    sandbox = document["sandbox"]
    if sandbox:
        out.print(f"sandbox {sandbox['backend']} {sandbox['version']}, isolation as {sandbox['isolation']}")
        for limit in ("memory", "cpu", "processes"):
            weak = " [yellow](each process, not all together)[/yellow]" if sandbox[limit] == "rlimit" else ""
            out.print(f"  {limit} limited by {sandbox[limit]}{weak}")
        out.print(f"  network: {sandbox['network']}")
        for name, contained in sandbox["probes"].items():
            out.print(f"  attack {name}: " + ("[green]contained[/green]" if contained else "[red]NOT contained[/red]"))
    if document["cpp"]:
        out.print(f"C++: {document['cpp']}", markup=False)
    out.print(", ".join(f"{name} {version}" for name, version in document["packages"].items()), style="dim")
    for problem in document["problems"]:
        out.print(problem, style="red", markup=False)
    if not document["problems"]:
        out.print("everything needed is there", style="green")
