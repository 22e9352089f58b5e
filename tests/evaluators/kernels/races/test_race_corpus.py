"""Every race of the corpus is found in one run, at its lines, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.series_parallel import CORPUS, THEMES, build_program, build_runtime, programs, watch

SAMPLE = ("atomics", "bytes", "nested", "stack")
"""Files of the corpus that are tried on every commit, with g++."""


@pytest.fixture(scope="module")
def runtimes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {}


@pytest.mark.parametrize(
    ("compiler", "theme"),
    [
        pytest.param(compiler, theme, marks=() if compiler == "g++" and theme in SAMPLE else pytest.mark.verify)
        for compiler in ("g++", "clang++")
        for theme in THEMES
    ],
)
def test_each_program_gets_its_verdict(
    compiler: str, theme: str, runtimes: dict[str, Path], tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    if compiler not in runtimes:
        runtimes[compiler] = build_runtime(compiler, tmp_path_factory.mktemp("runtime"))
    built = build_program(compiler, CORPUS / f"{theme}.cpp", runtimes[compiler], tmp_path)
    complaints = (program.wrong(watch(built, program.name)) for program in programs(theme))
    assert [complaint for complaint in complaints if complaint] == []


def test_the_corpus_is_large_and_says_where_each_race_is() -> None:
    found = [program for theme in THEMES for program in programs(theme)]
    assert len({program.name for program in found}) == len(found)
    kinds = [program.kind for program in found]
    assert kinds.count("RACY") >= 60
    assert kinds.count("CLEAN") >= 60
    assert [program.name for program in found if bool(program.lines) is (program.kind == "CLEAN")] == []
