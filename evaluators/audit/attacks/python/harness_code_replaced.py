# title: gives the harness's handler other code, which reports instead of deciding
# expect: wrong_answer, runtime_error
# leak: forged result accepted
# success: the report is taken for a result
from kit import honest, once, outer_frames


def report(request):
    return b'{"objective": 0, "score": 0, "valid": true}'


@once
def replace():
    import gc

    for frame in outer_frames():
        if frame.f_globals.get("__name__") == "program":
            for found in gc.get_referrers(frame.f_code):
                if type(found).__name__ == "function" and not found.__closure__:
                    found.__code__ = report.__code__
    for frame in outer_frames():
        if "handler" in frame.f_locals:
            frame.f_locals["handler"].__code__ = (lambda space: lambda request: (space, b"{}")[1])({}).__code__


def solve(arguments):
    replace()
    return honest(*arguments)
