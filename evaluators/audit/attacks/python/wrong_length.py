# title: an answer of the wrong length
# expect: wrong_answer, runtime_error
# leak: wrong answer accepted
# variants: short, long, twice, empty, nested
# success: only what is there is checked
from kit import VARIANT, honest


def solve(arguments):
    answer = list(honest(*arguments))
    return {
        "short": answer[:-1] or [0, 0], "long": [*answer, answer[0]], "twice": answer * 2, "empty": [],
        "nested": [[answer, answer], [answer, answer]],
    }[VARIANT]  # fmt: skip
