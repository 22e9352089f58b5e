"""Reading ``problem.toml``: strict keys, one clear sentence for each mistake, and the problem's version."""

from __future__ import annotations

import ast
import hashlib
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from evaluators.data import dataset_path
from evaluators.declaration import (
    CLOCKS,
    MEASURED,
    PREDICTED,
    SPLITS,
    Clock,
    EntryPoint,
    Objective,
    ProblemSpec,
    Requires,
    Timing,
)
from evaluators.parsing import syntax_tree
from evaluators.tables import Table, TableError, read_toml
from evaluators.toolchains import LANGUAGES, toolchain
from sandboxes import Limits

_TOP = {
    "name", "title", "language", "online", "deterministic", "entry_points", "objectives", "requires", "limits",
    "stages", "descriptors", "splits", "datasets", "engine_versions", "source_limit", "timing",
}  # fmt: skip
_ENTRY = {
    "name", "signature", "file", "harness", "simulator", "elementwise", "terminals", "dimensions", "select",
    "baselines", "seeds",
}  # fmt: skip
_ARCHIVE_SUFFIXES = (".db", ".db-wal", ".db-shm", ".db-journal")


def signature_arguments(path: Path, language: str, name: str, signature: str) -> tuple[str, ...]:
    """Parameter names of an entry point's signature.

    Raises:
        TableError: if it is not the signature of a function called ``name`` with plain parameters.
    """
    try:
        return toolchain(language).arguments(name, signature)
    except ValueError as error:
        raise TableError(f"{path}: entry point {name!r} needs {error}, not {signature!r}") from None


def _entry_point(path: Path, language: str, data: Any) -> EntryPoint:
    table = Table(path, "entry_points.", data, _ENTRY)
    suffix = toolchain(language).suffix
    name = table.get("name", str, required=True)
    signature = table.get("signature", str, required=True)
    entry = EntryPoint(
        name=name,
        signature=signature,
        arguments=signature_arguments(path, language, name, signature),
        file=table.get("file", str, f"candidate{suffix}"),
        harness=table.get("harness", str, required=True),
        simulator=table.get("simulator", str),
        elementwise=table.get("elementwise", bool, False),
        terminals=table.mapping("terminals"),
        dimensions=table.whole_numbers("dimensions"),
        select=table.get("select", str, "min", allowed=("min", "max")),
        baselines=table.strings("baselines"),
        seeds=table.strings("seeds"),
    )
    for stem in entry.seeds:
        if stem not in entry.baselines:
            raise TableError(f"{path}: 'entry_points.seeds' names {stem!r}; allowed: {', '.join(entry.baselines)}")
    for terminal, expression in entry.terminals.items():
        _check_terminal(path, entry, terminal, expression)
    _check_dimensions(path, entry)
    needed = [entry.harness, *([entry.simulator] if entry.simulator else [])]
    needed += [f"baselines/{name}/{stem}{suffix}" for stem in entry.baselines]
    for relative in needed:
        if not (path.parent / relative).is_file():
            raise TableError(f"{path}: entry point {name!r} names {relative!r}, which does not exist")
    return entry


def _check_terminal(path: Path, entry: EntryPoint, terminal: str, expression: str) -> None:
    try:
        tree = syntax_tree(expression, mode="eval")
    except (SyntaxError, ValueError):
        raise TableError(
            f"{path}: 'entry_points.terminals.{terminal}' must be a Python expression, not {expression!r}"
        ) from None
    allowed = (*entry.arguments, "np")
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id not in allowed:
            raise TableError(
                f"{path}: 'entry_points.terminals.{terminal}' uses {node.id!r}; allowed: {', '.join(allowed)}"
            )


def _check_dimensions(path: Path, entry: EntryPoint) -> None:
    if not entry.dimensions:
        return
    if set(entry.dimensions) != set(entry.terminals):
        raise TableError(
            f"{path}: 'entry_points.dimensions' must name all terminals and nothing else: {', '.join(entry.terminals)}"
        )
    if 1 not in entry.dimensions.values():
        raise TableError(f"{path}: 'entry_points.dimensions' must give at least one terminal the dimension 1")


def _limits(path: Path, data: Any) -> dict[str, Any]:
    known = {f.name: type(f.default) for f in fields(Limits)}
    table = Table(path, "limits.", data, set(known))
    return {key: table.get(key, kind, positive=True) for key, kind in known.items() if key in table.data}


