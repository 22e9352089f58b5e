"""`evolve rcbench report` on runs of models of known competence, and its pages in a browser."""

from __future__ import annotations

import csv
import json
import struct
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from evaluators.rconstraintbench.model import ABLATIONS
from evaluators.rconstraintbench.ramp import Arguments
from evaluators.rconstraintbench.sets import InstanceSet, generate
from evaluators.rconstraintbench.verifier import Violation
from evolve.archive import Archive
from evolve.rcbench.reading import Reading
from evolve.rcbench.runs import Contestant, RunStore
from tests.support.browser import Watched, chromium
from tests.support.openai_server import Script, ScriptedServer
from tests.support.planted_models import planted_answers

if TYPE_CHECKING:
    from playwright.sync_api import Browser

LEVELS = (1, 3, 5, 7, 9, 11, 13, 15, 17, 19)
PHASES = ("precedence", *ABLATIONS, "all")
RAMPS = 5
KINDS = ("PRECEDENCE", "CAPACITY", "FORMAT")
HOSTILE = "</pre></script><script>document.title = 'taken over'</script><img src=x onerror=\"document.title = 'too'\">"


def competence(middle: float, width: float) -> Any:
    return lambda level: 1 / (1 + np.exp((level - middle) / width))


STEADY, EARLY = "openai/steady", "openai/early (batch)"
MODELS = {STEADY: competence(14.2, 1.5), EARLY: competence(6.1, 1.5)}


