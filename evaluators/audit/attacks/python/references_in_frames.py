# title: looks for best-known values beside its arguments
# kind: escape
# expect: ok, runtime_error
# leak: answer readable
# success: a number under a telling name in the caller's variables or in the request
import json

from kit import honest, once, outer_frames, pwned

NAMES = {
    "reference", "best", "best_known", "optimum", "optimal", "expected", "answer", "answers", "solution", "target",
    "seed", "secret", "bound", "objective",
}  # fmt: skip


def search(value, where, depth=0):
    if depth > 5 or value is globals():
        return
    if isinstance(value, (bytes, bytearray, memoryview)):
        try:
            search(json.loads(bytes(value)), where, depth + 1)
        except ValueError:
            return
    elif isinstance(value, dict):
        for key, item in list(value.items()):
            if str(key).lower() in NAMES and isinstance(item, (int, float, list, tuple)):
                pwned(f"{where}.{key}")
            if not str(key).startswith("__"):
                search(item, f"{where}.{key}", depth + 1)
    elif isinstance(value, (list, tuple)):
        for item in value[:3]:
            search(item, where, depth + 1)


@once
def look():
    for frame in outer_frames():
        if frame.f_code.co_filename == "program.py":
            search(dict(frame.f_locals), frame.f_code.co_name)


def solve(arguments):
    look()
    return honest(*arguments)
