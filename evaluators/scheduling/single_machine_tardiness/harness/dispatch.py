"""Runs beside a candidate: builds job orders with its ``priority`` or by calling its ``sequence``.

Request: a length (4 bytes, little-endian), that many bytes of JSON ``{"entry", "elementwise", "instances", "jobs",
"numbers"}``, then processing times and due dates, two arrays (instances, jobs) of the type ``numbers``.
Response: a zero byte and the orders, a uint16 array (instances, jobs); or a one byte, the position of the instance (4
bytes) and a sentence saying what the candidate did wrong.
"""

from __future__ import annotations

import dis
import json
import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

import numpy as np

ARGUMENTS = ("p", "d", "t", "work", "jobs", "p_mean", "p_max", "p_min", "d_mean", "late", "tardiness")


class WrongError(Exception):
    """What the candidate returned cannot be used: a sentence, and the position of the instance."""

    def __init__(self, text: str, instance: int = 0) -> None:
        super().__init__(text)
        self.instance = instance


def load(files: Mapping[str, bytes]) -> Callable[[bytes], bytes]:
    """The handler of requests, with the candidate's module executed once."""
    module = sys.modules["candidate"] = ModuleType("candidate")  # dataclasses look their own module up there
    space = vars(module)
    exec(compile(files["candidate.py"], "candidate.py", "exec", dont_inherit=True), space)  # noqa: S102
    np.seterr(all="ignore")

    def handle(request: bytes) -> bytes:
        size = int.from_bytes(request[:4], "little")
        header = json.loads(request[4 : 4 + size])
        numbers = np.frombuffer(request, dtype=header["numbers"], offset=4 + size)
        numbers = numbers.reshape(2, header["instances"], header["jobs"])
        function = space[header["entry"]]
        p, d = numbers.astype(np.int64)
        try:
            if header["entry"] == "sequence":
                orders = sequences(function, p, d)
            elif header["elementwise"]:
                orders = lockstep(function, p, d)
            else:
                orders = one_by_one(function, p, d)
        except WrongError as error:
            return b"\x01" + error.instance.to_bytes(4, "little") + str(error).encode()
        return b"\x00" + orders.astype("<u2").tobytes()

    return handle


def used_arguments(function: Callable[..., Any]) -> set[str]:
    """Arguments of ``priority`` that ``function`` can see; those its code never loads need not be computed."""
    code = getattr(function, "__code__", None)
    every = set(ARGUMENTS)
    if code is None or code.co_flags & 0x0C or code.co_varnames[: code.co_argcount] != ARGUMENTS:
        return every  # Not a plain function with these parameters: *args, **kwargs or other names.
    if code.co_cellvars or {"locals", "vars", "eval", "exec", "dir", "sys", "inspect"} & set(code.co_names):
        return every
    names: set[str] = set()
    for instruction in dis.get_instructions(code):
        argument = instruction.argval
        names.update(argument if isinstance(argument, tuple) else (argument,) if isinstance(argument, str) else ())
    return every & names


def presorted(p: np.ndarray, d: np.ndarray) -> np.ndarray:
    """Job indices by (p, d, index), the order in which waiting jobs are listed; along the last axis."""
    return np.lexsort((d, p), axis=-1)


def state(used: set[str], p: np.ndarray, d: np.ndarray, t: Any, work: Any, due: Any, jobs: int) -> list[Any]:
    """Arguments of ``priority`` with the jobs along the last axis; None for those not used.

    Args:
        used: names wanted.
        p: processing times of waiting jobs, by (p, d, index).
        d: their due dates.
        t: time now, of shape (..., 1).
        work: sum of ``p``, of shape (..., 1).
        due: sum of ``d``, of shape (..., 1).
        jobs: how many wait.
    """
    overdue = t + p - d if "late" in used or "tardiness" in used else None
    return [
        p,
        d,
        t,
        work,
        np.float64(jobs),  # a Python number would divide by zero and negate truth otherwise than an array
        work / jobs if "p_mean" in used else None,
        p[..., -1:].copy() if "p_max" in used else None,
        p[..., :1].copy() if "p_min" in used else None,
        due / jobs if "d_mean" in used else None,
        (overdue > 0).sum(axis=-1, keepdims=True).astype(float) if "late" in used else None,
        np.maximum(overdue, 0).sum(axis=-1, keepdims=True) if "tardiness" in used else None,
    ]


