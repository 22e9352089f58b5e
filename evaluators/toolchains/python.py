"""The Python toolchain: screen a candidate's source, normalise it, and turn outcomes into feedback.

The screen saves time; it is not the security. Nothing here executes a candidate.
"""

from __future__ import annotations

import ast
import hashlib
import sys
import warnings
from dataclasses import dataclass
from types import CodeType

from evaluators.candidate import Candidate
from evaluators.problem import EntryPoint
from evaluators.toolchains.elementwise import is_elementwise

NORMALISER_VERSION = f"bytecode-1-{sys.version_info[0]}.{sys.version_info[1]}"


@dataclass(frozen=True, slots=True)
class Screened:
    """Result of the screen.

    Attributes:
        accepted: False means ``rejected``.
        feedback: why, if it was.
        dedupe_key: hash of the normalised form and the normaliser's version; empty if rejected.
        elementwise: True if the entry point was shown to be elementwise.
    """

    accepted: bool
    feedback: str = ""
    dedupe_key: str = ""
    elementwise: bool = False


def _normal_form(code: CodeType) -> tuple[object, ...]:
    """A code object without names of local variables, line numbers and file name."""
    constants = tuple(
        _normal_form(constant) if isinstance(constant, CodeType) else (type(constant).__name__, repr(constant))
        for constant in code.co_consts
    )
    return (code.co_code, constants, code.co_names, code.co_argcount, code.co_kwonlyargcount, code.co_flags)


def dedupe_key(tree: ast.Module) -> str:
    """Hash of the program without comments, layout, docstrings and names of local variables.

    The compiler's own normal form is used: bytecode numbers locals instead of naming them.

    Raises:
        SyntaxError, ValueError, RecursionError: if it cannot be compiled.
    """
    code = compile(tree, "candidate", "exec", dont_inherit=True, optimize=2)
    return hashlib.sha256(f"{NORMALISER_VERSION}\0{_normal_form(code)!r}".encode()).hexdigest()[:32]


def screen(candidate: Candidate, entry: EntryPoint, source_limit: int) -> Screened:
    """Check the shape of a candidate: size, syntax, entry point and its number of arguments."""
    if entry.file not in candidate.files:
        return Screened(False, f"the file {entry.file} is missing")
    if sum(len(data) for data in candidate.files.values()) > source_limit:
        return Screened(False, f"the source is longer than {source_limit} bytes")
    try:
        source = candidate.text(entry.file)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a SyntaxWarning in a candidate is no business of our terminal
            tree = ast.parse(source)
    except UnicodeDecodeError:
        return Screened(False, "the source is not UTF-8")
    except SyntaxError as error:
        return Screened(False, f"syntax error in line {error.lineno}: {error.msg}")
    except (ValueError, RecursionError, MemoryError) as error:
        return Screened(False, f"the source cannot be parsed: {error or type(error).__name__}")
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == entry.name]
    if not functions:
        defined = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
        return Screened(False, f"it must define {entry.signature!r}; it defines {', '.join(defined) or 'no function'}")
    arguments = functions[-1].args
    given = len(arguments.posonlyargs) + len(arguments.args)
    required = given - len(arguments.defaults)
    wanted = len(entry.arguments)
    if not (required <= wanted and (given >= wanted or arguments.vararg)) or any(
        default is None for default in arguments.kw_defaults
    ):
        return Screened(False, f"{entry.name} must take {wanted} arguments: {entry.signature}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            key = dedupe_key(tree)
    except SyntaxError as error:  # what only the compiler finds: `return` outside a function and the like
        return Screened(False, f"syntax error in line {error.lineno}: {error.msg}")
    except (RecursionError, ValueError) as error:
        return Screened(False, f"the source cannot be compiled: {error}")
    return Screened(True, dedupe_key=key, elementwise=entry.elementwise and is_elementwise(tree, entry.name))


def short_traceback(stderr: str, lines: int = 12) -> str:
    """The tail of a traceback, the part a proposer can act on."""
    return "\n".join(stderr.strip().splitlines()[-lines:])[-1500:]