def load_spec(folder: Path) -> ProblemSpec:
    """Read and validate ``folder/problem.toml``.

    Raises:
        TableError: one sentence naming what is wrong.
    """
    path = folder / "problem.toml"
    data = read_toml(path)
    top = Table(path, "", data, _TOP)
    name = top.get("name", str, required=True)
    if name.count("/") != 1 or not all(name.split("/")):
        raise TableError(f"{path}: 'name' must be family/name, not {name!r}")
    objectives = tuple(_objective(path, item) for item in top.get("objectives", list, required=True))
    language = top.get("language", str, "python", allowed=LANGUAGES)
    entries = tuple(_entry_point(path, language, item) for item in top.get("entry_points", list, required=True))
    if not objectives or not entries:
        raise TableError(f"{path}: at least one of each is needed: [[objectives]], [[entry_points]]")
    _no_twins(path, "entry_points.name", [entry.name for entry in entries])
    _no_twins(path, "objectives.name", [objective.name for objective in objectives])
    splits = top.mapping("splits")
    for split in splits:
        if split not in SPLITS:
            raise TableError(f"{path}: unknown split {split!r}; allowed: {', '.join(SPLITS)}")
    statement_file = folder / "statement.md"
    if not statement_file.is_file():
        raise TableError(f"{folder}: statement.md is missing; it is what a proposer is told")
    try:
        statement = statement_file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise TableError(f"{statement_file}: not UTF-8: {error}") from None
    requires = Table(path, "requires.", data.get("requires", {}), {f.name for f in fields(Requires)})
    stages = _stages(path, language, top.strings("stages", toolchain(language).stages.all))
    datasets = top.strings("datasets")
    engines = top.mapping("engine_versions")
    try:
        version = problem_version(folder, datasets, engines, {entry.file for entry in entries})
    except FileNotFoundError as error:
        raise TableError(f"{path}: 'datasets': {error}") from None
    return ProblemSpec(
        name=name,
        title=top.get("title", str, required=True),
        language=language,
        online=top.get("online", bool, False),
        deterministic=top.get("deterministic", str, "exact", allowed=("exact", "set", "tolerance", "valid")),
        entry_points=entries,
        objectives=objectives,
        requires=Requires(
            cores=requires.get("cores", int, 1, positive=True),
            exclusive_timing=requires.get("exclusive_timing", bool, False),
            memory_mb=requires.get("memory_mb", int, 512, positive=True),
            accelerator=requires.get("accelerator", str, "none"),
            packages=requires.strings("packages"),
            shown=requires.strings("shown"),
        ),
        limits=_limits(path, data.get("limits", {})),
        stages=stages,
        descriptors=top.strings("descriptors"),
        splits=splits,
        datasets=datasets,
        engine_versions=engines,
        source_limit=top.get("source_limit", int, 20_000, positive=True),
        folder=folder,
        statement=statement,
        version=version,
        timing=_timing(path, data.get("timing"), entries, objectives, stages),
    )


def _timing(
    path: Path, data: Any, entries: tuple[EntryPoint, ...], objectives: tuple[Objective, ...], stages: tuple[str, ...]
) -> Timing | None:
    if data is None:
        return None
    for place, objective in enumerate(objectives):
        allowed = MEASURED if place else CLOCKS
        if objective.name not in allowed:
            raise TableError(
                f"{path}: 'objectives.name' {objective.name!r} of a problem that is timed; allowed: "
                f"{', '.join(MEASURED)}, the first of them {' or '.join(CLOCKS)}"
            )
    names = [objective.name for objective in objectives]
    if PREDICTED in names and "cpu" not in names:
        raise TableError(f"{path}: 'objectives' holds {PREDICTED!r}, which is worked out from 'cpu': add that")
    table = Table(path, "timing.", data, {"baseline", "pairs", "least_parallelism"})
    baseline = table.get("baseline", str, required=True)
    for entry in entries:
        if baseline not in entry.baselines:
            raise TableError(
                f"{path}: 'timing.baseline' names {baseline!r}; allowed: {', '.join(entry.baselines) or 'no baseline'}"
            )
    parallelism: float | None = table.get("least_parallelism", float)
    if parallelism is not None and not 1.0 < parallelism < math.inf:
        raise TableError(
            f"{path}: 'timing.least_parallelism' must be a number above 1, which is that of serial code, "
            f"not {parallelism!r}"
        )
    if parallelism is not None and "races" not in stages:
        raise TableError(f"{path}: 'timing.least_parallelism' is measured in the stage 'races': add that to 'stages'")
    clock: Clock = "cpu" if objectives[0].name == "cpu" else "elapsed"
    return Timing(baseline, table.get("pairs", int, 5, positive=True), clock, parallelism)


def _stages(path: Path, language: str, given: tuple[str, ...]) -> tuple[str, ...]:
    """Some may be left out; the others are what a campaign is made of."""
    stages = toolchain(language).stages
    if given != tuple(stage for stage in stages.all if stage in given or stage not in stages.optional):
        optional = " and ".join(stage for stage in stages.all if stage in stages.optional)
        raise TableError(
            f"{path}: 'stages' is {list(given)}; it must be {list(stages.all)}, of which only {optional} may be "
            "left out"
        )
    return given


def _objective(path: Path, data: Any) -> Objective:
    table = Table(path, "objectives.", data, {"name", "unit", "direction"})
    return Objective(
        table.get("name", str, required=True),
        table.get("unit", str, required=True),
        table.get("direction", str, required=True, allowed=("min", "max")),
    )


def _no_twins(path: Path, field: str, names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise TableError(f"{path}: '{field}' {name!r} is there {names.count(name)} times; names must differ")


def problem_version(
    folder: Path, datasets: Sequence[str], engines: Mapping[str, str], drafts: Collection[str] = ()
) -> str:
    """Hash (16 hex digits) of a problem's folder, its data sets, and its engine versions.

    In the folder what no judgement depends on does not count: the statement, candidates lying there (``drafts``),
    archives, and hidden files.
    """
    digest = hashlib.sha256()

    def add(label: str, data: bytes) -> None:
        digest.update(f"{label}\0{len(data)}\0".encode() + data)

    beside = {"statement.md", *drafts}
    folders = [(folder, "problem"), *((Path(str(dataset_path(name))), f"dataset {name}") for name in datasets)]
    for root, label in folders:
        for path in sorted(root.rglob("*")):
            relative = path.relative_to(root)
            skip = any(part == "__pycache__" or part.startswith(".") for part in relative.parts)
            skip = skip or (root == folder and (relative.as_posix() in beside or relative.suffix in _ARCHIVE_SUFFIXES))
            if path.is_file() and not skip:
                add(f"{label}/{relative.as_posix()}", path.read_bytes())
    for engine in sorted(engines):
        add(f"engine {engine}", engines[engine].encode())
    return digest.hexdigest()[:16]
