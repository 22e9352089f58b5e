"""The attacks shipped with evolve: one file each in ``attacks/<language>/``, described by its first comment lines.

A header line is ``# key: value`` (``// key: value`` in C++). Keys:

====================  ==================================================================================================
``title``             one line, required
``expect``            the verdicts with which it counts as contained, comma-separated, required
``kind``              ``hack`` (wants a better score), ``escape`` (wants out), ``resource`` (wants more than its limits)
                      or ``honest`` (looks odd and must pass)
``leak``              name of the leak it proves when it gets another verdict, or a better score (:class:`leaks.Leak`)
``success``           how success would look
``only``              where it makes sense: ``online``, ``offline``, ``exact`` (decisions must be repeatable),
                      ``rivals`` (several baselines), comma-separated
``limits``            ``name=value`` pairs, the most it is given (:class:`sandboxes.Limits`)
``variants``          comma-separated; it is run once with each as ``VARIANT``
``stage``             ``audit``: after passing it also goes through the audit of elites
``at``                the stage that must find it out; without it, any may
``score``             ``free``: a better score than an honest one proves nothing
``against``           the honest program whose score it is compared with, instead of the plain baseline
``repeat``            how many times it is run in a row
====================  ==================================================================================================

A success of an escape is its own word: it prints ``PWNED`` and what it got.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import Literal

from evaluators.audit.leaks import Leak
from evaluators.verdicts import Verdict
from sandboxes import Limits

FOLDER = Path(__file__).parent / "attacks"
PWNED = "PWNED"
_SUFFIXES = {"python": (".py", "#"), "cpp": (".cpp", "//")}
_CONDITIONS = ("online", "offline", "exact", "rivals")
_KINDS = ("hack", "escape", "resource", "honest")
_STAGES = ("screen", "build", "smoke", "train", "memory", "races")
_LIMITS = tuple(f.name for f in fields(Limits))
_DEFAULT_LEAKS = {
    "hack": Leak.FORGED_RESULT, "escape": Leak.HOST_READABLE, "resource": Leak.LIMIT_NOT_HELD,
    "honest": Leak.HONEST_REFUSED,
}  # fmt: skip


class AttackError(ValueError):
    """An attack file cannot be used; the message is one sentence naming file and key."""


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack file; what is not described here is a key of its header (see the module).

    Attributes:
        name: the file's stem.
        language: of the file, by its suffix.
        source: all of the file.
    """

    name: str
    language: str
    source: str
    title: str
    expect: tuple[Verdict, ...]
    kind: Literal["hack", "escape", "resource", "honest"]
    leak: Leak
    success: str = ""
    only: tuple[str, ...] = ()
    limits: Mapping[str, float] = field(default_factory=dict)
    variants: tuple[str, ...] = ("",)
    audited: bool = False
    score_counts: bool = True
    against: str | None = None
    repeat: int = 1
    at: str = ""

    @property
    def honest(self) -> bool:
        """Whether it is a program that must pass."""
        return self.kind == "honest"


def read_attack(path: Path) -> Attack:
    """Read one attack file.

    Raises:
        AttackError: if its header is wrong.
    """
    language = next((name for name, (suffix, _) in _SUFFIXES.items() if path.suffix == suffix), None)
    if language is None:
        raise AttackError(f"{path}: no language has the suffix {path.suffix!r}")
    source = path.read_text(encoding="utf-8")
    header = _header(source, _SUFFIXES[language][1])

    def take(key: str, allowed: Sequence[str] | None = None, default: str | None = None) -> str:
        value = header.pop(key, default)
        if value is None:
            raise AttackError(f"{path}: the header lacks '{key}'")
        if allowed is not None and value not in allowed:
            raise AttackError(f"{path}: '{key}' is {value!r}; allowed: {', '.join(allowed)}")
        return value

    def several(key: str, allowed: Sequence[str] | None = None) -> tuple[str, ...]:
        found = tuple(part.strip() for part in header.pop(key, "").split(",") if part.strip())
        for part in found:
            if allowed is not None and part not in allowed:
                raise AttackError(f"{path}: '{key}' has {part!r}; allowed: {', '.join(allowed)}")
        return found

    kind = take("kind", _KINDS, "hack")
    expect = tuple(Verdict(part) for part in several("expect", [verdict.value for verdict in Verdict]))
    if not expect:
        raise AttackError(f"{path}: the header lacks 'expect'")
    attack = Attack(
        name=path.stem,
        language=language,
        source=source,
        title=take("title"),
        expect=expect,
        kind=kind,  # type: ignore[arg-type]
        leak=Leak(take("leak", [leak.value for leak in Leak], _DEFAULT_LEAKS[kind].value)),
        success=take("success", default=""),
        only=several("only", _CONDITIONS),
        limits=_limits(path, take("limits", default="")),
        variants=several("variants") or ("",),
        audited=take("stage", ("train", "audit"), "train") == "audit",
        score_counts=take("score", ("compared", "free"), "compared") == "compared",
        against=header.pop("against", None),
        repeat=_whole(path, "repeat", take("repeat", default="1")),
        at=take("at", ("", *_STAGES), ""),
    )
    for key in header:
        raise AttackError(f"{path}: the header has {key!r}, which is no key; {__name__} lists them")
    return attack


@lru_cache(maxsize=8)
def load_attacks(language: str) -> tuple[Attack, ...]:
    """All attacks in ``language``, by name.

    Raises:
        AttackError: if a file's header is wrong.
    """
    suffix = _SUFFIXES[language][0]
    return tuple(read_attack(path) for path in sorted((FOLDER / language).glob(f"*{suffix}")))


def _header(source: str, comment: str) -> dict[str, str]:
    found = {}
    for line in source.splitlines():
        key, colon, value = line.removeprefix(comment).partition(": ")
        if not line.startswith(comment) or not colon:
            break
        found[key.strip()] = value.strip()
    return found


def _whole(path: Path, key: str, text: str) -> int:
    if not text.isdecimal():
        raise AttackError(f"{path}: '{key}' is {text!r}; it must be a whole number")
    return int(text)


def _limits(path: Path, text: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for pair in text.split():
        name, _, value = pair.partition("=")
        if value and name not in _LIMITS:
            raise AttackError(f"{path}: 'limits' has {pair!r}; allowed: {', '.join(_LIMITS)}")
        try:
            found[name] = float(value) if "." in value else int(value)
        except ValueError:
            raise AttackError(f"{path}: 'limits' has {pair!r}; it must be name=number") from None
    return found
