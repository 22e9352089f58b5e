"""The Python toolchain: screen a candidate's source, normalise it, and turn outcomes into feedback.

The screen saves time; it is not the security. Nothing here executes a candidate.
"""

from __future__ import annotations

import ast
import hashlib
import sys
import warnings
from collections.abc import Mapping
from types import CodeType

from evaluators.candidate import Candidate
from evaluators.declaration import EntryPoint, ProblemSpec
from evaluators.evaluation import StageResult
from evaluators.judging import Runner
from evaluators.parsing import syntax_tree
from evaluators.toolchains.base import Bench, Prepared, Screened, Stages
from evaluators.toolchains.elementwise import is_elementwise
from evaluators.verdicts import Verdict
from sandboxes import Job, Limits, Outcome, Reason

NORMALISER_VERSION = f"bytecode-2-{sys.version_info[0]}.{sys.version_info[1]}"

_NAME_READERS = frozenset({"locals", "vars", "dir", "eval", "exec", "inspect", "__code__"})
"""With one of these a program may depend on the names of its local variables."""
_DOCUMENTED = (ast.Module, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)

_NOWHERE = {"lineno": 1, "end_lineno": 1, "col_offset": 0, "end_col_offset": 0}


def _normal_form(code: CodeType, telling: frozenset[str] | None) -> tuple[object, ...]:
    """A code object without line numbers, file name and names of local variables.

    Parameters called as one of ``telling`` keep their names; with None all names are kept.
    """
    parameters = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    if telling is None:
        names = code.co_varnames + code.co_cellvars + code.co_freevars
    else:
        names = tuple(name if name in telling else "" for name in parameters)
    constants = tuple(_normal_constant(constant, telling) for constant in code.co_consts)
    counts = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount)
    return (code.co_code, code.co_exceptiontable, constants, code.co_names, names, counts, code.co_flags)


def _normal_constant(constant: object, telling: frozenset[str] | None) -> tuple[object, ...]:
    kind = type(constant).__name__
    match constant:
        case CodeType():
            return _normal_form(constant, telling)
        case tuple():
            return (kind, *(_normal_constant(item, telling) for item in constant))
        case frozenset():  # its order differs from one process to the next
            return (kind, *sorted(repr(_normal_constant(item, telling)) for item in constant))
        case int():
            return (kind, hex(constant))  # decimal is refused beyond some thousand digits
    return (kind, repr(constant))


def _flatten(tree: ast.Module) -> frozenset[str] | None:
    """Take docstrings and positions out of ``tree``; say which parameter names tell, None if all names may."""
    telling: set[str] = set()
    reads_names = False
    pending: list[ast.AST] = [tree]
    while pending:  # every candidate comes by here: hence no `ast.walk`, and the most frequent nodes first
        node = pending.pop()
        kind, parts = type(node), vars(node)
        if "lineno" in parts:
            parts.update(_NOWHERE)
        if kind is ast.Name:
            reads_names |= parts["id"] in _NAME_READERS
            continue
        if kind is ast.Constant:
            continue
        if isinstance(node, _DOCUMENTED):
            if ast.get_docstring(node, clean=False) is not None:
                # nothing may stand before an import from __future__; but a body there must be
                node.body[:1] = [] if node.body[1:] else [ast.Pass(**_NOWHERE)]
        elif isinstance(node, ast.Attribute):
            reads_names |= node.attr in _NAME_READERS
        elif isinstance(node, ast.keyword):
            if node.arg is None:
                reads_names = True
            else:
                telling.add(node.arg)
        for name in kind._fields:
            value = parts.get(name)
            if isinstance(value, list):
                pending += [child for child in value if isinstance(child, ast.AST)]
            elif isinstance(value, ast.AST) and vars(value):  # a mere symbol (`+`, or that a name is read) has nothing
                pending.append(value)
    return None if reads_names else frozenset(telling)


def dedupe_key(tree: ast.Module) -> str:
    """Hash of the program without comments, layout, docstrings and names of local variables.

    The compiler's own normal form is used: bytecode numbers locals instead of naming them. ``tree`` loses its
    docstrings and its line numbers, since the compiler marks lines in bytecode too.

    Raises:
        SyntaxError, ValueError, RecursionError: if it cannot be compiled.
    """
    telling = _flatten(tree)
    code = compile(tree, "candidate", "exec", dont_inherit=True, optimize=0)
    return hashlib.sha256(f"{NORMALISER_VERSION}\0{_normal_form(code, telling)!r}".encode()).hexdigest()[:32]


