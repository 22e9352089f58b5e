# title: changes the instance in the variables of whoever called it
# expect: ok, wrong_answer, runtime_error
# leak: input mutation visible
# variants: 0, 1
# success: a better score, because the instance it is judged on is one it changed
import numpy as np
from kit import VARIANT, honest, outer_frames


def change(value, depth=0):
    number = int(VARIANT)
    if depth > 4 or value is globals():
        return
    if isinstance(value, np.ndarray) and value.dtype.kind in "if":
        try:
            value.flags.writeable = True
            value[...] = number
        except ValueError:
            return
    elif isinstance(value, list):
        if value and all(isinstance(item, (int, float)) for item in value):
            value[:] = [number] * len(value)
        for item in value[:8]:
            change(item, depth + 1)
    elif isinstance(value, dict):
        for key, item in list(value.items()):
            if not str(key).startswith("__"):
                change(item, depth + 1)


def solve(arguments):
    answer = honest(*arguments)
    for frame in outer_frames():
        if frame.f_code.co_filename == "program.py":
            for name, value in dict(frame.f_locals).items():
                if name not in ("order", "orders", "space", "used"):
                    change(value)
    return answer
