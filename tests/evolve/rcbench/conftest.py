"""Fixtures of the runner's tests: a small set, a scripted server whose models' competence is known, a run of one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evaluators.rconstraintbench.ramp import Arguments
from evaluators.rconstraintbench.sets import InstanceSet, generate
from evolve.archive import Archive
from evolve.llm import Price
from evolve.rcbench.bench import Bench
from evolve.rcbench.contestants import ModelOptions, model_contestant
from evolve.rcbench.prompts import Prompts
from evolve.rcbench.sets import store_set
from tests.support.openai_server import ScriptedServer

MODEL = "openai/scripted"


@pytest.fixture(scope="session")
def instances() -> InstanceSet:
    """Sixteen instances: two phases, four levels, two ramps."""
    return generate(Arguments(levels=(3, 6, 9, 12), per_level=2, seed=5, phases=("precedence", "all"), tasks=12))


@pytest.fixture
def serve(serve: Callable[..., ScriptedServer], tmp_path: Path) -> Callable[..., ScriptedServer]:
    """Starts a scripted server that gives planted answers; the other arguments are those of ``Script``."""

    def start(planted: dict[str, str], *behaviours: str, **more: Any) -> ScriptedServer:
        file = tmp_path / "answers.json"
        file.write_text(json.dumps(planted), encoding="utf-8")
        return serve(*behaviours, answers=str(file), **more)

    return start


@pytest.fixture
def bench(archive: Archive, instances: InstanceSet, price: Price) -> Callable[..., Bench]:
    """Makes a run of one model of a server; further arguments are ``cap_nusd``, ``limit`` or options of the model."""

    def make(server: ScriptedServer, **more: Any) -> Bench:
        others = {name: more.pop(name) for name in ("cap_nusd", "limit") if name in more}
        options = ModelOptions(
            base_url=server.url, prices={MODEL: price}, timeout_seconds=10.0, **{"max_tokens": 400, **more}
        )
        contestant = model_contestant(MODEL, options, Prompts())
        return Bench(archive, store_set(archive, instances), [contestant], options, {}, poll_seconds=0.01, **others)

    return make