def screen(candidate: Candidate, entry: EntryPoint, source_limit: int) -> Screened:
    """Check the shape of a candidate: size, syntax, entry point and its number of arguments, or the kept template."""
    if entry.file not in candidate.files:
        return Screened(False, f"the file {entry.file} is missing")
    if sum(len(data) for data in candidate.files.values()) > source_limit:
        return Screened(False, f"the source is longer than {source_limit} bytes")
    try:
        source = candidate.files[entry.file]
        source.decode("utf-8")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a SyntaxWarning in a candidate is no business of our terminal
            tree = syntax_tree(source)  # from bytes, since the harness too heeds a declared encoding
    except UnicodeDecodeError:
        return Screened(False, "the source is not UTF-8")
    except SyntaxError as error:
        return Screened(False, _syntax_error(error))
    except (ValueError, RecursionError, MemoryError) as error:
        return Screened(False, f"the source cannot be parsed: {str(error) or type(error).__name__}")
    wrong = entry.template.mismatch(source.decode("utf-8")) if entry.template else _shape_error(tree, entry)
    if wrong:
        return Screened(False, wrong)
    elementwise = entry.elementwise and is_elementwise(tree, entry.name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            key = dedupe_key(tree)
    except SyntaxError:  # what only the compiler finds: `return` outside a function and the like
        return Screened(False, _compile_error(source))
    except (RecursionError, ValueError) as error:
        return Screened(False, f"the source cannot be compiled: {error}")
    return Screened(True, dedupe_key=key, elementwise=elementwise)


def _shape_error(tree: ast.Module, entry: EntryPoint) -> str:
    """Why the program does not define the entry point's function; empty if it does."""
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == entry.name]
    if not functions:
        defined = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
        return f"it must define {entry.signature!r}; it defines {', '.join(defined) or 'no function'}"
    arguments = functions[-1].args
    given = len(arguments.posonlyargs) + len(arguments.args)
    required = given - len(arguments.defaults)
    wanted = len(entry.arguments)
    if not (required <= wanted and (given >= wanted or arguments.vararg)) or any(
        default is None for default in arguments.kw_defaults
    ):
        return f"{entry.name} must take {wanted} arguments: {entry.signature}"
    return ""


def _compile_error(source: bytes) -> str:
    """What the compiler says of a source with its line numbers."""
    try:
        compile(source, "candidate", "exec", dont_inherit=True)
    except SyntaxError as error:
        return _syntax_error(error)
    return "the source cannot be compiled"


def _syntax_error(error: SyntaxError) -> str:
    return f"syntax error in line {error.lineno or 1}: {error.msg}"


def short_traceback(stderr: str, lines: int = 12) -> str:
    """The tail of a traceback, the part a proposer can act on."""
    return "\n".join(stderr.strip().splitlines()[-lines:])[-1500:]


class PythonToolchain:
    """Python candidates: nothing to build, nothing to inspect."""

    suffix = ".py"
    stages = Stages(("screen", "smoke", "train", "validation", "audit"), frozenset({"smoke", "audit"}))

    def arguments(self, name: str, signature: str) -> tuple[str, ...]:
        """Parameter names of a ``def`` line.

        Raises:
            ValueError: if it is not the ``def`` line of a function called ``name`` with plain parameters.
        """
        try:
            body = syntax_tree(signature.rstrip().rstrip(":") + ": ...").body
        except (SyntaxError, ValueError):
            body = []
        match body:
            case [ast.FunctionDef(name=found, args=arguments)] if found == name and _is_plain(arguments):
                return tuple(argument.arg for argument in arguments.args)
        raise ValueError(f"a signature like 'def {name}(a, b)'")

    def screen(self, candidate: Candidate, entry: EntryPoint, source_limit: int) -> Screened:
        """As :func:`screen`."""
        return screen(candidate, entry, source_limit)

    def lacking(self, spec: ProblemSpec, pool: Runner) -> str:
        """Nothing: the interpreter that runs this runs candidates too."""
        return ""

    def facts(self, pool: Runner) -> Mapping[str, str]:
        """None beyond the interpreter, which counts for every language."""
        return {}

    def prepare(self, bench: Bench, candidate: Candidate) -> Prepared:
        """Ready as it is."""

        def job(payloads: tuple[bytes, ...], limits: Limits) -> Job:
            return Job(bench.harness, candidate.files, payloads, bench.simulator, limits)

        return Prepared(job)

    def inspect(self, bench: Bench, candidate: Candidate, stage: str) -> StageResult:
        """There is no such stage."""
        raise KeyError(stage)

    def explain(self, outcome: Outcome) -> tuple[Verdict, str]:
        """An exception's traceback, or how it left."""
        if outcome.reason is Reason.SIGNALLED:
            return Verdict.RUNTIME_ERROR, f"killed by signal {outcome.signal}"
        last = outcome.stderr.strip().rsplit("\n", 1)[-1]
        if last.startswith("WrongAnswer: "):
            # The harness saw at once that the answer has not the asked-for shape (NaN, wrong length).
            return Verdict.WRONG_ANSWER, last.removeprefix("WrongAnswer: ")
        left = f"it left with exit code {outcome.exit_code} before answering"
        return Verdict.RUNTIME_ERROR, short_traceback(outcome.stderr) or left


def _is_plain(arguments: ast.arguments) -> bool:
    """Whether each is given by position and none may be left out."""
    others = (arguments.posonlyargs, arguments.kwonlyargs, arguments.defaults, arguments.vararg, arguments.kwarg)
    names = {argument.arg for argument in arguments.args}
    return not any(others) and len(names) == len(arguments.args)
