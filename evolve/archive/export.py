"""Taking a winner out of the archive: a Python module that runs alone and proves a known result, or a C++ header."""

from __future__ import annotations

import ast
import re
import textwrap
from datetime import UTC, datetime
from typing import Any

from evaluators.candidate import Candidate
from evaluators.declaration import EntryPoint
from evaluators.parsing import syntax_tree
from evaluators.problem import Example, Problem
from evolve.archive.database import Archive
from evolve.archive.queries import show
from evolve.archive.records import instance_set_id, read_array

_INCLUDE = re.compile(r"[ \t]*#[ \t]*include\b")


class ExportError(ValueError):
    """A candidate cannot be exported; the message is one sentence."""


def module_text(archive: Archive, candidate: Candidate, problem: Problem, entry: EntryPoint) -> str:
    """Source of a stand-alone module.

    Its docstring carries the provenance; its doctest repeats a result that was judged on ``train``. Of another language
    it is the source below the provenance in comments.

    Raises:
        ExportError: if the candidate's source cannot be taken apart.
    """
    source = candidate.text(entry.file)
    if candidate.language != "python":
        known = _provenance(archive, candidate, problem, entry).splitlines()
        return "\n".join([*(f"// {line}".rstrip() for line in known), "", source.rstrip("\n")]) + "\n"
    try:
        tree = syntax_tree(source)
    except SyntaxError as error:
        raise ExportError(
            f"candidate {candidate.id[:12]} does not parse (line {error.lineno}): it cannot be exported"
        ) from None
    body, future = _without_docstring(source, tree)
    facts = _provenance(archive, candidate, problem, entry)
    example = _example(archive, candidate, problem, entry)
    docstring = facts
    if example is not None:
        docstring += f"\nKnown result ({example.note}):\n\n{textwrap.indent(example.doctest, '    ')}\n"
    # A docstring is source: nothing in it may end it or escape.
    docstring = docstring.replace("\\", "\\\\").replace('"""', "'''")
    parts = [f'"""{docstring}"""', *future, body.strip("\n")]
    if example is not None:
        parts.append(example.code.strip("\n"))
    parts.append('if __name__ == "__main__":\n    import doctest\n\n    raise SystemExit(doctest.testmod()[0] > 0)')
    return "\n\n\n".join(parts) + "\n"


def header_text(archive: Archive, candidate: Candidate, problem: Problem, entry: EntryPoint) -> str:
    """A header with the candidate's function ``evolved::NAME``, below its provenance.

    Everything but its own includes lies in the namespace, and the function is inline: the header may be included in
    several places.

    Raises:
        ExportError: if the candidate is not in C++.
    """
    if candidate.language != "cpp":
        raise ExportError(f"candidate {candidate.id[:12]} is in {candidate.language}: --format header is for C++")
    source = candidate.text(entry.file).replace("\r\n", "\n")
    includes = [line.strip() for line in source.split("\n") if _INCLUDE.match(line)]
    body = "\n".join(line for line in source.split("\n") if not _INCLUDE.match(line)).strip("\n")
    body = re.sub(rf"(?<!inline )\bvoid(?=\s+{re.escape(entry.name)}\s*\()", "inline void", body)
    known = [f"// {line}".rstrip() for line in _provenance(archive, candidate, problem, entry).splitlines()]
    parts = [*known, "#pragma once", "", *includes, "", "namespace evolved {", "", body, "", "}  // namespace evolved"]
    return "\n".join(parts) + "\n"


def _example(archive: Archive, candidate: Candidate, problem: Problem, entry: EntryPoint) -> Example | None:
    """The smallest ``train`` instance on which a result of this candidate is on record."""
    instances = problem.instances("train")
    row = archive.row(
        "SELECT s.objectives FROM evaluations e JOIN instance_scores s ON s.evaluation_id = e.id "
        "WHERE e.candidate_id = ? AND e.problem_version = ? AND e.entry_point = ? AND e.split = 'train' "
        "AND e.complete = 1 AND e.instance_set = ? LIMIT 1",
        (candidate.id, problem.spec.version, entry.name, instance_set_id(instances)),
    )
    if row is None:
        return None
    objectives = read_array(row["objectives"])
    smallest = min(range(len(instances)), key=lambda i: (problem.effort([instances[i]]), i))
    return problem.example(entry, instances[smallest], float(objectives[smallest]))


def _without_docstring(source: str, tree: ast.Module) -> tuple[str, list[str]]:
    """The source without its module docstring and ``__future__`` imports, and those imports."""
    lines = source.splitlines()
    future: list[str] = []
    drop: set[int] = set()
    for k, node in enumerate(tree.body):
        is_docstring = (
            k == 0
            and isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        )
        is_future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        if is_docstring or is_future:
            assert node.end_lineno is not None
            drop |= set(range(node.lineno - 1, node.end_lineno))
            if is_future:
                future += lines[node.lineno - 1 : node.end_lineno]
    return "\n".join(line for k, line in enumerate(lines) if k not in drop), future


def _provenance(archive: Archive, candidate: Candidate, problem: Problem, entry: EntryPoint) -> str:
    known: dict[str, Any] = show(archive, candidate.id)
    lines = [
        f"{entry.name} for {problem.spec.title}.",
        "",
        "Found and judged by evolve.",
        "",
        f"candidate: {candidate.id}",
        f"problem: {problem.spec.name}, version {problem.spec.version}",
    ]
    if problem.spec.trust != "trusted":
        lines.append(f"trust: {problem.spec.trust}; the scores are those its evaluator told beside the candidate")
    for evaluation in known["evaluations"]:
        if evaluation["score"] is None or evaluation["entry_point"] != entry.name:
            continue
        interval = evaluation["confidence"]
        within = f" [{interval[0]:.4g}, {interval[1]:.4g}]" if interval else ""
        line = f"{evaluation['split']}: {evaluation['score']:.4g}{within} {problem.spec.objective.unit}"
        if line not in lines:
            lines.append(line)
    for proposal in known["proposals"][:1]:
        lines.append(f"campaign: {proposal['campaign']}, proposal {proposal['ordinal']} by {proposal['operator']}")
        lines += [
            f"model: {call['model']}, prompt {call['prompt_name']} {call['prompt_hash'][:24]}"
            for call in proposal["llm_calls"]
            if call["state"] == "answered"
        ]
        row = archive.row("SELECT created_at FROM campaigns WHERE id = ?", (proposal["campaign"],))
        if row is not None:
            lines.append(f"date: {datetime.fromtimestamp(row['created_at'], UTC):%Y-%m-%d}")
    return "\n".join(lines) + "\n"
