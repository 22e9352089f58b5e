"""What the folders promise each other, checked on the sources themselves."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MAY_IMPORT = {
    "sandboxes": {"sandboxes"},
    "evaluators": {"sandboxes", "evaluators"},
    "evolve": {"sandboxes", "evaluators", "evolve"},
}
OURS = {*MAY_IMPORT, "tests", "benchmarks", "datasets", "prompts"}
HEAVY = {
    "deap", "docker", "fastapi", "jinja2", "langchain_core", "langgraph", "litellm", "matplotlib", "mcp", "numpy",
    "openai", "ortools", "pandas", "plotly", "pygments", "ray", "sqlite_utils", "starlette", "uvicorn",
}  # fmt: skip
TEXT = {".py", ".md", ".toml", ".txt", ".j2", ".json", ".yml", ".yaml", ".cfg", ".csv", ""}
LINES_WANTED, LINES_ALLOWED = 400, 500


@cache
def tracked_files() -> tuple[str, ...]:
    """Paths below the root that are, or are about to be, under version control."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if listed.returncode == 0:
        names = sorted({name.decode() for name in listed.stdout.split(b"\0") if name})
        return tuple(name for name in names if (ROOT / name).is_file())
    # Not a checkout (an unpacked source distribution): everything that is no build product.
    product = re.compile(r"(^|/)(\.[^/]+|__pycache__|dist|build)(/|$)")
    found = (path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*") if path.is_file())
    return tuple(sorted(name for name in found if not product.search(name)))


def sources(*folders: str) -> list[str]:
    return [name for name in tracked_files() if name.endswith(".py") and name.startswith(folders)]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def imports(text: str, name: str) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of every import at any depth, ``importlib.import_module("…")`` included."""
    package = name.split("/")[:-1]
    for node in ast.walk(ast.parse(text, name)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = [*base, *([node.module] if node.module else [])]
            for alias in node.names:
                yield node.lineno, ".".join([*module, alias.name])
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in {"import_module", "__import__"}:
                yield node.lineno, str(node.args[0].value)


def against_the_direction(text: str, name: str) -> list[str]:
    forbidden = OURS - MAY_IMPORT[name.split("/")[0]]
    return [
        f"{name}:{line} imports {module}" for line, module in imports(text, name) if module.split(".")[0] in forbidden
    ]


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_dependencies_point_one_way(package: str) -> None:
    names = sources(f"{package}/")
    assert names
    assert [wrong for name in names for wrong in against_the_direction(read(name), name)] == []


@pytest.mark.parametrize(
    "text",
    [
        "import evolve",
        "from evolve.cli import main",
        "def late():\n    from evolve import campaign\n",
        "import importlib\nimportlib.import_module('evolve.archive')",
        "from ..evolve import cli",
        "import datasets",
    ],
)
def test_an_import_against_the_direction_is_seen(text: str) -> None:
    assert len(against_the_direction(text, "evaluators/scheduling.py")) == 1


def test_the_resident_worker_needs_the_standard_library_only() -> None:
    """It runs where nothing else of ours is mounted, and what it imports every job pays for."""
    names = sources("sandboxes/worker/")
    assert names
    assert [
        f"{name}:{line} imports {module}"
        for name in names
        for line, module in imports(read(name), name)
        if module.split(".")[0] not in sys.stdlib_module_names and not module.startswith("sandboxes.worker.")
    ] == []


@pytest.mark.parametrize("folder", ["datasets", "prompts"])
def test_data_folders_are_no_packages(folder: str) -> None:
    """An installed package of that name must win over our folder."""
    assert (ROOT / folder).is_dir()
    assert list((ROOT / folder).rglob("__init__.py")) == []


def test_the_command_line_starts_without_heavy_imports() -> None:
    program = "import sys, evolve.cli.main; print(*{name.partition('.')[0] for name in sys.modules})"
    started = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert HEAVY & set(started.stdout.split()) == set()


def test_files_are_short() -> None:
    lengths = {
        name: read(name).count("\n") for name in sources(*(f"{top}/" for top in (*MAY_IMPORT, "tests", "benchmarks")))
    }
    for name, lines in lengths.items():
        if LINES_WANTED < lines <= LINES_ALLOWED:
            warnings.warn(f"{name} has {lines} lines, more than {LINES_WANTED}", stacklevel=1)
    assert {name: lines for name, lines in lengths.items() if lines > LINES_ALLOWED} == {}


@pytest.mark.parametrize(
    "pattern",
    [
        re.escape(str(ROOT)) + r"\b",
        r"(?<![\w-])--(extra-index-url|index-url|find-links|default-index)\b",
        r"https?://[\w.-]*(pypi|pythonhosted|debian)\.org",
        r"\b(TODO|FIXME)\b",
    ],
    ids=["checkout", "index option", "package host", "left undone"],
)
def test_no_file_holds(pattern: str) -> None:
    """Nothing committed points at the machine it was written on, at an index, or at work left undone."""
    here = Path(__file__).relative_to(ROOT).as_posix()
    found = re.compile(pattern)
    assert [
        f"{name}:{number}"
        for name in tracked_files()
        if name != here and Path(name).suffix in TEXT
        for number, line in enumerate(read(name).splitlines(), 1)
        if found.search(line)
    ] == []


@pytest.mark.parametrize("file", ["runtime.txt", "dev.txt", "bootstrap.txt", "ray.txt"])
def test_locked_requirements_are_versions_and_hashes_only(file: str) -> None:
    line = re.compile(r"[a-z0-9][a-z0-9-]*==\S+( ; .+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?")
    assert [text for text in read(f"requirements/{file}").splitlines() if not line.fullmatch(text)] == []


def test_every_declared_dependency_is_locked() -> None:
    import tomllib

    project = tomllib.loads(read("pyproject.toml"))["project"]

    def named(requirements: list[str]) -> set[str]:
        return {re.split(r"[^a-z0-9-]", requirement)[0] for requirement in requirements}

    def locked(file: str) -> dict[str, str]:
        return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", read(f"requirements/{file}"), re.MULTILINE))

    runtime, dev = locked("runtime.txt"), locked("dev.txt")
    assert named(project["dependencies"]) <= set(runtime)
    assert named(project["optional-dependencies"]["dev"]) <= set(dev)
    assert {name: dev.get(name) for name in runtime} == runtime
    ray = locked("ray.txt")
    assert named(project["optional-dependencies"]["ray"]) <= set(ray)
    assert {name: dev.get(name, version) for name, version in ray.items()} == ray
