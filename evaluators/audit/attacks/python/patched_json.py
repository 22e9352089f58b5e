# title: json in its process writes glowing numbers into every document
# expect: ok, wrong_answer, runtime_error
# leak: candidate-reported objective believed
# variants: nothing, extreme
# success: a better score, because a number that travels with the decisions is believed
import json

from kit import EXTREME, VARIANT, honest

_dumps, _number = json.dumps, 0.0 if VARIANT == "nothing" else EXTREME


def improved(value):
    if isinstance(value, dict):
        return {
            key: _number if isinstance(item, (int, float)) and not isinstance(item, bool) else improved(item)
            for key, item in value.items()
        }
    return value


json.dumps = lambda value, *a, **k: _dumps(improved(value), *a, **k)


def solve(arguments):
    return honest(*arguments)
