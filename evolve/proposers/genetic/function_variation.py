"""Genetic operators on whole Python functions, for entry points and candidates that are not expression trees.

Each operator changes a copy of the module, or of a block of it where only that may be changed, and says whether it
found a place to act. :func:`varied` and :func:`crossed` try until the result parses, keeps what must be kept, reads
only defined names and is not too large.
"""

from __future__ import annotations

import ast
import copy
import math
from collections.abc import Callable
from random import Random

from evaluators.declaration import EntryPoint
from evolve.proposers.genetic.functions import (
    blocks,
    called,
    is_docstring,
    loop_guards,
    numeric_places,
    size,
)
from evolve.proposers.genetic.grounds import grounds
from evolve.proposers.genetic.names import KNOWN

GROWTH = 1.5
"""A child has at most this many times the syntax nodes of its larger parent, or ``ROOM`` if that is more."""

ROOM = 500
LIMIT = 2500
"""Most syntax nodes of a child, whatever its parents."""

_ATTEMPTS = 12
_ARITHMETIC: tuple[type[ast.operator], ...] = (ast.Add, ast.Sub, ast.Mult, ast.Div)
_ORDERINGS: tuple[type[ast.cmpop], ...] = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_CALLS = (
    ("max", "min"),
    ("maximum", "minimum"),
    ("argmax", "argmin"),
    ("mean", "min", "max"),
    ("ceil", "floor"),
    ("sqrt", "square", "log1p", "abs"),
)


def varied(source: str, entry: EntryPoint, rng: Random) -> tuple[str, str] | None:
    """A mutant of a module: ``(text, mutation's name)``, or None if none could be made.

    Args:
        source: text of the parent.
        entry: entry point it defines.
        rng: random source.
    """
    found = grounds(source, entry)
    if not found:
        return None
    ground = found[0] if len(found) == 1 else rng.choice(found)
    largest = _largest(ground.module())
    for _ in range(_ATTEMPTS):
        child = ground.module()  # a fresh copy; copy.deepcopy takes ten times as long
        names: list[str] = []
        while not names or rng.random() < 0.3:
            operator = rng.choices(_OPERATORS, _WEIGHTS)[0]
            if operator(child, rng):
                names.append(operator.__name__.removeprefix("_"))
            elif rng.random() < 0.2:
                break
        text = ground.program(child, largest)
        if names and text is not None and text != ground.before:
            return text, "+".join(names)
    return None


def crossed(mother: str, father: str, entry: EntryPoint, rng: Random) -> str | None:
    """``mother`` with an expression or a statement taken from ``father``, or None if none fits.

    Names of ``father``'s that mean nothing in ``mother`` are renamed to names that do.
    """
    pairs = list(zip(grounds(mother, entry), grounds(father, entry), strict=False))
    if not pairs:
        return None
    ground, donor = pairs[0] if len(pairs) == 1 else rng.choice(pairs)
    other = donor.module()
    largest = _largest(ground.module(), other)
    for _ in range(_ATTEMPTS):
        child = ground.module()
        exchange = _exchange_expression if rng.random() < 0.6 else _insert_statement
        if exchange(child, other, rng):
            text = ground.program(child, largest)
            if text is not None and text != ground.before:
                return text
    return None


def _largest(*modules: ast.Module) -> int:
    return min(LIMIT, max(ROOM, int(GROWTH * max(size(module) for module in modules))))


def _constant(module: ast.Module, rng: Random) -> bool:
    guarded = loop_guards(module)
    found = [
        node
        for node in ast.walk(module)
        if isinstance(node, ast.Constant) and type(node.value) in (int, float) and id(node) not in guarded
    ]
    if not found:
        return False
    node = rng.choice(found)
    value = node.value
    if isinstance(value, int) and not isinstance(value, bool) and rng.random() < 0.6:
        node.value = max(0, value + rng.choice((-1, 1)))
    elif isinstance(value, int | float):
        if value == 0:
            node.value = float(f"{rng.gauss(0.0, 1.0):.3g}")
        else:
            node.value = float(f"{value * math.exp(rng.gauss(0.0, rng.choice((0.05, 0.3)))):.4g}")
    return True


