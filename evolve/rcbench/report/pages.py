"""The report as HTML: one page with everything, and a page an instance with its schedules as Gantt charts.

The pages need no network and nothing beside them. The report's plots are plotly's, which is packed into it compressed;
without a script its tables and the Gantt pages are there all the same.
"""

from __future__ import annotations

import base64
import gzip
import itertools
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evaluators.rconstraintbench import TITLE
from evolve.rcbench.report.document import ALL_PHASES, in_order
from evolve.rcbench.report.figures import colour, figures, phases_of
from evolve.rcbench.report.gantt import Gantt
from evolve.rcbench.results import Answer, RunResults, answer_of, instance_of, witness_of

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

    from evolve.archive import Archive

LONGEST_TEXT = 20_000
"""Characters of what a model wrote that a page shows."""


def report_page(document: Mapping[str, Any], runs: Mapping[str, RunResults]) -> str:
    """The page.

    Args:
        document: of :func:`evolve.rcbench.report.document.report`.
        runs: by the name the document has for each.
    """
    from markupsafe import Markup

    contestants = document["contestants"]
    plots = figures(dict(document))
    pairs = [
        (title, chosen)
        for title, chosen in (
            ("Over every phase", [pair for pair in document["pairs"] if pair["phase"] == ALL_PHASES]),
            ("Phase by phase", [pair for pair in document["pairs"] if pair["phase"] != ALL_PHASES]),
        )
        if chosen
    ]
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            document=document,
            contestants=contestants,
            phases=phases_of(contestants),
            colours={contestant["contestant"]: colour(k) for k, contestant in enumerate(contestants)},
            pairs=pairs,
            maps=list(_maps(runs)),
            figures=plots,
            figures_json=Markup(_embedded(plots)),  # noqa: S704  # no "<" is left in it
            plotly=_plotly(),
        )
    )


def instance_pages(archive: Archive, runs: Mapping[str, RunResults]) -> Iterator[tuple[str, str]]:
    """File name and text of the page of each instance that any contestant answered.

    Args:
        archive: that holds instances and answers.
        runs: by the name each has in the report.
    """
    template = _environment().get_template("instance.html.j2")
    names = file_names(runs)
    order = list(names)
    for place, instance_id in enumerate(order):
        instance, witness = instance_of(archive, instance_id), witness_of(archive, instance_id)
        answers = {name: answer_of(archive, run.run_id, instance_id) for name, run in runs.items()}
        found = {name: answer for name, answer in answers.items() if answer is not None}
        gantt = Gantt(instance, [witness, *(answer.schedule for answer in found.values())])
        schedules = [
            {
                "contestant": name,
                "verdict": answer.answer.verdict,
                "note": answer.note,
                "violations": answer.violations,
                "drawing": _drawing(gantt.draw(answer.schedule, answer.violations) if answer.schedule else ""),
                "text": answer.text[:LONGEST_TEXT],
            }
            for name, answer in found.items()
        ]
        text = template.render(
            instance=instance,
            benchmark=TITLE,
            shared=_drawing(gantt.shared()),
            schedules=schedules,
            witness=_drawing(gantt.draw(witness, ())),
            before=names[order[place - 1]] if place else None,
            after=names[order[place + 1]] if place + 1 < len(order) else None,
        )
        yield names[instance_id], text


def _drawing(svg: str) -> Markup:
    """SVG that goes into a page as it is: what came from elsewhere has been escaped in it."""
    from markupsafe import Markup

    return Markup(svg)  # noqa: S704


def file_names(runs: Mapping[str, RunResults]) -> dict[str, str]:
    """Name of the page of each instance answered, by its id, in the order of phase, level and index."""
    answers = {answer.instance_id: answer for run in runs.values() for answer in run.answers}
    phases = in_order({answer.phase for answer in answers.values()})
    ordered = sorted(
        answers.items(), key=lambda item: (phases.index(item[1].phase), item[1].level, item[1].index, item[0])
    )
    taken = Counter(answer.name for answer in answers.values())
    return {
        instance_id: answer.name.replace("/", "-") + (f"-{instance_id[:8]}" if taken[answer.name] > 1 else "")
        + ".html"
        for instance_id, answer in ordered
    }  # fmt: skip


def _maps(runs: Mapping[str, RunResults]) -> Iterator[tuple[str, list[tuple[int, list[dict[str, Any]]]]]]:
    """Each phase with its levels, their instances and who solved them."""
    by_instance: dict[str, list[tuple[str, Answer]]] = {}
    for name, run in runs.items():
        for answer in run.answers:
            by_instance.setdefault(answer.instance_id, []).append((name, answer))
    names = file_names(runs)

    def cell(instance_id: str) -> dict[str, Any]:
        found = by_instance[instance_id]
        marks = [(name, answer.verdict == "feasible") for name, answer in found]
        return {"file": names[instance_id], "index": found[0][1].index, "marks": marks}

    def phase(instance_id: str) -> str:
        return by_instance[instance_id][0][1].phase

    def level(instance_id: str) -> int:
        return by_instance[instance_id][0][1].level

    for title, of_phase in itertools.groupby(names, phase):
        rows = [(k, [cell(each) for each in of_level]) for k, of_level in itertools.groupby(of_phase, level)]
        yield title, rows


def _embedded(value: Any) -> str:
    """JSON that may stand in a script element: nothing in it ends one."""
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")


@cache
def _plotly() -> str:
    from plotly.offline import get_plotlyjs

    return base64.b64encode(gzip.compress(get_plotlyjs().encode(), 9, mtime=0)).decode()


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    folder = Path(__file__).parent / "templates"
    environment = Environment(loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined)
    environment.globals["style"] = Markup((folder / "style.css").read_text(encoding="utf-8"))  # noqa: S704
    return environment


def write_pages(
    archive: Archive, document: Mapping[str, Any], runs: Mapping[str, RunResults], folder: Path
) -> Sequence[Path]:
    """Write ``report.html`` and ``instances/*.html``; the report's path is the first of those returned."""
    instances = folder / "instances"
    instances.mkdir(parents=True, exist_ok=True)
    written = [folder / "report.html"]
    written[0].write_text(report_page(document, runs), encoding="utf-8")
    for name, text in instance_pages(archive, runs):
        written.append(instances / name)
        written[-1].write_text(text, encoding="utf-8")
    return written
