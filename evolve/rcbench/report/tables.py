"""The report as CSV: one table a question, one header line, shares as numbers from 0 to 1."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from evolve.rcbench.results import RunResults

Row = dict[str, Any]


def write_tables(document: Mapping[str, Any], runs: Mapping[str, RunResults], folder: Path) -> list[Path]:
    """Write every table that has rows.

    Args:
        document: of :func:`evolve.rcbench.report.document.report`.
        runs: by the name the document has for each.
        folder: that exists.
    """
    contestants = document["contestants"]
    tables: dict[str, list[Row]] = {
        "contestants": [_contestant(contestant) for contestant in contestants],
        "phases": [row for contestant in contestants for row in _phases(contestant)],
        "levels": [row for contestant in contestants for row in _levels(contestant)],
        "errors": [row for contestant in contestants for row in _errors(contestant)],
        "cooccurrence": [row for contestant in contestants for row in _together(contestant)],
        "interaction": [row for contestant in contestants for row in _interaction(contestant)],
        "pairs": [_ends(pair) for pair in document["pairs"]],
        "answers": [row for name, run in runs.items() for row in _answers(name, run)],
    }
    return [_write(folder / f"{name}.csv", rows) for name, rows in tables.items() if rows]


def _write(path: Path, rows: Sequence[Row]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def _ends(row: Mapping[str, Any]) -> Row:
    """The row with its interval as two columns."""
    low, high = row["confidence"]
    flat: Row = {}
    for key, value in row.items():
        flat |= {"low": low, "high": high} if key == "confidence" else {key: value}
    return flat


def _contestant(contestant: Mapping[str, Any]) -> Row:
    keys = ("contestant", "run", "kind", "set", "instances", "answered", "feasible", "feasible_rate", "confidence")
    return {**_ends({key: contestant[key] for key in keys}), **contestant["verdicts"], **contestant["cost"]}


def _phases(contestant: Mapping[str, Any]) -> Iterator[Row]:
    for phase in contestant["phases"]:
        row = {"contestant": contestant["contestant"], "phase": phase["phase"], "answered": phase["answered"]}
        row |= _ends({"feasible_rate": phase["feasible_rate"], "confidence": phase["confidence"]})
        for key in ("auc", "wauc"):
            low, high = phase[key]["confidence"]
            row |= {key: phase[key]["value"], f"{key}_low": low, f"{key}_high": high}
        for threshold in phase["thresholds"]:
            name = f"k_{threshold['share']:g}"
            low, high = threshold["confidence"]
            row |= {name: threshold["level"], f"{name}_low": low, f"{name}_high": high}
        yield row


def _levels(contestant: Mapping[str, Any]) -> Iterator[Row]:
    for phase in contestant["phases"]:
        for level in phase["levels"]:
            yield {"contestant": contestant["contestant"], "phase": phase["phase"]} | _ends(level)


def _errors(contestant: Mapping[str, Any]) -> Iterator[Row]:
    everything = {"phase": "every phase", "errors": contestant["errors"]}
    for phase in (everything, *contestant["phases"]):
        for found in phase["errors"]["classes"]:
            row = {"contestant": contestant["contestant"], "phase": phase["phase"], "infeasible": phase["errors"]["n"]}
            yield row | _ends(found)


def _together(contestant: Mapping[str, Any]) -> Iterator[Row]:
    errors = contestant["errors"]
    kinds = [found["kind"] for found in errors["classes"]]
    for i, one in enumerate(kinds):
        for j, other in enumerate(kinds):
            yield {
                "contestant": contestant["contestant"],
                "one": one,
                "other": other,
                "answers": errors["together"][i][j],
                "lift": errors["lift"][i][j],
            }


def _interaction(contestant: Mapping[str, Any]) -> Iterator[Row]:
    found = contestant["interaction"]
    if found["verdict"] is not None:
        for level, expected, observed in zip(found["levels"], found["expected"], found["observed"], strict=True):
            row = {"contestant": contestant["contestant"], "level": level, "expected": expected, "observed": observed}
            low, high = found["confidence"] or (None, None)
            yield row | {"excess": found["excess"], "low": low, "high": high, "verdict": found["verdict"]}


def _answers(name: str, run: RunResults) -> Iterator[Row]:
    for answer in run.answers:
        yield {"contestant": name, "run": run.run_id} | asdict(answer) | {"kinds": " ".join(answer.kinds)}
