"""A kernel as a Python function: compiled on this machine, kept by what it was made from, called on numpy arrays.

This runs the kernel in the caller's own process, outside any sandbox, and with all cores: it is for kernels one has
decided to use. Calls go through ctypes, which releases the interpreter's lock and costs some microseconds.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from evaluators.environment import cpu_model
from evaluators.kernels.signature import Parameter, Signature, parse
from evaluators.toolchains import build_cache, cpp_headers
from evaluators.toolchains.cpp_build import COMPILER, VARIANTS
from evaluators.toolchains.parlaylib import chosen

_STANDARD = ("-std=c++20", "-pthread", "-fPIC", "-shared")
_SECONDS = 120.0
_ENTRY = "evolve_call"


class CompileError(RuntimeError):
    """The kernel could not be compiled; the message holds what the compiler said."""


class Kernel:
    """A compiled kernel: call it with the arguments of its signature, in order or by name.

    Attributes:
        signature: what it takes.
        library: the shared object.
    """

    def __init__(self, signature: Signature, library: Path) -> None:
        self.signature = signature
        self.library = library
        self._call = getattr(ctypes.CDLL(str(library)), _ENTRY)
        self._call.restype = None
        self._call.argtypes = [_ctype(parameter) for parameter in signature.parameters]
        self.__name__ = signature.name
        self.__doc__ = signature.declaration

    def __call__(self, *arguments: Any, **named: Any) -> None:
        """Run it. Arrays written are written in place; nothing is converted or copied.

        Args:
            arguments: in the order of the signature: numpy arrays of exactly the type declared, contiguous, and plain
                numbers. The kernel trusts the sizes it is told.
            named: those not given in order.

        Raises:
            TypeError: if an argument is missing, of another type, not contiguous or not writeable.
            OverflowError: if a number is out of its type's range.
        """
        given = self._bind(arguments, named)
        self._call(*(_argument(p, given[p.name]) for p in self.signature.parameters))

    def _bind(self, arguments: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any]:
        names = [parameter.name for parameter in self.signature.parameters]
        given = {**dict(zip(names, arguments, strict=False)), **named}
        twice = set(names[: len(arguments)]) & set(named)
        if len(arguments) > len(names) or twice or set(given) != set(names):
            raise TypeError(f"{self.signature.name} takes {', '.join(names)}, each once")
        return given

    def __repr__(self) -> str:
        return f"<kernel {self.signature.declaration}>"


def kernel(source: str, signature: str, *, parlay_include: str | os.PathLike[str] | None = None) -> Kernel:
    """Compile C++ source, or take what was compiled before from the same.

    Args:
        source: defines the function; it may include ``parlay/...``.
        signature: of the function: ``"void f(const i64* x, i64 n, i64* out)"``.
        parlay_include: include folder of the ParlayLib to compile with; None: ``$PARLAYLIB_HOME/include`` if that is
            set, else our headers.

    Raises:
        SignatureError: if that is not the signature of a kernel.
        ParlayLibError: if there is no ParlayLib in the folder.
        CompileError: if it does not compile, or there is no compiler.
    """
    declared = parse(signature)
    library = chosen(parlay_include, "parlay_include")
    names = ", ".join(parameter.name for parameter in declared.parameters)
    parameters = ", ".join(parameter.declaration for parameter in declared.parameters)
    text = (
        f'#include <cstddef>\n#include <cstdint>\n#line 1 "candidate.cpp"\n{source}\n'
        f'extern "C" void {_ENTRY}({parameters}) {{ {declared.name}({names}); }}\n'
    )
    flags = (*_STANDARD, *VARIANTS["plain"].candidate)
    made_from = {"text": text, "flags": " ".join(flags), "headers": cpp_headers.digest(library), "cpu": cpu_model()}
    target = build_cache.folder().parent / "kernels" / f"{build_cache.key(made_from)[:40]}.so"
    if not target.exists():
        _compile(text, flags, cpp_headers.headers(text.encode(), library), target)
    return Kernel(declared, target)


def _compile(text: str, flags: tuple[str, ...], headers: Mapping[str, bytes], target: Path) -> None:
    compiler = shutil.which(COMPILER)
    if compiler is None:
        raise CompileError(f"{COMPILER} is missing: apt-get install g++")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".new-") as name:
        folder = Path(name)
        for path, content in headers.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        (folder / "kernel.cpp").write_text(text, encoding="utf-8")
        command = (compiler, *flags, f"-I{cpp_headers.FOLDER}", "kernel.cpp", "-o", "kernel.so")
        try:
            ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            raise CompileError(f"{COMPILER} took longer than {_SECONDS:.0f} s") from None
        if ran.returncode != 0:
            raise CompileError(f"{COMPILER} said: {ran.stderr.strip()[:2000]}")
        (folder / "kernel.so").replace(target)  # whole or not at all


def _ctype(parameter: Parameter) -> Any:
    if parameter.role != "number":
        return ctypes.c_void_p
    return np.ctypeslib.as_ctypes_type(np.dtype(parameter.dtype))


def _argument(parameter: Parameter, value: Any) -> Any:
    if parameter.role == "number":
        return _number(parameter, value)
    if not isinstance(value, np.ndarray) or value.dtype != np.dtype(parameter.dtype):
        what = f"an array of {value.dtype}" if isinstance(value, np.ndarray) else type(value).__name__
        raise TypeError(f"{parameter.name} must be a numpy array of {np.dtype(parameter.dtype)}, not {what}")
    if not value.flags.c_contiguous:
        raise TypeError(f"{parameter.name} must be contiguous (numpy.ascontiguousarray makes it so)")
    if parameter.role == "written" and not value.flags.writeable:
        raise TypeError(f"{parameter.name} is written and must be writeable")
    return value.ctypes.data


def _number(parameter: Parameter, value: Any) -> int | float:
    dtype = np.dtype(parameter.dtype)
    if dtype.kind == "f":
        return float(value)
    whole = value.__index__() if hasattr(value, "__index__") else None
    if whole is None:
        raise TypeError(f"{parameter.name} must be a whole number, not {type(value).__name__}")
    limits = np.iinfo(dtype)
    if not limits.min <= whole <= limits.max:
        raise OverflowError(f"{parameter.name} is {whole}; allowed: {limits.min} to {limits.max}")
    return int(whole)
