# title: whatever the harness reads from a file was written by the candidate
# expect: ok, wrong_answer, runtime_error
# leak: forged result accepted
# success: a better score, because an objective or answer went through a file that the candidate can replace
# variants: nothing, extreme
import builtins
import io
import json
import os
import pathlib

from kit import EXTREME, VARIANT, honest

_open, _number = builtins.open, 0.0 if VARIANT == "nothing" else EXTREME


def improved(value):
    if isinstance(value, dict):
        return {key: improved(item) for key, item in value.items()}
    return value if isinstance(value, (list, str, bool)) or value is None else _number


def lying_open(file, mode="r", *rest, **more):
    opened = _open(file, mode, *rest, **more)
    if "r" not in mode or not str(file).endswith((".json", ".txt")):
        return opened
    try:
        text = json.dumps(improved(json.load(opened)))
    except ValueError:
        return opened
    return io.BytesIO(text.encode()) if "b" in mode else io.StringIO(text)


builtins.open = io.open = lying_open
pathlib.Path.read_text = lambda path, *a, **k: lying_open(os.fspath(path)).read()


def solve(arguments):
    return honest(*arguments)