def _operator(module: ast.Module, rng: Random) -> bool:
    guarded = loop_guards(module)
    found = [
        node
        for node in ast.walk(module)
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, _ARITHMETIC) and id(node) not in guarded
    ]
    if not found:
        return False
    node = rng.choice(found)
    node.op = rng.choice([kind for kind in _ARITHMETIC if not isinstance(node.op, kind)])()
    return True


def _comparison(module: ast.Module, rng: Random) -> bool:
    guarded = loop_guards(module)
    found = [
        node for node in ast.walk(module) if isinstance(node, ast.Compare | ast.BoolOp) and id(node) not in guarded
    ]
    if not found:
        return False
    node = rng.choice(found)
    if isinstance(node, ast.BoolOp):
        node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        return True
    at = rng.randrange(len(node.ops))
    if isinstance(node.ops[at], _ORDERINGS):
        node.ops[at] = rng.choice([kind for kind in _ORDERINGS if not isinstance(node.ops[at], kind)])()
        return True
    pairs = {ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In}
    opposite = pairs.get(type(node.ops[at]))
    if opposite is None:
        return False
    node.ops[at] = opposite()
    return True


def _call(module: ast.Module, rng: Random) -> bool:
    guarded = loop_guards(module)
    choices = []
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and id(node) not in guarded:
            others = {o for group in _CALLS if called(node) in group for o in group} - {called(node)}
            if isinstance(node.func, ast.Name):
                others &= KNOWN
            choices += [(node, other) for other in sorted(others)]
    if not choices:
        return False
    node, other = rng.choice(choices)
    if isinstance(node.func, ast.Attribute):
        node.func.attr = other
    elif isinstance(node.func, ast.Name):
        node.func.id = other
    return True


def _bound(module: ast.Module, rng: Random) -> bool:
    found = [node for node in ast.walk(module) if isinstance(node, ast.Call) and called(node) == "range" and node.args]
    if not found:
        return False
    node = rng.choice(found)
    at = rng.randrange(min(2, len(node.args)))
    node.args[at] = ast.BinOp(node.args[at], rng.choice((ast.Add, ast.Sub))(), ast.Constant(1))
    return True


def _delete(module: ast.Module, rng: Random) -> bool:
    found = blocks(module, loop_guards(module))
    if not found:
        return False
    block = rng.choice(found)
    at = rng.choice(block.free)
    if len(block.statements) == 1:
        block.statements[at] = ast.Pass()
    else:
        del block.statements[at]
    return True


def _swap(module: ast.Module, rng: Random) -> bool:
    found = [block for block in blocks(module, loop_guards(module)) if len(block.free) > 1]
    if not found:
        return False
    block = rng.choice(found)
    one, other = rng.sample(block.free, 2)
    block.statements[one], block.statements[other] = block.statements[other], block.statements[one]
    return True


def _repeat(module: ast.Module, rng: Random) -> bool:
    found = blocks(module, loop_guards(module))
    if not found:
        return False
    block = rng.choice(found)
    at = rng.choice(block.free)
    target = rng.choice(found)
    target.statements.insert(rng.choice(target.free) + rng.randrange(2), copy.deepcopy(block.statements[at]))
    return True


def _expression(module: ast.Module, rng: Random) -> bool:
    """An expression replaced by another one of the same module."""
    return _exchange_expression(module, module, rng)


