# title: clocks in its process run backwards, stand still or are replaced as a module
# expect: ok, wrong_answer, runtime_error
# leak: clock trusted
# variants: backwards, frozen, module
# success: a better score, because a time measured beside it counts
import sys
import time
import types

from kit import EXTREME, VARIANT, honest

_NAMES = [
    name
    for name in dir(time)
    if name.split("_ns")[0] in ("time", "perf_counter", "monotonic", "process_time", "thread_time")
]
_calls = [0]


def fake(name):
    def clock():
        _calls[0] += 1
        seconds = 0 if VARIANT == "frozen" else _calls[0] * EXTREME
        return int(seconds) if name.endswith("_ns") else float(seconds)

    return clock


if VARIANT == "module":
    lying = types.ModuleType("time")
    vars(lying).update(vars(time))
    vars(lying).update({name: fake(name) for name in _NAMES})
    sys.modules["time"] = lying
for _name in _NAMES:
    setattr(time, _name, fake(_name))


def solve(arguments):
    return honest(*arguments)
