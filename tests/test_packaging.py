"""The wheel: what is in it, and that it works where there is no checkout, beside packages named like our folders."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("sandboxes", "evaluators", "evolve")
DATA = {"datasets": "evaluators/_data/datasets", "prompts": "evolve/_data/prompts"}
PROBLEM = "scheduling/single-machine-tardiness"
EDD = "def priority(p, d, t, *rest):\n    return d\n"


def build(target: str, source: Path, into: Path) -> Path:
    """Build with the backend that is installed: no isolated environment, so no network."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(into)]
    subprocess.run(command, cwd=source, check=True, capture_output=True, timeout=120)
    (built,) = into.iterdir()
    return built


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


def expected_files() -> set[str]:
    """Every file of our folders that is no build product, by the place it should have in the wheel."""
    expected = set()
    for folder, place in {**{name: name for name in PACKAGES}, **DATA}.items():
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                expected.add(f"{place}/{path.relative_to(ROOT / folder).as_posix()}")
    return expected


def test_everything_a_problem_needs_is_in_the_wheel(wheel: Path) -> None:
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert inside == expected_files()
    assert {f"{package}/py.typed" for package in PACKAGES} <= inside
    for suffix in ("problem.toml", "statement.md", "problem.py"):
        assert any(name.endswith(f"/{suffix}") for name in inside)


def test_the_wheel_of_the_source_distribution_is_the_same(wheel: Path, tmp_path: Path) -> None:
    archive = build("sdist", ROOT, tmp_path / "sdist")
    subprocess.run(["tar", "-xzf", str(archive), "-C", str(tmp_path)], check=True)
    (unpacked,) = (path for path in tmp_path.iterdir() if path.name != "sdist")
    again = build("wheel", unpacked, tmp_path / "wheel")
    assert sorted(zipfile.ZipFile(again).namelist()) == sorted(zipfile.ZipFile(wheel).namelist())


class Installed:
    """A virtual environment with the wheel in it, used far from the checkout."""

    def __init__(self, folder: Path) -> None:
        self.prefix = folder / "venv"
        venv.create(self.prefix, with_pip=False, symlinks=True)
        self.python = self.prefix / "bin" / "python"
        (self.packages,) = self.prefix.glob("lib/python*/site-packages")

    def run(self, folder: Path, *command: str) -> str:
        """Standard output of a command, run in ``folder`` with nothing inherited that could point at the checkout."""
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "EVOLVE", "COV"))}
        done = subprocess.run(
            command, cwd=folder, env={**inherited, "HOME": str(folder)}, capture_output=True, text=True, check=False,
            timeout=240,
        )  # fmt: skip
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def says(self, folder: Path, program: str) -> str:
        """What a Python program prints."""
        return self.run(folder, str(self.python), "-c", program).strip()

    def evolve(self, folder: Path, *arguments: str) -> Any:
        """The document that a verb prints."""
        return json.loads(self.run(folder, str(self.prefix / "bin" / "evolve"), *arguments, "--json"))

    def works_from_an_empty_folder(self, folder: Path, campaign: str) -> None:
        assert PROBLEM in json.dumps(self.evolve(folder, "problems"))
        (folder / "edd.py").write_text(EDD, encoding="utf-8")
        judged = self.evolve(folder, "eval", PROBLEM, "edd.py")
        assert (judged["problem"], judged["verdict"]) == (PROBLEM, "ok")
        report = self.evolve(folder, "run", campaign, "--evaluations", "20", "--seed", "1", "--workers", "1")
        assert report["winner"]
        assert report["test"]["paired_vs_best_any"]
        assert (folder / "evolve.db").is_file()


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel, beside other people's `datasets` and `prompts`; dependencies are lent by the running environment."""
    there = Installed(tmp_path_factory.mktemp("installed"))
    for name in DATA:
        (there.packages / name).mkdir()
        (there.packages / name / "__init__.py").write_text("owner = 'somebody else'\n", encoding="utf-8")
    # A path file inside a folder that a path file names is not read: the editable install stays out of sight.
    lent = [path for path in sys.path if path.endswith("site-packages")]
    (there.packages / "lent.pth").write_text("\n".join(lent) + "\n", encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "--quiet", "--python", str(there.python), "install", "--no-index", "--no-deps"]
    subprocess.run([*pip, str(wheel)], check=True, timeout=120)
    return there


def test_our_packages_come_from_the_wheel(installed: Installed, tmp_path: Path) -> None:
    program = "import sandboxes, evaluators, evolve; print(sandboxes.__file__, evaluators.__file__, evolve.__file__)"
    for place in installed.says(tmp_path, program).split():
        assert Path(place).is_relative_to(installed.prefix)


@pytest.mark.parametrize("name", list(DATA))
def test_a_package_named_like_a_data_folder_stays_what_it_is(installed: Installed, name: str, tmp_path: Path) -> None:
    assert installed.says(tmp_path, f"import evaluators, evolve, {name}; print({name}.owner)") == "somebody else"


def test_the_wheel_works_from_an_empty_folder(installed: Installed, tmp_path: Path) -> None:
    # A problem with few and cheap test instances: what is tried here is the installation.
    installed.works_from_an_empty_folder(tmp_path, "scheduling/online-flow-time")


def test_the_wheel_makes_a_new_problem(installed: Installed, tmp_path: Path) -> None:
    installed.evolve(tmp_path, "new", "mine")
    assert installed.evolve(tmp_path, "eval", "mine", "mine/candidate.py")["verdict"] == "ok"


@pytest.mark.verify
@pytest.mark.timeout(900)
def test_the_wheel_works_beside_the_real_datasets_package(wheel: Path, tmp_path: Path) -> None:
    """A full install from the index, nothing lent."""
    there = Installed(tmp_path)
    uv = Path(sys.prefix) / "bin" / "uv"
    command = [str(uv), "--quiet", "--system-certs", "pip", "install", "--python", str(there.python)]
    subprocess.run([*command, str(wheel), "datasets"], check=True, timeout=600)
    folder = tmp_path / "empty"
    folder.mkdir()
    assert there.says(folder, "import evaluators, evolve, datasets; print(callable(datasets.load_dataset))") == "True"
    there.works_from_an_empty_folder(folder, PROBLEM)
