"""The gate behind the preprocessor and the compiler: what a candidate's own lines and symbols may be.

A text search of the source is beaten by token pasting, so the words are sought again in the preprocessed text, in the
lines that come from the candidate's file. These must also be the same with and without a sanitizer: a program that
shows a detector other code than it runs is refused.
"""

from __future__ import annotations

import hashlib
import posixpath
import re

from evaluators.toolchains.cpp_headers import FOLDER
from evaluators.toolchains.cpp_source import SourceError, refuse_words, words

_MARKER = re.compile(r'# \d+ "((?:[^"\\]|\\.)*)"')
_SYSTEM = ("/usr/include/", "/usr/lib/gcc/", "/usr/lib/llvm", f"{FOLDER}/parlay/", f"{FOLDER}/evolve/")
_BUILT_IN = ("<built-in>", "<command-line>", "<command line>")
_REPLACED = re.compile(
    r"(?!_Z)|_ZN?K?St|_ZNK?S[absiod]|_Zn[wa]|_Zd[la]|_ZN9__gnu_cxx|_ZN10__cxxabiv1|_ZThn|_ZTv"
)  # C linkage, std::, operator new and delete, the runtime's own namespaces
_ALWAYS_EMITTED = "DW.ref."  # exception handling
_DETECTOR = re.compile(r"__(?:tsan|asan|ubsan|lsan|sanitizer|interceptor)")


def own_lines(preprocessed: str, file: str) -> str:
    """The lines of preprocessed text that come from ``file``.

    Raises:
        SourceError: if other lines come from anything but the system's headers.
    """
    own: list[str] = []
    inside = False
    for line in preprocessed.split("\n"):
        if line.startswith("# "):
            marker = _MARKER.match(line)
            if marker is None:
                raise SourceError("line markers are not accepted")
            name = marker.group(1)
            inside = name == file
            if not (inside or name in _BUILT_IN or posixpath.normpath(name).startswith(_SYSTEM)):
                raise SourceError(f"only the system's and parlay's headers may be included, not {name!r}")
        elif inside and line.strip():
            own.append(line)
    return "\n".join(own)


def lines_digest(preprocessed: str, file: str) -> str:
    """Hash of a candidate's own lines once they have passed.

    Raises:
        SourceError: if they hold a word that could blind a detector, or lines come from elsewhere.
    """
    own = own_lines(preprocessed, file)
    refuse_words(sorted(words(own)))
    return hashlib.sha256(own.encode()).hexdigest()


def check_symbols(listing: str, name: str) -> None:
    """Refuse an object file whose symbols could take the place of the driver's or the library's.

    Args:
        listing: what ``nm -f posix`` says of the object of a plain build.
        name: of the entry point, a function with C++ linkage.

    Raises:
        SourceError: naming the first offending symbol, or the lack of the entry point.
    """
    mangled = f"_Z{len(name)}{name}"
    defined = []
    for line in listing.splitlines():
        symbol, _, rest = line.partition(" ")
        kind = rest[:1]
        if kind in ("U", "w", "v", ""):
            continue
        if _DETECTOR.match(symbol):
            raise SourceError(f"it must not define {symbol!r}")
        if kind.isupper() or kind == "u":  # not local
            defined.append((kind, symbol))
    if not any(kind == "T" and symbol.startswith(mangled) for kind, symbol in defined):
        raise SourceError(f'it must define {name}, neither static nor inline nor in a namespace nor extern "C"')
    for kind, symbol in defined:
        if symbol.startswith(_ALWAYS_EMITTED):
            continue
        strong = kind not in ("W", "V", "u")
        if (strong and _REPLACED.match(symbol)) or not symbol.startswith("_Z"):
            raise SourceError(f"it must not define {symbol!r}: that name belongs to the driver or the library")
