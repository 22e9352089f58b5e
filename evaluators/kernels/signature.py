"""Signatures of kernels: functions of arrays and numbers that return nothing.

``void f(const i64* x, i64 n, i64* out)``: a pointer to const is an array that is read, another pointer one that is
written, anything else a number. Types are ``std::int64_t`` and its like, ``int64_t``, ``std::size_t``, ``float``,
``double``, or short: ``i64``, ``u32``, ``f64``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Role = Literal["read", "written", "number"]

_SHORT: Mapping[str, str] = {
    **{f"i{bits}": f"std::int{bits}_t" for bits in (8, 16, 32, 64)},
    **{f"u{bits}": f"std::uint{bits}_t" for bits in (8, 16, 32, 64)},
    "f32": "float",
    "f64": "double",
}
_DTYPES: Mapping[str, str] = {
    **{
        f"std::{sign}int{bits}_t": f"{kind}{bits // 8}"
        for sign, kind in (("", "i"), ("u", "u"))
        for bits in (8, 16, 32, 64)
    },
    "std::size_t": "u8",
    "float": "f4",
    "double": "f8",
}
TYPES = (*_DTYPES, *_SHORT)
_FUNCTION = re.compile(r"\s*void\s+(?P<name>[^\W\d]\w*)\s*\((?P<parameters>[^()]*)\)\s*;?\s*")
_PARAMETER = re.compile(r"\s*(?P<const>const\s+)?(?P<type>[\w:]+)\s*(?P<pointer>\*?)\s*(?P<name>[^\W\d]\w*)\s*")


class SignatureError(ValueError):
    """Not the signature of a kernel; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter.

    Attributes:
        name: as declared.
        type: in C++, without pointer and const.
        dtype: numpy's, of the number or of the array's elements.
        role: an array read, one written, or a number.
    """

    name: str
    type: str
    dtype: str
    role: Role

    @property
    def declaration(self) -> str:
        """In C++."""
        if self.role == "number":
            return f"{self.type} {self.name}"
        return f"{'const ' if self.role == 'read' else ''}{self.type}* {self.name}"


@dataclass(frozen=True, slots=True)
class Signature:
    """A kernel's name and parameters."""

    name: str
    parameters: tuple[Parameter, ...]

    @property
    def declaration(self) -> str:
        """In C++, all types spelled out."""
        return f"void {self.name}({', '.join(parameter.declaration for parameter in self.parameters)})"


def parse(text: str) -> Signature:
    """Read a signature.

    Raises:
        SignatureError: if it is not one of a kernel.
    """
    function = _FUNCTION.fullmatch(text)
    if function is None:
        raise SignatureError(f"a signature looks like 'void f(const i64* x, i64 n, i64* out)', not {text!r}")
    found = tuple(_parameter(part, text) for part in function["parameters"].split(",") if part.strip())
    if not any(parameter.role == "written" for parameter in found):
        raise SignatureError(f"{text!r} writes nothing: a kernel needs a pointer that is not const")
    return Signature(function["name"], found)


def _parameter(part: str, text: str) -> Parameter:
    match = _PARAMETER.fullmatch(part)
    if match is None:
        raise SignatureError(f"{part.strip()!r} in {text!r} is neither a number nor a pointer to numbers with a name")
    spelled = match["type"]
    type_ = _SHORT.get(spelled, spelled if spelled.startswith("std::") or spelled in _DTYPES else f"std::{spelled}")
    if type_ not in _DTYPES:
        raise SignatureError(f"{spelled!r} in {text!r} is not a type of a kernel; allowed: {', '.join(TYPES)}")
    role: Role = "number" if not match["pointer"] else "read" if match["const"] else "written"
    return Parameter(match["name"], type_, _DTYPES[type_], role)