def lockstep(function: Callable[..., Any], p: np.ndarray, d: np.ndarray) -> np.ndarray:
    """Orders (instances, jobs) of a function shown to be elementwise: one call chooses a job for every instance."""
    count, size = p.shape
    used = used_arguments(function)
    jobs = presorted(p, d)
    p = np.take_along_axis(p, jobs, 1).astype(float)
    d = np.take_along_axis(d, jobs, 1).astype(float)
    rows = np.arange(count)
    t, work, due = np.zeros((count, 1)), p.sum(axis=1, keepdims=True), d.sum(axis=1, keepdims=True)
    orders = np.empty((count, size), dtype=np.int64)
    for waiting in range(size, 0, -1):
        p.flags.writeable = d.flags.writeable = False
        values = function(*state(used, p, d, t.copy(), work.copy(), due, waiting))
        values = numbers(values, (count, waiting), t)
        chosen = values.argmin(axis=1)
        if np.isnan(values[rows, chosen]).any():  # argmin stops at a NaN
            row = int(np.isnan(values).any(axis=1).argmax())
            raise not_a_number(jobs[row, int(np.isnan(values[row]).argmax())], t[row, 0], row)
        orders[:, size - waiting] = jobs[rows, chosen]
        step = p[rows, chosen][:, None]
        t, work, due = t + step, work - step, due - d[rows, chosen][:, None]
        keep = np.ones((count, waiting), dtype=bool)
        keep[rows, chosen] = False
        places = np.flatnonzero(keep)
        shape = (count, waiting - 1)
        p, d, jobs = (array.reshape(-1)[places].reshape(shape) for array in (p, d, jobs))
    return orders


def one_by_one(function: Callable[..., Any], p: np.ndarray, d: np.ndarray) -> np.ndarray:
    """Orders (instances, jobs) of any function: arrays of one axis, numbers as ``numpy.float64``."""
    used = used_arguments(function)
    orders = np.empty(p.shape, dtype=np.int64)
    for row in range(len(p)):
        try:
            orders[row] = dispatch(function, used, p[row], d[row])
        except WrongError as error:
            raise WrongError(str(error), row) from None
    return orders


def dispatch(function: Callable[..., Any], used: set[str], p: np.ndarray, d: np.ndarray) -> np.ndarray:
    """Order of one instance's jobs."""
    jobs = presorted(p, d)
    p, d = p[jobs].astype(float), d[jobs].astype(float)
    t, work, due = np.zeros(1), p.sum(keepdims=True), d.sum(keepdims=True)
    order = np.empty(len(p), dtype=np.int64)
    for waiting in range(len(p), 0, -1):
        p.flags.writeable = d.flags.writeable = False
        arguments = state(used, p, d, t, work, due, waiting)
        arguments[2:] = [None if a is None else np.float64(a if isinstance(a, float) else a[0]) for a in arguments[2:]]
        values = numbers(function(*arguments), (waiting,), t)
        chosen = int(values.argmin())
        if np.isnan(values[chosen]):
            raise not_a_number(jobs[chosen], t[0])
        order[len(order) - waiting] = jobs[chosen]
        t, work, due = t + p[chosen], work - p[chosen], due - d[chosen]
        keep = np.ones(waiting, dtype=bool)
        keep[chosen] = False
        p, d, jobs = p[keep], d[keep], jobs[keep]
    return order


def numbers(values: Any, shape: tuple[int, ...], t: np.ndarray) -> np.ndarray:
    """What ``priority`` returned as an array of ``shape``; one number stands for all jobs."""
    array = np.asarray(values)
    if array.dtype.kind not in "fiub":
        raise WrongError(f"priority returned {type(values).__name__} that is not an array of numbers")
    if array.ndim and (array.shape[-1:] not in (shape[-1:], (1,)) or array.ndim > len(shape)):
        raise WrongError(
            f"priority returned an array of shape {array.shape} for {shape[-1]} waiting jobs at time {t.flat[0]:g}; "
            f"it must return one number a job"
        )
    return array if array.shape == shape else np.broadcast_to(array, shape)


def not_a_number(job: Any, t: Any, instance: int = 0) -> WrongError:
    """The complaint about a NaN."""
    return WrongError(f"priority returned NaN for job {int(job)} at time {float(t):g}", instance)


def sequences(function: Callable[..., Any], p: np.ndarray, d: np.ndarray) -> np.ndarray:
    """Orders (instances, jobs) returned by ``sequence``, each checked to be whole numbers in range."""
    count, size = p.shape
    orders = np.empty((count, size), dtype=np.int64)
    for row in range(count):
        times, due = p[row].copy(), d[row].copy()
        times.flags.writeable = due.flags.writeable = False
        returned = function(times, due)
        try:
            order = np.asarray(returned)
        except ValueError:
            raise WrongError("sequence returned something that is not a list of job indices", row) from None
        if order.ndim != 1 or (order.size and order.dtype.kind not in "iu"):
            raise WrongError("sequence returned something that is not a list of job indices", row)
        if len(order) != size:
            raise WrongError(f"sequence returned {len(order)} jobs where there are {size}", row)
        outside = order[(order < 0) | (order >= size)]
        if outside.size:
            raise WrongError(f"sequence returned job {outside[0]}; jobs are numbered 0 to {size - 1}", row)
        orders[row] = order
    return orders