def _term(module: ast.Module, rng: Random) -> bool:
    """``e`` becomes ``e ± c * f`` or ``e * (1 + c * f / g)``-like forms, ``f`` and ``g`` from the same module."""
    places = numeric_places(module, loop_guards(module))
    if not places:
        return False
    place = rng.choice(places)
    short = [p.get() for p in places if size(p.get()) <= 12]
    if not short:
        return False
    other = copy.deepcopy(rng.choice(short))
    factor = ast.Constant(float(f"{math.exp(rng.gauss(-1.5, 1.5)):.3g}"))
    kind = rng.random()
    term: ast.expr
    if kind < 0.6:
        term = ast.BinOp(place.get(), rng.choice((ast.Add, ast.Sub))(), ast.BinOp(factor, ast.Mult(), other))
    elif kind < 0.8:
        term = ast.BinOp(place.get(), rng.choice((ast.Mult, ast.Div))(), other)
    else:
        scale = ast.Constant(float(f"{math.exp(rng.gauss(0.0, 0.15)):.4g}"))
        term = ast.BinOp(place.get(), ast.Mult(), scale)
    place.put(term)
    return True


def _prune(module: ast.Module, rng: Random) -> bool:
    """A binary operation replaced by one of its operands."""
    places = [p for p in numeric_places(module, loop_guards(module)) if isinstance(p.get(), ast.BinOp)]
    if not places:
        return False
    place = rng.choice(places)
    operation = place.get()
    assert isinstance(operation, ast.BinOp)
    place.put(rng.choice((operation.left, operation.right)))
    return True


def _exchange_expression(child: ast.Module, donor: ast.Module, rng: Random) -> bool:
    places = numeric_places(child, loop_guards(child))
    gifts = [place.get() for place in numeric_places(donor, set())]
    if not places or not gifts:
        return False
    place = rng.choice(places)
    gift = copy.deepcopy(rng.choice(gifts))
    renamed = _adopted(gift, child, rng)
    if not isinstance(renamed, ast.expr):
        return False
    place.put(renamed)
    return True


def _insert_statement(child: ast.Module, donor: ast.Module, rng: Random) -> bool:
    found = blocks(child, loop_guards(child))
    gifts = [s for block in blocks(donor, loop_guards(donor)) for s in block.statements if not is_docstring(s)]
    gifts = [s for s in gifts if not isinstance(s, ast.Return | ast.Break | ast.Continue | ast.While)]
    if not found or not gifts:
        return False
    block = rng.choice(found)
    adopted = _adopted(copy.deepcopy(rng.choice(gifts)), child, rng)
    if not isinstance(adopted, ast.stmt):
        return False
    at = rng.choice(block.free)
    if rng.random() < 0.5:
        block.statements[at] = adopted
    else:
        block.statements.insert(at + rng.randrange(2), adopted)
    return True


def _adopted(gift: ast.AST, child: ast.Module, rng: Random) -> ast.AST:
    """The gift with names that mean nothing in ``child`` renamed, each consistently, to names that do."""
    stored = {n.id for n in ast.walk(child) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    arguments = {a.arg for n in ast.walk(child) if isinstance(n, ast.FunctionDef) for a in n.args.args}
    known = stored | arguments
    kept = known | KNOWN | {n.name for n in child.body if isinstance(n, ast.FunctionDef)}
    for statement in ast.walk(child):
        if isinstance(statement, ast.Import | ast.ImportFrom):
            kept |= {(alias.asname or alias.name) for alias in statement.names}
    choices = sorted(known)
    renaming: dict[str, str] = {}
    for node in ast.walk(gift):
        if isinstance(node, ast.Name) and node.id not in kept and choices:
            node.id = renaming.setdefault(node.id, rng.choice(choices))
    return gift


_TABLE: tuple[tuple[Callable[[ast.Module, Random], bool], float], ...] = (
    (_constant, 0.22),
    (_operator, 0.08),
    (_comparison, 0.10),
    (_call, 0.06),
    (_bound, 0.03),
    (_delete, 0.09),
    (_swap, 0.05),
    (_repeat, 0.07),
    (_expression, 0.12),
    (_term, 0.12),
    (_prune, 0.06),
)
_OPERATORS = [operator for operator, _ in _TABLE]
_WEIGHTS = [weight for _, weight in _TABLE]
