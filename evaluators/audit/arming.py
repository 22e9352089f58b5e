"""Making a candidate of an attack: filled in for one entry point, with honest answers to hide behind."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from evaluators.audit.attack_set import FOLDER, Attack, AttackError
from evaluators.candidate import Candidate
from evaluators.declaration import EntryPoint, ProblemSpec

_WRITTEN_FOR = {"cpp": "void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n)"}
"""Language -> the one signature that attacks in it are written for; Python's take any."""
_LAST_WORD = re.compile(r"\s*\w+\s*(?=[,)])")
_KIT_IMPORT = re.compile(r"^from kit import (\([^)]*\)|[^\n]*)\n", re.MULTILINE)
_NEEDLE_LENGTH = 6
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Target:
    """What an attack is filled in for.

    Attributes:
        spec: of the problem.
        entry: the function.
        honest: sources of baselines, the best first; the first gives the honest answers.
        secrets: texts that only the host knows, such as names of instances.
    """

    spec: ProblemSpec
    entry: EntryPoint
    honest: tuple[str, ...]
    secrets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Armed:
    """An attack ready to be judged.

    Attributes:
        candidate: it.
        process_name: by which every process it leaves behind is known on the host, 15 bytes at most. Compiled programs
            do not take it: they can start none.
    """

    candidate: Candidate
    process_name: str


def arm(attack: Attack, target: Target, variant: str = "") -> Armed:
    """Fill ``attack`` in for ``target``.

    Raises:
        AttackError: if nothing is known of attacks in that language.
    """
    filling = _LANGUAGES.get(attack.language)
    if filling is None:
        raise AttackError(f"{attack.name}: attacks in {attack.language} cannot be filled in for an entry point")
    process_name = f"ev{os.getpid():x}.{next(_numbers):x}"[:15]
    text = filling(attack, target, variant, process_name)
    return Armed(Candidate.of_text(text, target.entry.file, attack.language), process_name)


def applies(attack: Attack, target: Target) -> str:
    """Why ``attack`` makes no sense against ``target``; empty if it does."""
    spec = target.spec
    written_for = _WRITTEN_FOR.get(attack.language)
    if written_for is not None and _types(written_for) != _types(target.entry.signature):
        return f"it is written for {written_for}"
    holds = {
        "online": spec.online,
        "offline": not spec.online,
        "exact": spec.deterministic == "exact" and "audit" in spec.stages,
        "rivals": len(target.honest) > 1,
    }
    for condition in attack.only:
        if not holds[condition]:
            return _REASONS[condition]
    return ""


_REASONS = {
    "online": "the problem is not online",
    "offline": "the problem is online",
    "exact": "the problem asks for no repeatable decisions",
    "rivals": "it needs two baselines that decide differently",
}


def _types(signature: str) -> str:
    """A C++ signature without the names of its parameters and without spaces."""
    return "".join(_LAST_WORD.sub("", signature).split())


@lru_cache(maxsize=1)
def _kit() -> str:
    return (FOLDER / "kit.py").read_text(encoding="utf-8")


def _python(attack: Attack, target: Target, variant: str, process_name: str) -> str:
    spec, entry = target.spec, target.entry
    constants: Sequence[tuple[str, object]] = (
        ("ENTRY", entry.name),
        ("HONEST", target.honest),
        # Written backwards, lest an attack that searches memory find its own text.
        ("NEEDLES", tuple(secret[::-1] for secret in target.secrets if len(secret) >= _NEEDLE_LENGTH)),
        ("VARIANT", variant),
        ("EXTREME", -1e9 if spec.objective.direction == "min" else 1e9),
        ("ONLINE", spec.online),
        ("PROCESS_NAME", process_name.encode()),
    )
    head = "".join(f"{name} = {value!r}\n" for name, value in constants)
    arguments = "".join(f"{name}, " for name in entry.arguments)
    tail = f"\n\n{entry.signature.rstrip().rstrip(':')}:\n    return solve(({arguments}))\n"
    return head + _kit() + "\n\n" + _KIT_IMPORT.sub("", attack.source) + tail


def _cpp(attack: Attack, target: Target, variant: str, process_name: str) -> str:
    # The last line makes it another program than it was before, lest its build be taken from the cache.
    return f"{attack.source}\n// {process_name}\n"


_LANGUAGES: Mapping[str, Callable[[Attack, Target, str, str], str]] = {"python": _python, "cpp": _cpp}
