"""Reading decoded JSON strictly: every complaint is one sentence that names the field and what is allowed."""

from __future__ import annotations

from typing import Any

LONGEST_TEXT = 200


class InstanceError(ValueError):
    """Something is no instance, or no set of instances; the message is one sentence."""


def shown(value: Any) -> str:
    """A value in a message, cut to 60 characters."""
    if type(value) is int and abs(value) > 10**20:
        return "a number of many digits"  # Python may refuse to write it out
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def fields(value: Any, where: str, names: tuple[str, ...]) -> dict[str, Any]:
    """An object with exactly these fields."""
    if not isinstance(value, dict):
        raise InstanceError(f"{where} is {shown(value)}; it must be an object with the fields {', '.join(names)}")
    for name in names:
        if name not in value:
            raise InstanceError(f"{where}: the field {name!r} is missing")
    for key in value:
        if key not in names:
            raise InstanceError(f"{where}: unknown field {shown(key)}; allowed: {', '.join(names)}")
    return value


def whole(value: Any, where: str, least: int, most: int) -> int:
    """A whole number within bounds."""
    if type(value) is not int or not least <= value <= most:
        raise InstanceError(f"{where} is {shown(value)}; it must be a whole number from {least} to {most}")
    return value


def share(value: Any, where: str) -> float:
    """A number from 0 to 1."""
    if type(value) not in (int, float) or not 0 <= value <= 1:
        raise InstanceError(f"{where} is {shown(value)}; it must be a number from 0 to 1")
    return float(value)


def text(value: Any, where: str) -> str:
    """A text that is neither empty nor long."""
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_TEXT:
        raise InstanceError(f"{where} is {shown(value)}; it must be a text of 1 to {LONGEST_TEXT} characters")
    return value


def one_of(value: Any, where: str, allowed: tuple[str, ...]) -> str:
    """One of a few texts."""
    if value not in allowed:
        raise InstanceError(f"{where} is {shown(value)}; allowed: {', '.join(allowed)}")
    return str(value)


def items(value: Any, where: str, most: int) -> list[Any]:
    """A list that is not too long."""
    if not isinstance(value, list) or len(value) > most:
        raise InstanceError(f"{where} is {shown(value)}; it must be a list of at most {most} items")
    return value