def evolve(*arguments: str) -> tuple[int, str, str]:
    ran = subprocess.run(
        [sys.executable, "-m", "evolve", "rcbench", *arguments],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    return ran.returncode, ran.stdout, ran.stderr


@dataclass(frozen=True)
class Reported:
    """A report on a small set.

    Attributes:
        folder: with the archive and the report.
        instances: of the set.
        answers: of each model, by the question's key.
        document: of `--json`.
    """

    folder: Path
    instances: InstanceSet
    answers: dict[str, dict[str, str]]
    document: dict[str, Any]

    @property
    def archive(self) -> Path:
        return self.folder / "evolve.db"

    def contestant(self, name: str) -> dict[str, Any]:
        (found,) = [c for c in self.document["contestants"] if c["contestant"] == name]
        return found


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Reported:
    folder = tmp_path_factory.mktemp("reported")
    archive, questions = str(folder / "evolve.db"), folder / "rcbench.json"
    instances = generate(Arguments(levels=LEVELS, per_level=RAMPS, seed=5, phases=PHASES))
    questions.write_text(json.dumps(instances.to_json()), encoding="utf-8")
    planted = {}
    for seed, (model, right) in enumerate(MODELS.items()):
        planted[model] = planted_answers(instances.generated, right, KINDS, seed)
        (folder / "answers.json").write_text(json.dumps(planted[model]), encoding="utf-8")
        how = ("--solver", "sgs-lft", "--solver", "all-at-zero", "--concurrency", "16")
        if model == EARLY:
            how = ("--batch", "--batch-poll", "0.05")
        with ScriptedServer(Script(answers=str(folder / "answers.json"))) as server:
            code, _, err = evolve(
                "run", str(questions), "--model", model.split()[0], "--base-url", server.url, "--price", "1,4",
                "--archive", archive, *how,
            )  # fmt: skip
        assert code == 0, err
    with Archive(archive) as store:
        run = RunStore(store, instances.id, Contestant("<b>hostile</b>", "llm", "hostile", {"note": HOSTILE}))
        one = instances.generated[-1].instance
        wrong = Violation("FORMAT", (), None, None, None, HOSTILE)
        run.computed(one.id, Reading("format", {1: 10**12, 2: 0}, (wrong,), HOSTILE), 0.1)
        run.finish("stopped")
    code, out, err = evolve("report", "--archive", archive, "--out", str(folder / "report"), "--json")
    assert code == 0, err
    return Reported(folder, instances, planted, json.loads(out))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def test_every_contestant_is_in_the_document(reported: Reported):
    assert "re-implementation from the published description" in reported.document["benchmark"]
    rates = {c["contestant"]: c["feasible_rate"] for c in reported.document["contestants"]}
    assert set(rates) == {STEADY, "sgs-lft", "all-at-zero", EARLY, "<b>hostile</b>"}
    assert rates["all-at-zero"] == 0
    assert rates["sgs-lft"] > 0.9
    for contestant in reported.document["contestants"]:
        low, high = contestant["confidence"]
        assert 0 <= low <= contestant["feasible_rate"] <= high <= 1


@pytest.mark.parametrize("model", MODELS)
def test_planted_competence_is_recovered(reported: Reported, model: str):
    truth = np.array([MODELS[model](level) for level in LEVELS])
    breaks = {share: next(level for level, f in zip(LEVELS, truth, strict=True) if f < share) for share in (0.9, 0.5)}
    found = reported.contestant(model)
    assert found["answered"] == found["instances"] == len(LEVELS) * RAMPS * len(PHASES)
    assert [phase["phase"] for phase in found["phases"]] == list(PHASES)
    inside = []
    for phase in found["phases"]:
        low, high = phase["auc"]["confidence"]
        inside.append(low <= truth.mean() <= high)
        low, high = phase["wauc"]["confidence"]
        inside.append(low <= np.average(truth, weights=LEVELS) <= high)
        for threshold in phase["thresholds"]:
            low, high = (99 if end is None else end for end in threshold["confidence"])
            inside.append(low <= breaks[threshold["share"]] <= high)
        for level, f in zip(phase["levels"], truth, strict=True):
            assert level["n"] == RAMPS
            inside.append(level["confidence"][0] <= f <= level["confidence"][1])
    assert np.mean(inside) >= 0.93, inside
    assert found["interaction"]["verdict"] == "indistinguishable"


@pytest.mark.parametrize("model", MODELS)
def test_planted_errors_are_recovered(reported: Reported, model: str):
    """With precedence alone an instance can be failed by each class of the three that were planted in turn."""
    (phase,) = [phase for phase in reported.contestant(model)["phases"] if phase["phase"] == "precedence"]
    classes = {found["kind"]: found for found in phase["errors"]["classes"]}
    assert set(classes) == set(KINDS)
    for found in classes.values():
        assert found["confidence"][0] <= 1 / 3 <= found["confidence"][1]
        assert found["first"] == found["count"]
    assert sum(found["count"] for found in classes.values()) == phase["errors"]["n"]
    together = np.array(phase["errors"]["together"])
    assert (together == np.diag(np.diag(together))).all()


def test_who_is_better_is_tested_on_the_same_instances(reported: Reported):
    pairs = {(p["first"], p["second"], p["phase"]): p for p in reported.document["pairs"]}
    found = pairs[STEADY, EARLY, "every phase"]
    n = len(LEVELS) * RAMPS * len(PHASES)
    assert (found["comparison"], found["n"]) == ("better", n)
    truth = np.mean([MODELS[STEADY](k) - MODELS[EARLY](k) for k in LEVELS])
    assert found["confidence"][0] <= truth <= found["confidence"][1]
    difference = reported.contestant(STEADY)["feasible"] - reported.contestant(EARLY)["feasible"]
    assert found["only_first"] - found["only_second"] == difference
    assert all(pair["p"] <= pair["p_holm"] <= 1 for pair in pairs.values())


def test_cost_is_that_of_the_calls(reported: Reported):
    steady = reported.contestant(STEADY)
    found = steady["cost"]
    assert found["usd"] == pytest.approx(found["input_tokens"] * 1e-6 + found["output_tokens"] * 4e-6, rel=1e-6)
    assert found["usd_per_feasible"] == pytest.approx(found["usd"] / steady["feasible"])
    assert reported.contestant("all-at-zero")["cost"]["usd_per_feasible"] is None


def test_tables_agree_with_the_document(reported: Reported):
    def rows(name: str) -> list[dict[str, str]]:
        with (reported.folder / "report" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    assert json.loads((reported.folder / "report" / "report.json").read_text("utf-8"))["pairs"]
    assert [row["contestant"] for row in rows("contestants")] == [
        contestant["contestant"] for contestant in reported.document["contestants"]
    ]
    verdicts = Counter((row["contestant"], row["verdict"]) for row in rows("answers"))
    for contestant in reported.document["contestants"]:
        assert verdicts[contestant["contestant"], "feasible"] == contestant["feasible"]
    levels = [row for row in rows("levels") if row["contestant"] == EARLY and row["phase"] == "all"]
    assert [int(row["level"]) for row in levels] == list(LEVELS)
    assert all(float(row["low"]) <= float(row["share"]) <= float(row["high"]) for row in levels)
    for name in ("phases", "errors", "cooccurrence", "interaction", "pairs"):
        assert rows(name)


def test_figures_are_pictures(reported: Reported):
    for name in ("feasibility", "errors"):
        png = (reported.folder / "report" / f"{name}.png").read_bytes()
        assert png.startswith(b"\x89PNG\r\n")
        width, height = struct.unpack(">II", png[16:24])
        assert width > 600
        assert height > 400
        svg = ET.parse(reported.folder / "report" / f"{name}.svg").getroot()
        assert any(STEADY in (text.text or "") for text in svg.iter("{http://www.w3.org/2000/svg}text"))


def test_the_report_opens_and_answers_to_the_mouse(reported: Reported, browser: Browser, tmp_path: Path):
    path = reported.folder / "report" / "report.html"
    assert path.stat().st_size < 5_000_000
    watched = Watched(browser.new_page(viewport={"width": 1280, "height": 1000}))
    page = watched.page
    page.goto(path.as_uri())
    page.wait_for_selector("body[data-plots='6']", timeout=120_000)
    assert page.title() == "R-ConstraintBench report"
    assert page.locator("#contestants tr").count() == 6
    panels = page.locator("#feasibility .subplot.xy, #feasibility .subplot.x2y2, #feasibility .subplot.x5y5")
    assert panels.count() == 3
    # What is under the pointer is said.
    box = page.locator("#feasibility .subplot.xy .points path").nth(2).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_selector("#feasibility .hoverlayer .hovertext")
    assert "feasible" in page.locator("#feasibility .hoverlayer .hovertext").first.text_content()
    # A click on a name hides the contestant in every panel.
    lines = page.locator("#feasibility .scatterlayer .trace path.js-line")
    before = lines.count()
    page.locator("#feasibility .legendtoggle").first.click()
    page.wait_for_function(
        f"document.querySelectorAll('#feasibility .scatterlayer .trace path.js-line').length < {before}"
    )
    page.locator("#areas .updatemenu-button").nth(1).click()
    page.wait_for_function("document.getElementById('areas').data.filter((t) => t.visible === true).length === 5")
    picture = tmp_path / "report.png"
    page.screenshot(path=str(picture), full_page=True)
    assert picture.stat().st_size > 100_000
    assert watched.complaints == []
    assert all(url.startswith(("file:", "blob:", "data:")) for url in watched.requests)
    # From the map of instances to a Gantt page.
    page.locator(".map a").last.click()
    page.wait_for_selector("svg.gantt .bar")
    assert page.locator("h1").text_content().startswith("Instance all/k19/")
    assert watched.complaints == []


def test_a_gantt_page_needs_no_script_and_marks_what_is_violated(reported: Reported, browser: Browser, tmp_path: Path):
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto((reported.folder / "report" / "instances" / "all-k19-01.html").as_uri())
    sections = page.locator("section")
    assert sections.count() == 5
    zero = sections.filter(has=page.locator("h2", has_text="all-at-zero"))
    assert zero.locator(".arrow").count() == zero.locator("li b", has_text="PRECEDENCE").count() > 0
    assert zero.locator(".clash").count() == zero.locator("li b", has_text="DISJUNCTIVE").count() > 0
    assert zero.locator(".hatch").count() > 10
    assert zero.locator(".bar.wrong").first.is_visible()
    assert "before its predecessor" in zero.locator(".arrow title").first.text_content()
    witness = sections.last
    witness.locator("summary").click()
    tasks = len(reported.instances.generated[0].instance.tasks)
    assert witness.locator("svg.gantt > .bar").count() > tasks
    assert witness.locator(".hatch, .arrow, .wrong").count() == 0
    picture = tmp_path / "gantt.png"
    page.screenshot(path=str(picture), full_page=True)
    assert picture.stat().st_size > 30_000


def test_what_a_model_writes_stays_text(reported: Reported, browser: Browser):
    last = reported.instances.generated[-1].instance.name.replace("/", "-")
    for place in ("report.html", f"instances/{last}.html"):
        watched = Watched(browser.new_page())
        watched.page.goto((reported.folder / "report" / place).as_uri())
        watched.page.wait_for_load_state()
        assert "R-ConstraintBench" in watched.page.title()
        assert watched.page.locator("img").count() == 0
        assert watched.page.get_by_text("<b>hostile</b>").count() > 0


def test_pages_fit_a_narrow_screen(reported: Reported, browser: Browser):
    page = browser.new_page(viewport={"width": 400, "height": 800})
    for place, drawn in (("report.html", "body[data-plots='6']"), ("instances/all-k19-01.html", "svg.gantt .bar")):
        page.goto((reported.folder / "report" / place).as_uri())
        page.wait_for_selector(drawn, timeout=120_000)
        assert page.evaluate("document.documentElement.scrollWidth") == 400
        if place == "report.html":  # panels one below the other
            places = [page.locator(f"#feasibility .subplot.{name}").bounding_box() for name in ("xy", "x2y2")]
            assert places[0]["y"] + places[0]["height"] < places[1]["y"]


def test_a_report_on_nothing_but_feasible_schedules(browser: Browser, tmp_path: Path):
    archive, questions = str(tmp_path / "evolve.db"), tmp_path / "rcbench.json"
    instances = generate(Arguments(levels=(3,), per_level=1, phases=("precedence",)))
    questions.write_text(json.dumps(instances.to_json()), encoding="utf-8")
    assert evolve("run", str(questions), "--solver", "cp-sat", "--archive", archive)[0] == 0
    code, _, err = evolve("report", "--archive", archive, "--out", str(tmp_path))
    assert code == 0, err
    watched = Watched(browser.new_page())
    watched.page.goto((tmp_path / "report.html").as_uri())
    watched.page.wait_for_selector("body[data-plots='3']", timeout=120_000)
    assert watched.page.get_by_text("Every answer is feasible.").count() == 1
    assert watched.complaints == []


def test_a_run_is_reported_alone_on_the_terminal_and_in_the_format_asked_for(reported: Reported, tmp_path: Path):
    run = reported.contestant(EARLY)["run"]
    out = tmp_path / "out"
    code, text, err = evolve(
        "report", "--archive", str(reported.archive), "--run", run[:8], "--out", str(out), "--format", "csv,svg"
    )
    assert code == 0, err
    assert EARLY.split()[0] in text
    assert STEADY not in text
    assert {path.suffix for path in out.iterdir()} == {".csv", ".svg"}
    assert not (out / "pairs.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--run", "zzz"), "no run's id begins with 'zzz'"),
        (("--format", "pdf"), "--format is 'pdf'; allowed: html, json, csv, png, svg"),
        (("--out", "/proc/nothing"), "/proc/nothing: cannot be written to"),
    ],
)
def test_a_mistake_is_one_sentence(reported: Reported, arguments: tuple[str, ...], said: str):
    code, out, err = evolve("report", "--archive", str(reported.archive), *arguments)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


def test_an_archive_without_answers_is_refused(tmp_path: Path):
    with Archive(tmp_path / "empty.db") as store, store.write() as connection:
        connection.execute("INSERT INTO events (kind) VALUES ('nothing')")
    code, _, err = evolve("report", "--archive", str(tmp_path / "empty.db"))
    assert code == 2
    assert "no answers to report on" in err
