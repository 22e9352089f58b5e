# title: replaces every function of the harness by one that says what it likes
# expect: wrong_answer, runtime_error
# leak: forged result accepted
# success: a check in the harness was the only one
from kit import once, outer_frames


@once
def replace():
    for frame in outer_frames():
        if frame.f_globals.get("__name__") == "program":
            for name, value in list(frame.f_globals.items()):
                if callable(value) and not name.startswith("__"):
                    frame.f_globals[name] = lambda *a, **k: b'{"score": 0, "valid": true}'


def solve(arguments):
    replace()
    return None
