"""What a task's own configuration says of judging: OpenEvolve's YAML file, ShinkaEvolve's YAML file or script."""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evaluators.parsing import syntax_tree
from evaluators.tables import TableError

OPENEVOLVE_SECONDS = 300.0
"""OpenEvolve's default for one stage."""
SHINKA_SECONDS = 600.0
"""For an evaluation, where a ShinkaEvolve task names no time of its own."""
MEMORY_MB = 2048
SOURCE_LIMIT = 20_000


@dataclass(frozen=True, slots=True)
class Settings:
    """What of a task's configuration has a meaning here.

    Attributes:
        seconds: that one stage of an evaluation may take.
        cascade: whether ``evaluate_stage1`` to ``3`` are used where the evaluator has them.
        thresholds: score from which the second and the third stage are run.
        memory_mb: that an evaluation may use.
        statement: what a proposer is told, as the task's author wrote it; may be empty.
        source_limit: longest program, bytes.
        evaluations: how many the author meant a campaign to have, or None.
        llm: keys of a campaign's ``[llm]`` table that the author chose.
    """

    seconds: float
    cascade: bool = False
    thresholds: tuple[float, ...] = ()
    memory_mb: int = MEMORY_MB
    statement: str = ""
    source_limit: int = SOURCE_LIMIT
    evaluations: int | None = None
    llm: Mapping[str, Any] = field(default_factory=dict)


class _Section:
    """One mapping of a YAML file; keys that mean nothing here are left alone."""

    def __init__(self, path: Path, where: str, data: Any) -> None:
        self.path, self.where = path, where
        self.data: dict[str, Any] = {} if data is None else data
        if not isinstance(self.data, dict):
            raise TableError(f"{path}: {where.rstrip('.') or 'the file'} must be a mapping of keys to values")

    def section(self, key: str) -> _Section:
        return _Section(self.path, f"{self.where}{key}.", self.data.get(key))

    def number(self, key: str, default: float | None) -> float | None:
        value = self.data.get(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
            raise TableError(f"{self.path}: '{self.where}{key}' must be a positive number, not {value!r}")
        return float(value)

    def whole(self, key: str, default: int | None) -> int | None:
        value = self.number(key, None)
        return default if value is None else int(value)

    def flag(self, key: str, default: bool) -> bool:
        value = self.data.get(key, default)
        if not isinstance(value, bool):
            raise TableError(f"{self.path}: '{self.where}{key}' must be true or false, not {value!r}")
        return value

    def text(self, key: str) -> str:
        value = self.data.get(key)
        return value.strip() if isinstance(value, str) else ""

    def numbers(self, key: str, default: tuple[float, ...]) -> tuple[float, ...]:
        value = self.data.get(key)
        if value is None:
            return default
        if not isinstance(value, list) or not all(isinstance(v, int | float) for v in value):
            raise TableError(f"{self.path}: '{self.where}{key}' must be a list of numbers, not {value!r}")
        return tuple(float(v) for v in value)


def _yaml(path: Path) -> _Section:
    import yaml

    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TableError(f"{path}: cannot be read: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        said = " ".join(str(error).split())
        raise TableError(f"{path}: not valid YAML: {said}") from None
    return _Section(path, "", data)


def openevolve_settings(path: Path | None) -> Settings:
    """Settings of OpenEvolve's configuration file; its defaults where there is none.

    Raises:
        TableError: naming file and key.
    """
    if path is None:
        return Settings(OPENEVOLVE_SECONDS, cascade=True, thresholds=(0.5, 0.75, 0.9))
    top = _yaml(path)
    evaluator = top.section("evaluator")
    return Settings(
        seconds=evaluator.number("timeout", None) or OPENEVOLVE_SECONDS,
        cascade=evaluator.flag("cascade_evaluation", True),
        thresholds=evaluator.numbers("cascade_thresholds", (0.5, 0.75, 0.9)),
        memory_mb=evaluator.whole("memory_limit_mb", None) or MEMORY_MB,
        statement=top.section("prompt").text("system_message"),
        source_limit=max(SOURCE_LIMIT, top.whole("max_code_length", None) or 0),
        evaluations=top.whole("max_iterations", None),
        llm=_openevolve_models(top.section("llm")),
    )


def _openevolve_models(llm: _Section) -> dict[str, Any]:
    listed = llm.data.get("models")
    names = [m.get("name") for m in listed if isinstance(m, dict)] if isinstance(listed, list) else []
    names = names or [llm.data.get(key) for key in ("primary_model", "secondary_model")]
    models = [f"openai/{name}" for name in names if isinstance(name, str) and name]
    if not models:
        return {}
    found: dict[str, Any] = {"models": models}
    if llm.text("api_base"):
        found["base_url"] = llm.text("api_base")
    temperature, longest = llm.number("temperature", None), llm.whole("max_tokens", None)
    return (
        found
        | ({} if temperature is None else {"temperature": temperature})
        | ({} if longest is None else {"max_tokens": longest})
    )


def shinka_settings(folder: Path, path: Path | None) -> Settings:
    """Settings of a ShinkaEvolve task, from its YAML file and what ``run_evo.py`` writes down as constants.

    The script is read, never run.

    Raises:
        TableError: naming file and key.
    """
    script = _constants(folder / "run_evo.py")
    top = _yaml(path) if path is not None else _Section(folder, "", {})
    evolution, job = top.section("evo_config"), top.section("job_config")
    time = job.data.get("time") or script.get("time")
    seconds = SHINKA_SECONDS if time is None else _seconds(path or folder / "run_evo.py", time)
    return Settings(
        seconds=seconds,
        statement=evolution.text("task_sys_msg") or str(script.get("task_sys_msg") or "").strip(),
        evaluations=evolution.whole("num_generations", None),
    )


def _constants(path: Path) -> dict[str, Any]:
    """Constants a script passes by keyword anywhere, directly or by the name of a constant of its own."""
    try:
        tree = syntax_tree(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return {}
    known = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    found: dict[str, Any] = {}
    for node in ast.walk(tree):
        pairs: list[tuple[Any, ast.expr]] = []
        if isinstance(node, ast.keyword):
            pairs = [(node.arg, node.value)]
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
            key = node.targets[0].slice
            pairs = [(key.value, node.value)] if isinstance(key, ast.Constant) else []
        for name, value in pairs:
            if isinstance(value, ast.Constant):
                found.setdefault(str(name), value.value)
            elif isinstance(value, ast.Name) and value.id in known:
                found.setdefault(str(name), known[value.id])
    return found


def _seconds(path: Path, time: Any) -> float:
    """Seconds of ``HH:MM:SS``, or of a number of seconds."""
    parts = str(time).split(":")
    try:
        values = [float(part) for part in parts]
    except ValueError:
        values = []
    if not values or len(values) > 3 or sum(values) <= 0:
        raise TableError(f"{path}: 'time' must be hours:minutes:seconds, such as 00:10:00, not {time!r}")
    return sum(value * 60.0**k for k, value in enumerate(reversed(values)))
