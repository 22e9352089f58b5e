"""What a problem's trusted part gives away or believes, seen without running anything hostile.

Requests are made again with other references and names, which must not change a byte of them. Honest responses are
bent in many ways and judged: each must be refused with ``WrongAnswerError`` or judged by what it decides, and judging
must change nothing.
"""

from __future__ import annotations

import json
import math
import pickle
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from evaluators.audit.leaks import Leak
from evaluators.declaration import EntryPoint
from evaluators.judging import Frames
from evaluators.problem import Instance, Judged, Problem, Request, WrongAnswerError

Found = tuple[Leak, str, str]
"""The leak, the name of the inspection, the evidence."""

_GARBAGE = (
    b"", b"\x00", b"\x01", b"\xff" * 64, b"null", b"true", b"NaN", b"[]", b"{}", b'""', b"0", b"-1", b"[null]",
    b"[NaN]", b"[1e999]", b'["\\ud800"]', b"[" * 100_000, b"9" * 5000, b'{"score": 0, "valid": true}',
    b"\xef\xbb\xbf[]", b"\x01" + b"\xff" * 600, b"\x00" + b"\xff" * 600,
)  # fmt: skip
_ODD_VALUES: tuple[Any, ...] = (None, True, -1, 1e308, -1e308, 10**30, "0", "\ud800", [], {}, [[]], 0.5)
_REPORTED = (-987654.0, 987654.0)
_MAX_BENT = 300


def snapshot(problem: Problem) -> bytes:
    """The instances of ``train``, before anything has been judged."""
    return pickle.dumps(list(problem.instances("train")))


def inspect(
    problem: Problem, entry: EntryPoint, frames: Frames, responses: Sequence[bytes], untouched: bytes
) -> list[Found]:
    """All inspections of one entry point.

    Args:
        problem: its trusted part is tried.
        entry: the function.
        frames: requests as they would be sent, and the instances they stand for.
        responses: honest ones to ``frames.requests``; none if there are not any.
        untouched: :func:`snapshot` of the problem from before ``responses`` were judged.
    """
    found = [*_references(problem, entry, frames.instances), *_foresight(problem, entry)]
    found += _readable(problem, frames, responses)
    found += _judging(problem, frames, responses)
    if snapshot(problem) != untouched:
        what = "judging an answer changes the instance it is for"
        found.append((Leak.INPUT_MUTATION, "judging_changes_instances", what))
    kept: dict[tuple[Leak, str], Found] = {}
    for one in found:
        kept.setdefault(one[:2], one)
    return list(kept.values())


# ---- what is sent ----------------------------------------------------------------------------------------------------


def _references(problem: Problem, entry: EntryPoint, instances: Sequence[Instance]) -> Iterator[Found]:
    """Requests must be the same whatever the references and the names of the instances."""
    payloads = [request.payload for request in problem.requests(instances, entry, False)]
    others = [
        replace(i, reference=None if i.reference is None else 2 * i.reference + 7, proven=not i.proven)
        for i in instances
    ]
    if [request.payload for request in problem.requests(others, entry, False)] != payloads:
        yield Leak.ANSWER_READABLE, "requests_and_references", "the requests change with Instance.reference"
    others = [replace(i, name=f"other-{k}", part="other") for k, i in enumerate(instances)]
    if [request.payload for request in problem.requests(others, entry, False)] != payloads:
        yield Leak.ANSWER_READABLE, "requests_and_names", "the requests change with the names of the instances"


def _readable(problem: Problem, frames: Frames, responses: Sequence[bytes]) -> Iterator[Found]:
    """In JSON requests: nothing may be the reference, or an answer as good as an honest one, at the same place."""
    single = [k for k, request in enumerate(frames.requests) if len(request.indices) == 1]
    flat = []
    for k in single:
        try:
            flat.append(dict(_leaves(json.loads(frames.requests[k].payload))))
        except (ValueError, RecursionError):
            return
    references = [frames.instances[frames.requests[k].indices[0]].reference for k in single]
    if len(set(references)) < 3:
        return
    for path in set.intersection(*(set(leaves) for leaves in flat)):
        if all(_same(leaves[path], reference) for leaves, reference in zip(flat, references, strict=True)):
            yield Leak.ANSWER_READABLE, "requests_hold_references", f"{path} of each request is the best value known"
    if len(responses) != len(frames.requests):
        return
    values = [dict(_values(json.loads(frames.requests[k].payload))) for k in single]
    for path in set.intersection(*(set(found) for found in values)):
        gains = []
        for k, found in zip(single, values, strict=True):
            honest = _try(problem, frames.requests[k], responses[k], frames.instances)
            given = _try(problem, frames.requests[k], json.dumps(found[path]).encode(), frames.instances)
            gains.append(_gain(problem, honest, given))
        if gains and all(gain is not None and gain >= 0 for gain in gains) and any(gain for gain in gains):
            yield Leak.ANSWER_READABLE, "requests_hold_answers", f"{path} of each request is a better answer"


def _foresight(problem: Problem, entry: EntryPoint) -> Iterator[Found]:
    """What only the audit of elites can notice must be declared so that it is looked for."""
    if problem.spec.deterministic == "exact" and "audit" not in problem.spec.stages:
        yield (
            Leak.CHANCE_UNSEEN, "stages_without_audit",
            "decisions are to be repeatable, but 'audit' is not among the stages, so nobody would notice",
        )  # fmt: skip
    if not problem.spec.online:
        return
    if entry.simulator is None:
        yield (
            Leak.FUTURE_VISIBLE, "online_without_simulator",
            "the problem is online, but the whole instance is sent to the candidate's process",
        )  # fmt: skip
    if not problem.anticipation_pairs(1):
        yield (
            Leak.FUTURE_VISIBLE, "online_without_pairs",
            "the problem is online, but anticipation_pairs() gives none, so knowing the future would not be noticed",
        )  # fmt: skip


