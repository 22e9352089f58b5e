"""What a child runs once its walls stand: the candidate's side of a job, or the simulator's.

Everything here runs in the same process as untrusted code and is therefore not trusted either: what it writes is data.
"""

from __future__ import annotations

import errno
import linecache
import marshal
import os
import random
import sys
import traceback
from collections.abc import Callable
from typing import NoReturn

from .framing import LENGTH, read_exactly, read_frame, split, write_all

CAUSE = 0xFFFFFFFF  # a "length" that announces one byte naming why the program failed
CAUSE_MEMORY, CAUSE_PROCESSES = b"m", b"p"
EXIT_EXCEPTION = 1
EXIT_CANDIDATE_GONE = 3
EXIT_DECISIONS_OVER_CAP = 4

_HERE = os.path.dirname(__file__)


class _CandidateGone(BaseException):
    """The candidate's process closed its end; not an Exception, so that no simulator swallows it."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def run_candidate(requests: int, answers: int) -> NoReturn:
    """Load the program, then answer each request on descriptor ``requests`` on descriptor ``answers``."""
    try:
        source, compiled, *rest = split(read_frame(requests))
        files = {rest[k].decode(): rest[k + 1] for k in range(0, len(rest), 2)}
        try:
            _reseed()
            handler = _define(source, compiled, "program.py", "load")(files)
            if not callable(handler):
                raise TypeError(f"load(files) must return a function, got {type(handler).__name__}")
            _flush()
            write_all(answers, LENGTH.pack(0))
            _answer(handler, requests, answers)
        except BaseException as failure:
            files["program.py"] = source
            code = _explain(failure, files, answers)
    except BaseException:
        code = EXIT_EXCEPTION
    os._exit(code)


def run_simulator(requests: int, answers: int, observations: int, decisions: int) -> NoReturn:
    """Pass the candidate's setup on, load the simulator, then answer requests by asking the candidate.

    ``observations`` is the pipe to the candidate's process, ``decisions`` the one back.
    """
    try:
        source, compiled, cap, setup = split(read_frame(requests))
        left = int(cap)

        def receive() -> bytes:
            nonlocal left
            try:
                (size,) = LENGTH.unpack(read_exactly(decisions, LENGTH.size))
                if size == CAUSE:
                    write_all(answers, LENGTH.pack(CAUSE) + read_exactly(decisions, 1))
                    raise _CandidateGone(EXIT_CANDIDATE_GONE)
                left -= size
                if left < 0:
                    raise _CandidateGone(EXIT_DECISIONS_OVER_CAP)
                return read_exactly(decisions, size) if size else b""
            except EOFError:
                raise _CandidateGone(EXIT_CANDIDATE_GONE) from None

        def ask(observation: bytes) -> bytes:
            """Hand one observation to the candidate; its decision."""
            _send(observations, observation)
            return receive()

        try:
            _send(observations, setup)
            _reseed()
            serve = _define(source, compiled, "simulator.py", "serve")
            receive()  # the candidate's word that it is loaded
            write_all(answers, LENGTH.pack(0))
            _answer(lambda request: serve(request, ask), requests, answers)
        except _CandidateGone as gone:
            code = gone.code
        except BaseException as failure:
            code = _explain(failure, {"simulator.py": source}, answers)
    except BaseException:
        code = EXIT_EXCEPTION
    os._exit(code)


def _send(observations: int, data: bytes) -> None:
    try:
        write_all(observations, LENGTH.pack(len(data)) + data)
    except BrokenPipeError:
        raise _CandidateGone(EXIT_CANDIDATE_GONE) from None


def _define(source: bytes, compiled: bytes, name: str, function: str) -> Callable[..., object]:
    """The function a module defines; ``compiled`` is its code, or empty if the host's Python is another one."""
    namespace: dict[str, object] = {"__name__": name.removesuffix(".py"), "__file__": name}
    code = marshal.loads(compiled) if compiled else compile(source, name, "exec", dont_inherit=True)
    exec(code, namespace)
    found = namespace.get(function)
    if not callable(found):
        raise NameError(f"{name} does not define {function}")
    return found


def _answer(handler: Callable[[bytes], object], requests: int, answers: int) -> NoReturn:
    while True:
        response = handler(read_frame(requests))
        if not isinstance(response, (bytes, bytearray, memoryview)):
            raise TypeError(f"a response must be bytes, got {type(response).__name__}")
        _flush()  # before the response: the supervisor may end this process as soon as it has the last one
        write_all(answers, LENGTH.pack(len(response)) + response)


def _reseed() -> None:
    """Copies of one process would all draw the same numbers from the global generators."""
    random.seed()
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed()


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()


def _explain(failure: BaseException, sources: dict[str, bytes], answers: int) -> int:
    """Tell stderr about ``failure``, the supervisor its kind, and give the exit code."""
    if isinstance(failure, SystemExit):
        code = failure.code
        if code is not None and not isinstance(code, int):
            print(code, file=sys.stderr)
            code = EXIT_EXCEPTION
        _flush()
        return (code or 0) & 0xFF
    cause = b""
    if isinstance(failure, MemoryError):
        cause = CAUSE_MEMORY
    elif (isinstance(failure, BlockingIOError) and failure.errno == errno.EAGAIN) or (
        isinstance(failure, RuntimeError) and "start new thread" in str(failure)
    ):
        cause = CAUSE_PROCESSES
    if cause:
        write_all(answers, LENGTH.pack(CAUSE) + cause)
    for name, source in sources.items():
        lines = source.decode("utf-8", "replace").splitlines(keepends=True)
        linecache.cache[name] = (len(source), None, lines, name)
    frames = failure.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename.startswith(_HERE):
        frames = frames.tb_next
    traceback.print_exception(failure.with_traceback(frames))
    _flush()
    return EXIT_EXCEPTION
