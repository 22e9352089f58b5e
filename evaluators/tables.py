"""Reading TOML tables strictly: every complaint is one sentence that names file, field and allowed values."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any


class TableError(ValueError):
    """A declaration is wrong; the message is one sentence."""


_KIND_NAMES = {str: "string", int: "whole number", float: "number", bool: "true or false", list: "list", dict: "table"}


def read_toml(path: Path) -> dict[str, Any]:
    """Parse a TOML file.

    Raises:
        TableError: if it cannot be read or is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TableError(f"{path}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TableError(f"{path}: not valid TOML: {error}") from None


class Table:
    """One table under validation. ``where`` prefixes field names (``limits.``)."""

    def __init__(self, path: Path | str, where: str, data: Any, allowed: Collection[str]) -> None:
        self.path, self.where, self.data = path, where, data
        if not isinstance(data, dict):
            raise TableError(f"{path}: {where.rstrip('.')} must be a table")
        for key in data:
            if key not in allowed:
                raise TableError(f"{path}: unknown key '{where}{key}'; allowed: {', '.join(sorted(allowed))}")

    def get(
        self,
        key: str,
        kind: type,
        default: Any = None,
        *,
        required: bool = False,
        allowed: Sequence[Any] = (),
        positive: bool = False,
    ) -> Any:
        """Value of ``key`` if it has the kind and is allowed; ``default`` if absent."""
        field = f"'{self.where}{key}'"
        if key not in self.data:
            if required:
                raise TableError(f"{self.path}: missing key {field}")
            return default
        value = self.data[key]
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
            raise TableError(f"{self.path}: {field} must be a {_KIND_NAMES[kind]}, not {value!r}")
        if allowed and value not in allowed:
            raise TableError(f"{self.path}: {field} is {value!r}; allowed: {', '.join(map(repr, allowed))}")
        if positive and isinstance(value, int | float) and not 0 < value < math.inf:
            raise TableError(f"{self.path}: {field} must be positive, not {value!r}")
        return value

    def strings(self, key: str, default: Sequence[str] = ()) -> tuple[str, ...]:
        """A list of strings."""
        value = self.get(key, list, list(default))
        if not all(isinstance(item, str) for item in value):
            raise TableError(f"{self.path}: '{self.where}{key}' must be a list of strings")
        return tuple(value)

    def mapping(self, key: str) -> dict[str, str]:
        """A table of strings."""
        value = self.get(key, dict, {})
        if not all(isinstance(item, str) for item in value.values()):
            raise TableError(f"{self.path}: '{self.where}{key}' must map names to strings")
        return dict(value)

    def whole_numbers(self, key: str) -> dict[str, int]:
        """A table of whole numbers."""
        value = self.get(key, dict, {})
        if not all(isinstance(item, int) and not isinstance(item, bool) for item in value.values()):
            raise TableError(f"{self.path}: '{self.where}{key}' must map names to whole numbers")
        return dict(value)
