"""The CMake example: an exported header built with an installed ParlayLib, and with our headers."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.stand_in import OURS, stand_in

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "cmake"
COUNTS = "100000 200000 0 0 200000 100000 200000 0 0 200000"
PACKAGE = """find_package(Threads REQUIRED)
add_library(Parlay::parlay INTERFACE IMPORTED)
set_target_properties(Parlay::parlay PROPERTIES
  INTERFACE_INCLUDE_DIRECTORIES "${CMAKE_CURRENT_LIST_DIR}/../../../include"
  INTERFACE_LINK_LIBRARIES Threads::Threads)
"""


def installed(prefix: Path) -> str:
    """Where ParlayLib's own installation puts its package: ``share/parlay/cmake``."""
    stand_in(prefix)
    package = prefix / "share" / "parlay" / "cmake"
    package.mkdir(parents=True)
    (package / "ParlayConfig.cmake").write_text(PACKAGE, encoding="utf-8")
    return f"-DCMAKE_PREFIX_PATH={prefix}"


@pytest.mark.parametrize("found", ["installed", "ours"])
def test_it_builds_and_counts(found: str, tmp_path: Path) -> None:
    if shutil.which("cmake") is None:
        pytest.skip("cmake is not installed")
    where = installed(tmp_path / "prefix") if found == "installed" else f"-DEVOLVE_INCLUDE={OURS}"
    build = tmp_path / "build"
    for command in (["cmake", "-S", EXAMPLE, "-B", build, where], ["cmake", "--build", build]):
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
    said = subprocess.run([build / "histogram"], capture_output=True, text=True, timeout=60)
    assert said.stdout.strip() == COUNTS