# ---- what is believed ------------------------------------------------------------------------------------------------


def _judging(problem: Problem, frames: Frames, responses: Sequence[bytes]) -> Iterator[Found]:
    for request, honest in zip(frames.requests, responses, strict=False):
        instances = frames.instances
        first = _try(problem, request, honest, instances)
        for name, bent in _bent(honest):
            judged = _try(problem, request, bent, instances)
            if isinstance(judged, Exception):
                yield (
                    Leak.JUDGE_BROKEN, "hostile_responses",
                    f"{name}: judging raised {type(judged).__name__}: {str(judged)[:100]!r}",
                )  # fmt: skip
            elif judged is not None and not all(math.isfinite(one.score) for one in judged):
                yield Leak.WRONG_ACCEPTED, "hostile_responses", f"{name}: judged with a score that is not a number"
            elif name.startswith("garbage") and (gain := _gain(problem, first, judged)) is not None and gain > 0:
                yield Leak.WRONG_ACCEPTED, "hostile_responses", f"{name} is judged better than an honest answer"
        if _try(problem, request, honest, instances) != first:
            yield Leak.INPUT_MUTATION, "judging_twice", "the same answer is judged differently the second time"
        yield from _reported(problem, request, honest, instances)


def _reported(problem: Problem, request: Request, honest: bytes, instances: Sequence[Instance]) -> Iterator[Found]:
    """A number in the response that becomes the objective or the score, whatever it is."""
    try:
        document = json.loads(honest)
    except (ValueError, RecursionError):
        return
    for path, value in list(_leaves(document))[:_MAX_BENT]:
        if not path or isinstance(value, bool) or not isinstance(value, int | float):
            continue
        taken = []
        for number in _REPORTED:
            judged = _try(problem, request, json.dumps(_with(document, path, number)).encode(), instances)
            taken.append(isinstance(judged, list) and any(number in (one.objective, one.score) for one in judged))
        if all(taken):
            yield (
                Leak.REPORTED_OBJECTIVE, "reported_objective",
                f"{path} of the response is taken for the objective, whatever the decisions are",
            )  # fmt: skip


def _bent(honest: bytes) -> Iterator[tuple[str, bytes]]:
    """Hostile variations of an honest response, each with a name."""
    for garbage in _GARBAGE:
        yield f"garbage {garbage[:20]!r}", garbage
    yield "half of an answer", honest[: len(honest) // 2]
    yield "an answer twice", honest * 2
    yield "an answer with every bit turned", bytes(255 - byte for byte in honest)
    yield "an answer of zeros", honest[:1] + bytes(max(0, len(honest) - 1))
    try:
        document = json.loads(honest)
    except (ValueError, RecursionError):
        return
    leaves = list(_leaves(document))
    for path, _ in [*leaves[:3], *leaves[-2:]]:
        for odd in _ODD_VALUES:
            yield f"{odd!r} at {path}", json.dumps(_with(document, path, odd)).encode()
        for token in (b"NaN", b"-Infinity", b"1e999"):
            marked = json.dumps(_with(document, path, "\0token")).encode()
            yield f"{token.decode()} at {path}", marked.replace(b'"\\u0000token"', token)


def _try(
    problem: Problem, request: Request, response: bytes, instances: Sequence[Instance]
) -> list[Judged] | Exception | None:
    """The judgement, None if the response was refused as wrong, or what else judging raised."""
    try:
        return list(problem.judge(request, response, instances))
    except WrongAnswerError:
        return None
    except Exception as error:
        return error


def _gain(
    problem: Problem, honest: list[Judged] | Exception | None, other: list[Judged] | Exception | None
) -> float | None:
    """By how much ``other`` is judged better; None if one of them was refused."""
    if not isinstance(honest, list) or not isinstance(other, list):
        return None
    sign = 1.0 if problem.spec.objective.direction == "min" else -1.0
    return sign * sum(one.score - two.score for one, two in zip(honest, other, strict=False))


# ---- JSON documents --------------------------------------------------------------------------------------------------


def _values(document: Any, path: str = "$") -> Iterator[tuple[str, Any]]:
    """Every value in a document with its path, the lists of a document as wholes too."""
    yield path, document
    if isinstance(document, dict):
        for key, value in document.items():
            yield from _values(value, f"{path}.{key}")
    elif isinstance(document, list):
        for k, value in enumerate(document[:50]):
            yield from _values(value, f"{path}[{k}]")


def _leaves(document: Any) -> Iterator[tuple[str, Any]]:
    return ((path, value) for path, value in _values(document) if not isinstance(value, dict | list))


def _with(document: Any, path: str, value: Any) -> Any:
    """A copy of ``document`` with ``value`` at ``path``."""
    return _replaced(document, "$", path, value)


def _replaced(document: Any, here: str, path: str, value: Any) -> Any:
    if here == path:
        return value
    if isinstance(document, dict):
        return {key: _replaced(item, f"{here}.{key}", path, value) for key, item in document.items()}
    if isinstance(document, list):
        return [_replaced(item, f"{here}[{k}]", path, value) for k, item in enumerate(document)]
    return document


def _same(value: Any, reference: float | None) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == reference
