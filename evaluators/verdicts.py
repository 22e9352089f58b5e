"""The words of a judgement."""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    """What was found out about a candidate (definitions in ARCHITECTURE.md)."""

    OK = "ok"
    REJECTED = "rejected"
    BUILD_ERROR = "build_error"
    WRONG_ANSWER = "wrong_answer"
    RUNTIME_ERROR = "runtime_error"
    MEMORY_ERROR = "memory_error"
    DATA_RACE = "data_race"
    TIME_LIMIT = "time_limit"
    MEMORY_LIMIT = "memory_limit"
    PROCESS_LIMIT = "process_limit"
    OUTPUT_LIMIT = "output_limit"
    DISK_LIMIT = "disk_limit"
    NONDETERMINISTIC = "nondeterministic"
    TAMPERING = "tampering"
    INTERNAL_ERROR = "internal_error"


class Comparison(StrEnum):
    """Outcome of a paired comparison."""

    BETTER = "better"
    WORSE = "worse"
    INDISTINGUISHABLE = "indistinguishable"
    NOISY = "noisy"
