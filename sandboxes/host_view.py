"""What of the host's files a sandbox may read: the interpreter, the shared libraries, the preloaded packages.

Never a home folder, never this project's own code or tests, never what an administrator put into ``/usr/local``.
"""

from __future__ import annotations

import importlib.util
import re
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from sandboxes.interface import SandboxUnavailableError

PYTHON, PACKAGES, TRUSTED = "/python", "/packages", "/trusted"
# Not -I: the environment is ours, and the fixed hash seed in it must be heeded.
INTERPRETER_OPTIONS = ("-P", "-s", "-S", "-B")
_TOP = ("bin", "lib", "lib64", "lib32", "sbin")
_SINGLE = ("/etc/alternatives", "/etc/ld.so.cache")
_LIBRARIES = ("OPENBLAS", "OMP", "MKL", "NUMEXPR")


def environment() -> dict[str, str]:
    """Environment of a worker, built from nothing."""
    made = {"PATH": "/usr/bin", "HOME": "/w", "TMPDIR": "/w", "LANG": "C.UTF-8", "PYTHONHASHSEED": "0"}
    return made | {f"{library}_NUM_THREADS": "1" for library in _LIBRARIES}


def start_code(module: str) -> str:
    """Python that starts the worker by ``main`` of one of its modules."""
    return f"import sys; sys.path[:0] = [{TRUSTED!r}, {PACKAGES!r}]; from worker.{module} import main; main()"


@dataclass(frozen=True)
class HostView:
    """Files of this machine as they appear in a sandbox, all read-only.

    Attributes:
        binds: (path here, path inside), in the order in which they must be mounted.
        hidden: folders inside over which an empty one lies.
        links: path inside -> what it points to.
        interpreter: path inside.
        environment: of the worker.
    """

    binds: Sequence[tuple[str, str]]
    hidden: Sequence[str]
    links: Mapping[str, str]
    interpreter: str
    environment: Mapping[str, str]


def host_view(preload: Sequence[str], shown: Sequence[str] = ()) -> HostView:
    """The view for the running interpreter.

    Args:
        preload: packages that candidates may import.
        shown: further ones, each with the packages it requires.

    Raises:
        SandboxUnavailableError: if one is not installed here.
    """
    base = Path(sys.base_prefix).resolve()
    executable = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    binds, hidden, links = [("/usr", "/usr")], ["/usr/local"], {}
    for name in _TOP:
        top = Path("/", name)
        if top.is_symlink():
            links[f"/{name}"] = f"usr/{name}"
        elif top.is_dir():
            binds.append((str(top), str(top)))
    binds += [(path, path) for path in _SINGLE if Path(path).exists()]
    variables = environment()
    if base == Path("/usr"):
        interpreter = str(executable)
    else:
        interpreter = f"{PYTHON}/{executable.relative_to(base)}"
        binds.append((str(base), PYTHON))
        site = Path(sysconfig.get_path("purelib", vars={"base": str(base)}))
        if site.is_dir() and site.is_relative_to(base):
            hidden.append(f"{PYTHON}/{site.relative_to(base)}")
        variables["LD_LIBRARY_PATH"] = f"{PYTHON}/lib"
    visible = {package.name: package for package in (*_package_folders(preload), *_with_requirements(shown))}
    binds += [(str(package), f"{PACKAGES}/{name}") for name, package in visible.items()]
    return HostView(binds, hidden, links, interpreter, variables)


def _package_folders(preload: Sequence[str]) -> list[Path]:
    """Folders and files of the preloaded packages outside the standard library, shared libraries included."""
    folders = []
    for name in sorted({module.partition(".")[0] for module in preload}):
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            raise SandboxUnavailableError(f"cannot preload {name!r} in the sandbox: no such package is installed here")
        if name in sys.stdlib_module_names:
            continue
        origin = Path(spec.origin)
        package = origin.parent if spec.submodule_search_locations else origin
        folders.append(package)
        libraries = package.parent / f"{name}.libs"
        if libraries.is_dir():
            folders.append(libraries)
    return folders


def _with_requirements(shown: Sequence[str]) -> list[Path]:
    """Folders and files of the distributions these packages come from, and of all they require that is installed."""
    if not shown:
        return []
    by_module = metadata.packages_distributions()
    modules = {module.partition(".")[0] for module in shown}
    unknown = sorted(module for module in modules if module not in by_module)
    pending = [name for module in modules for name in by_module.get(module, ())]
    found: dict[str, Path] = {path.name: path for path in _package_folders(unknown)}
    seen: set[str] = set()
    while pending:
        name = re.sub(r"[-_.]+", "-", pending.pop()).lower()
        if name in seen:
            continue
        seen.add(name)
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:  # required on other systems only
            continue
        for file in distribution.files or ():
            top = file.parts[0]
            path = Path(str(distribution.locate_file(top)))
            if top not in ("..", "__pycache__") and not top.endswith(".dist-info") and path.exists():
                found[top] = path
        required = [r for r in distribution.requires or () if "extra ==" not in r]
        pending += [re.split(r"[^\w.-]", requirement)[0] for requirement in required]
    return [found[name] for name in sorted(found)]
