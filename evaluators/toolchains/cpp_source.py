"""Reading C++ source without compiling it: tokens, a normal form, and what a detector could be blinded with.

The lexer follows the phases of translation of ISO C++ [lex.phases]: lines are spliced, then comments become a blank,
then there are tokens. Raw string literals, in which splicing is undone, are refused by the screen rather than followed.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterable

NORMALISER_VERSION = "cpp-tokens-1"

_SPLICE = re.compile(r"\\[ \t\v\f\r]*\n")
_TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)
    |(?P<open_comment>/\*)
    |(?P<raw>(?:u8|[uUL])?R"[^"\n]*)
    |(?P<number>\.?[0-9](?:'?[\w]|[eEpP][+-]|\.)*)
    |(?P<word>[^\W\d]\w*)
    |(?P<text>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
    |(?P<newline>\n)
    |(?P<blank>[ \t\v\f\r]+)
    |(?P<other><=>|->\*|\.\.\.|<<=|>>=|%:%:|::|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|\#\#|%:|<%|%>|<:|:>|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_MARKER = re.compile(r"(?:line\b|\d)")

BLINDING = frozenset(
    "asm __asm __asm__ no_sanitize no_sanitize_address no_sanitize_thread no_sanitize_undefined "
    "no_address_safety_analysis __no_sanitize__ __no_sanitize_address__ __no_sanitize_thread__ "
    "__no_sanitize_undefined__ disable_sanitizer_instrumentation weak __weak__ weakref __weakref__ alias __alias__ "
    "ifunc __ifunc__ redefine_extname dlsym dlvsym dlopen dlmopen syscall ptrace personality "
    "no_sanitize_coverage __no_sanitize_coverage__ naked __naked__ setjmp _setjmp sigsetjmp longjmp siglongjmp "
    "makecontext swapcontext".split()
)
"""Words with which code could hide from a sanitizer or change one."""
_BLINDING_STARTS = (
    "__tsan", "__asan", "__ubsan", "__lsan", "__sanitizer", "__interceptor", "__SANITIZE", "Annotate", "evolve_sp",
    "EVOLVE_", "__libc_", "__builtin_ia32_",
)  # fmt: skip
_UNSEEN = re.compile(r"_mm\d*_\w*(?:mask(?:load|store|mov)|maskz?_\w*(?:load|store)|gather|scatter|stream)\w*")
"""Vector intrinsics whose accesses no sanitizer sees."""


class SourceError(ValueError):
    """The source is not accepted; the message is told to a proposer."""


def tokens(text: str) -> list[tuple[str, str]]:
    """Kind and spelling of each token, comments and blanks left out, ends of lines kept as such.

    Raises:
        SourceError: at a comment that does not end or a raw string literal.
    """
    found = []
    text = _SPLICE.sub("", text.replace("\r\n", "\n"))
    for match in _TOKEN.finditer(text):
        kind = str(match.lastgroup)
        if kind == "raw":
            raise SourceError("raw string literals are not accepted")
        if kind == "open_comment":
            raise SourceError("a comment does not end")
        if kind not in ("comment", "blank"):
            found.append((kind, match.group()))
    return found


def check(text: str) -> list[tuple[str, str]]:
    """The tokens of a source that neither relabels its lines nor names what could blind a detector.

    Raises:
        SourceError: naming what is not accepted.
    """
    found = tokens(text)
    start = True
    for (kind, spelling), (_, following) in zip(found, [*found[1:], ("newline", "\n")], strict=False):
        if start and spelling in ("#", "%:") and _MARKER.match(following):
            raise SourceError("#line and line markers are not accepted")
        start = kind == "newline"
    refuse_words(spelling for kind, spelling in found if kind == "word")
    return found


def refuse_words(words: Iterable[str]) -> None:
    """Refuse what could blind a detector.

    Raises:
        SourceError: naming the first such word.
    """
    for word in words:
        if word in BLINDING or word.startswith(_BLINDING_STARTS) or _UNSEEN.fullmatch(word):
            raise SourceError(f"{word!r} is not accepted: it could keep a sanitizer from seeing what the program does")


def words(text: str) -> set[str]:
    """All identifiers in preprocessed text, also those in string literals, where a pragma or an attribute may hide."""
    return set(re.findall(r"[^\W\d]\w*", text))


def dedupe_key(found: list[tuple[str, str]]) -> str:
    """Hash of the tokens, ends of lines kept only around directives, where they mean something."""
    parts: list[str] = []
    directive = False
    start = True
    for kind, spelling in found:
        if kind == "newline":
            if directive:
                parts.append("\n")
            directive, start = False, True
            continue
        if start and spelling in ("#", "%:"):
            parts.append("\n")
            directive = True
        parts.append(spelling)
        start = False
    return hashlib.sha256("\0".join([NORMALISER_VERSION, *parts]).encode()).hexdigest()[:32]


def calls(found: list[tuple[str, str]], name: str) -> bool:
    """Whether ``name`` is followed by an opening parenthesis somewhere, as in its definition."""
    plain = [spelling for kind, spelling in found if kind != "newline"]
    return any(one == name and other == "(" for one, other in itertools.pairwise(plain))
